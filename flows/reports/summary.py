"""What a run came to, for people: on the terminal, and in the artifacts of the Prefect UI.

Pure functions of the manifest; everything here is counts, files and columns, never a record's text.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from flows.reports.overrides_told import override_lines
from flows.reports.provenance import PROVENANCE
from flows.reports.titled_table import titled_table

OUTCOMES = {
    "assigned": "assigned",
    "assigned_by_default": "assigned by default",
    "review": "for review",
    "quarantined": "quarantined",
}
_SHOWN_REASONS = 10
_SHOWN_FILES = 3
_GATED = (1, 4, 6)  # digits; the first shows what a gate of major groups would have seen

Manifest = dict[str, Any]


def outcome_table(manifest: Manifest) -> list[dict[str, Any]]:
    """Give the records by outcome: one row per file, and one for all if there are several."""
    rows = [
        {"file": source["source_file"], **{name: source[name] for name in ("read", *OUTCOMES)}}
        for source in manifest["sources"]
    ]
    return rows if len(rows) == 1 else [*rows, {"file": "all files", **manifest["counts"]}]


def results_markdown(manifest: Manifest, out: Path) -> str:
    """Name the files of the results, and what is worth knowing before they are used."""
    lines = [f"Run `{manifest['run_id']}` coded with edition `{manifest['edition']}`."]
    if manifest["notice"]:
        lines.append(f"> {manifest['notice']}")
    lines += [outcome_sentence(manifest), autocoding_rate(manifest), *_change_sentence(manifest)]
    if gate := gate_line(manifest):
        lines.append(gate)
    lines += override_lines(manifest)
    lines += [f"**Not read:** {failure['error']}" for failure in manifest["failures"]]
    names = [*manifest["outputs"], "run.json", PROVENANCE]
    lines.append(f"All of it, with tables and pictures: `{out / 'report.html'}`.")
    lines.append("\n".join([f"Results in `{out}`:", "", *(f"- `{name}`" for name in names)]))
    return "\n\n".join(lines)


def outcome_sentence(manifest: Manifest) -> str:
    """State how many records were read, and their outcomes."""
    counts = manifest["counts"]
    parts = ", ".join(f"{counts[name]:,} {words}" for name, words in OUTCOMES.items())
    return f"Records read: {counts['read']:,}, of these {parts}."


def _change_sentence(manifest: Manifest) -> list[str]:
    """State what became of previous codes, by cause; nothing if there were none."""
    kinds = manifest["change_kinds"]
    if not kinds:
        return []
    parts = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in kinds.items())
    return [f"Previous codes: {sum(kinds.values()):,}, of these {parts}."]


def autocoding_rate(manifest: Manifest) -> str:
    """State the autocoding rate with its denominator, in a sentence."""
    eligible = manifest["autocoding_rate_denominator"]
    if not eligible:
        return "Autocoding rate: none, no record was eligible."
    counts = manifest["counts"]
    coded = counts["assigned"] + counts["assigned_by_default"]
    return (
        f"Autocoding rate: {manifest['autocoding_rate']:.1%} ({coded:,} of {eligible:,} eligible "
        "records; quarantined ones are not eligible)."
    )


def run_summary(manifest: Manifest, out: Path) -> RenderableType:
    """Show what a run came to: columns, outcomes, reasons, failures, and where the results are."""
    parts: list[RenderableType] = [
        *_columns(manifest["sources"]),
        "",
        _outcomes(manifest["counts"]),
        autocoding_rate(manifest),
        *_reasons("For review", manifest["review_reasons"]),
        *_missing_evidence(manifest),
        *_reasons(
            "Quarantined (a record can have several reasons)", manifest["quarantine_reasons"]
        ),
        "",
        *(Text(line) for line in override_lines(manifest)),
        Text(f"Coded with edition {manifest['edition']}."),
    ]
    if manifest["notice"]:
        parts.append(Text(manifest["notice"], style="yellow"))
    if gate := gate_line(manifest):
        parts.append(Text(gate, style="green" if manifest["gate"]["status"] == "passed" else "red"))
    parts.append(Text(f"The results are in {out}", style="bold", no_wrap=True, overflow="ignore"))
    return Group(*parts)


def failure_lines(manifest: Manifest) -> list[str]:
    """Give the message of each file that could not be read."""
    return [f"Not read: {failure['error']}" for failure in manifest["failures"]]


def warning_lines(manifest: Manifest) -> list[str]:
    """Give what the gate warns of; a run that is held is an error of its own."""
    gate = manifest["gate"]
    warns = gate and gate["status"] == "warned"
    return [f"Warning: {breach}." for breach in gate["breaches"]] if warns else []


def gate_line(manifest: Manifest) -> str:
    """State what the comparison with an earlier run came to; empty if there was none."""
    gate = manifest["gate"]
    if not gate:
        return ""
    shifts = ", ".join(
        f"{level['digits']}-digit {level['shift']:.1f}% (by chance up to {level['chance']:.1f}%)"
        for level in gate["levels"]
        if level["shift"] is not None and level["digits"] in _GATED
    )
    said = f"Gate {gate['status']}. Shift from run {gate['earlier_run_id']}: {shifts or 'none'}"
    more = [words[:1].upper() + words[1:] for words in (*gate["breaches"], *gate["notes"])]
    return ". ".join([said, *more]) + "."


def _columns(sources: Iterable[dict[str, Any]]) -> list[RenderableType]:
    """Show how columns were mapped: one table for all files that have the same."""
    alike: dict[tuple[tuple[str, str], ...], list[dict[str, Any]]] = {}
    for source in sources:
        alike.setdefault(tuple(source["mapped"].items()), []).append(source)
    tables: list[RenderableType] = []
    for mapped, files in alike.items():
        table = titled_table(f"Columns of {_named([file['source_file'] for file in files])}")
        table.add_column("read as")
        table.add_column("column")
        table.add_column("found by")
        for canonical, found in mapped:
            column, _, how = found.rpartition(" (")
            table.add_row(Text(canonical), Text(column), Text(how.removesuffix(")")))
        tables.append(table)
    renamed = {old: new for source in sources for old, new in source["renamed"].items()}
    tables += [
        Text(f"Column {old!r} is called {new!r} in the results.") for old, new in renamed.items()
    ]
    return tables


def _named(files: list[str]) -> str:
    more = len(files) - _SHOWN_FILES
    return ", ".join(files[:_SHOWN_FILES]) + (f" and {more} more" if more > 0 else "")


def _outcomes(counts: dict[str, int]) -> Table:
    table = titled_table("Outcomes")
    table.add_column("outcome")
    table.add_column("records", justify="right")
    table.add_column("share of those read", justify="right")
    for name, words in OUTCOMES.items():
        table.add_row(words, f"{counts[name]:,}", _share(counts[name], counts["read"]))
    table.add_section()
    table.add_row("read", f"{counts['read']:,}", _share(counts["read"], counts["read"]))
    return table


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def _reasons(title: str, reasons: dict[str, int]) -> list[RenderableType]:
    """Show counts by reason, the largest first; nothing if there are none."""
    if not reasons:
        return []
    table = titled_table(title)
    table.add_column("reason")
    table.add_column("records", justify="right")
    ordered = list(reasons.items())
    for reason, count in ordered[:_SHOWN_REASONS]:
        table.add_row(Text(reason), f"{count:,}")
    if (more := len(ordered) - _SHOWN_REASONS) > 0:
        table.add_row(f"and {more} more reasons, in run.json", "")
    return ["", table]


def _missing_evidence(manifest: Manifest) -> list[RenderableType]:
    """Show which fields that were not given would settle most records, by weight."""
    weights = manifest["missing_evidence_weights"]
    if not weights:
        return []
    table = titled_table("Not given, and would settle what is for review or assigned by default")
    table.add_column("field")
    table.add_column("records", justify="right")
    table.add_column("weight", justify="right")
    for fields, weight in weights.items():
        table.add_row(fields, f"{manifest['missing_evidence'][fields]:,}", f"{weight:,.1f}")
    return ["", table]
