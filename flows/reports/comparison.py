"""What a comparison of two runs came to, on the terminal: causes, levels, the largest flows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from flows.reports.titled_table import titled_table
from schemas.changes import BETWEEN_RUNS

_SHOWN_FLOWS = 10


def comparison_summary(report: dict[str, Any], out: Path) -> RenderableType:
    """Show a comparison (compare.json): what differs, the changes by cause, and where they are."""
    before, now = report["before"], report["now"]
    differs = ", ".join(report["differs"]) or "nothing"
    changed = report["changed"]
    parts: list[RenderableType] = [
        Text(f"Before: run {before['run_id']}, edition {before['edition']}"),
        Text(f"Now: run {now['run_id']}, edition {now['edition']}"),
        Text(f"What differs between the runs: {differs}."),
        *(Text(note, style="yellow") for note in report["notes"]),
        "",
        _causes(report),
        Text(
            f"Records only before: {report['only_before']['records']:,}; only now: "
            f"{report['only_now']['records']:,}; with a code in both runs: "
            f"{report['coded_in_both']['records']:,}; changed: {changed['records']:,}."
        ),
        "",
        _levels(report["levels"]),
    ]
    if report["largest_flows"]:
        parts += ["", _flows(report["largest_flows"])]
    parts.append(Text(f"The comparison is in {out}", style="bold", no_wrap=True, overflow="ignore"))
    return Group(*parts)


def _causes(report: dict[str, Any]) -> Table:
    table = _table("Changes by cause", "cause", "records", "weight", "")
    for kind, amount in report["change_kinds"].items():
        if amount["records"]:
            numbers = f"{amount['records']:,}", f"{amount['weight']:,.1f}"
            table.add_row(kind.replace("_", " "), *numbers, BETWEEN_RUNS[kind])
    return table


def _levels(levels: list[dict[str, Any]]) -> Table:
    table = _table(
        "Of the records with a code in both runs", "digits", "gross", "gross %", "net", "net %"
    )
    for level in levels:
        cells = [f"{level['digits']}"]
        for name in ("gross", "net"):
            percent = level[f"{name}_percent"]
            cells += [
                f"{level[f'{name}_records']:,}",
                "-" if percent is None else f"{percent:.2f}%",
            ]
        table.add_row(*cells)
    return table


def _flows(flows: list[dict[str, Any]]) -> Table:
    table = _table("Largest flows", "before", "now", "records", "weight")
    for flow in flows[:_SHOWN_FLOWS]:
        numbers = f"{flow['records']:,}", f"{flow['weight']:,.1f}"
        table.add_row(flow["before"], flow["now"], *numbers)
    return table


def _table(title: str, *columns: str) -> Table:
    table = titled_table(title)
    for name in columns:
        numeric = name not in ("", "cause", "before", "now")
        table.add_column(name, justify="right" if numeric else "left")
    return table
