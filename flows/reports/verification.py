"""What verifying a run came to, for people and for programs.

Pure functions of what flows.verify and flows.replay found: files, counts, codes and texts of the
index; never a respondent's words.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from flows.checks import Check
from flows.recorded_run import RecordedRun
from flows.replay import Replay
from flows.reports.titled_table import titled_table

SHOWN_ALIKE = 8  # checks of one kind that agree; those that do not are all shown
SHOWN_DIFFERENCES = 20
_SHOWN_CHARACTERS = 80
_STYLES = {"same": "green", "differs": "red", "missing": "red", "added": "red"}


def verification_json(
    recorded: RecordedRun, checks: list[Check], installed: list[Check], replay: Replay | None
) -> dict[str, Any]:
    """Give everything that was compared and found, for a program."""
    return {
        "results": str(recorded.folder),
        "run_id": recorded.manifest["run_id"],
        "agrees": all(check.agrees for check in checks) and (replay is None or replay.agrees),
        "checks": [asdict(check) for check in checks],
        "installed": [asdict(check) for check in installed],
        "replay": None if replay is None else {**asdict(replay), "agrees": replay.agrees},
    }


def verification_report(
    recorded: RecordedRun, checks: list[Check], installed: list[Check], replay: Replay | None
) -> RenderableType:
    """Show what was compared with run.json, with every difference, and what a replay found."""
    said = recorded.manifest
    parts: list[RenderableType] = [
        Text(f"Run {said['run_id']} of {said['started']}, edition {said['edition']}"),
        "",
        _checks_table(checks),
        *_installed(installed),
    ]
    if replay is not None:
        parts += ["", *_replayed(replay)]
    return Group(*parts)


def _checks_table(checks: list[Check]) -> Table:
    table = _table("Compared with run.json", "what", "name", "found", "")
    for about in dict.fromkeys(check.about for check in checks):
        of_kind = [check for check in checks if check.about == about]
        plain = [check for check in of_kind if check.agrees and not check.detail]
        left_out = set(plain[SHOWN_ALIKE:])
        for check in of_kind:
            if check not in left_out:
                _add(table, check)
        if left_out:
            table.add_row(about, f"and {len(left_out):,} more", Text("same", style="green"))
    return table


def _add(table: Table, check: Check) -> None:
    status = Text(check.status, style=_STYLES[check.status])
    table.add_row(check.about, Text(check.name), status, Text(check.detail))


def _installed(installed: list[Check]) -> list[RenderableType]:
    """Say what the run was coded with that is not what is installed now."""
    other = [check for check in installed if not check.agrees]
    if not other:
        return ["", Text("Code, criteria and edition are those that are installed.")]
    lines = [Text(f"  {check.name}: {check.detail}", style="yellow") for check in other]
    heading = "Coded with another than is installed; a replay cannot be expected to agree:"
    return ["", Text(heading, style="yellow"), *lines]


def _replayed(replay: Replay) -> list[RenderableType]:
    """Say how many records were coded again, and show the first differences."""
    parts: list[RenderableType] = [
        Text(
            f"Coded again: {replay.records:,} of {replay.coded:,} coded records "
            f"(seed {replay.seed}); {replay.differing:,} differ."
        )
    ]
    parts += [Text(f"{file} {fault}", style="red") for file, fault in replay.faults.items()]
    if not replay.differences:
        return parts
    table = _table("Differences", "file", "row", "column", "recorded", "now")
    for one in replay.differences[:SHOWN_DIFFERENCES]:
        row = "" if one.source_row is None else str(one.source_row)
        values = [_value(one.recorded), _value(one.now)] if one.shown else [_HIDDEN, ""]
        table.add_row(Text(one.file), row, one.column, *values)
    parts += ["", table]
    if (more := sum(replay.columns.values()) - SHOWN_DIFFERENCES) > 0:
        parts.append(Text(f"and {more:,} more; by column:"))
        parts += [Text(f"  {column}: {count:,}") for column, count in replay.columns.items()]
    return parts


_HIDDEN = Text("differs; may hold a respondent's words", style="dim")


def _value(value: str | None) -> Text:
    if value is None:
        return Text("none", style="dim")
    return Text(value if len(value) <= _SHOWN_CHARACTERS else f"{value[:_SHOWN_CHARACTERS]}…")


def _table(title: str, *columns: str) -> Table:
    table = titled_table(title)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
