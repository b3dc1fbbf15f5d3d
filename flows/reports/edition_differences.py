"""What changed between two editions: on the terminal, as JSON, and as a CSV file.

Pure functions of the table of reference.differences, but for the writing of the file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from flows.reports.whole_file import write_whole
from reference.differences import (
    KINDS,
    count_differences,
    has_sub_unit_groups,
)
from reference.store import Edition

_SHOWN_RECODES = 20
_SHOWN_OTHERS = 3
_NAMES = {
    "index_title": "title",
    "additional_qualifier": "ADD",
    "industry_qualifier": "IND",
    "default_code": "D",
    "see": "SEE",
}
"""The wording of an entry, as the workbook heads its columns; the title alone has no marker."""

Row = dict[str, Any]


def write_differences(out: Path, differences: pl.DataFrame) -> None:
    """Write the table as CSV: a row per entry; the same editions give the same bytes.

    Raises OutputError if it cannot be written; what was there before then stays.
    """
    write_whole(out, differences.write_csv().encode())


def differences_json(old: Edition, new: Edition, differences: pl.DataFrame) -> str:
    """Give both editions, the counts and every row as JSON."""
    content = {
        "old": {"edition": old.name, "reference_version": old.reference_version},
        "new": {"edition": new.name, "reference_version": new.reference_version},
        "without_sub_unit_groups": _without_sub_unit_groups(old, new),
        "counts": count_differences(differences),
        "differences": differences.to_dicts(),
    }
    return json.dumps(content, ensure_ascii=False, indent=2)


def differences_shown(
    old: Edition, new: Edition, differences: pl.DataFrame, *, out: Path | None = None
) -> Group:
    """Show counts by kind, the unit-group recodes, the first of the others, and how to get all.

    `out` is the file in which all are, if there is one.
    """
    without = _without_sub_unit_groups(old, new)
    parts: list[RenderableType] = [
        Text(f"From {old.name} to {new.name}", style="bold"),
        _counts(count_differences(differences), levels=not without),
        *(Text(f"No sub-unit groups in {name}: they are not compared.") for name in without),
    ]
    at_unit_group = pl.col("differs").str.contains(r"^unit_group\b")
    recoded = differences.filter(kind="recoded")
    parts += _listed("Recoded, the unit group", recoded.filter(at_unit_group), _SHOWN_RECODES)
    parts += _listed("Recoded, the sub-unit group only", recoded.filter(~at_unit_group))
    for kind in KINDS[1:]:
        parts += _listed(kind.capitalize(), differences.filter(kind=kind))
    if out is not None:
        sentence = f"All {differences.height:,} are in {out}"
    else:
        sentence = f"All {differences.height:,}: --out FILE.csv, or --json."
    return Group(*parts, "", Text(sentence, style="bold", no_wrap=True, overflow="ignore"))


def _without_sub_unit_groups(old: Edition, new: Edition) -> list[str]:
    return [edition.name for edition in (old, new) if not has_sub_unit_groups(edition)]


def _counts(counts: dict[str, int], *, levels: bool) -> Table:
    table = _table("kind", "entries", "")
    table.columns[1].justify = "right"
    for kind in KINDS:
        both = counts["recoded_and_reworded"] if kind == "recoded" else 0
        table.add_row(kind, f"{counts[kind]:,}", f"{both:,} of them reworded too" if both else "")
        if kind == "recoded" and levels:
            for words, level in (
                ("  the unit group", "recoded_unit_group"),
                ("  the sub-unit group only", "recoded_sub_unit_group_only"),
            ):
                table.add_row(words, f"{counts[level]:,}", "")
    return table


def _listed(heading: str, rows: pl.DataFrame, most: int = _SHOWN_OTHERS) -> list[RenderableType]:
    """Show the first rows; nothing if there are none."""
    if rows.is_empty():
        return []
    some = f": the first {most} of {rows.height:,}" if rows.height > most else ""
    table = _table("entry", "title", "change", "the index says")
    for row in rows.head(most).iter_rows(named=True):
        said = ": ".join(filter(None, (row["version_note"], row["change"])))
        table.add_row(row["index_entry_id"], Text(_entry(row)), Text(_change(row)), Text(said))
    return ["", Text(heading + some, style="bold"), table]


def _entry(row: Row) -> str:
    """Give the entry's title and qualifiers, those of the edition that `index_title` is of."""
    side = "old" if row["kind"] == "deleted" else "new"
    qualifiers = [
        f"{_NAMES[name]} {row[f'{side}_{name}']}"
        for name in ("additional_qualifier", "industry_qualifier")
        if row[f"{side}_{name}"]
    ]
    title: str = row["index_title"]
    return f"{title} ({', '.join(qualifiers)})" if qualifiers else title


def _change(row: Row) -> str:
    if row["kind"] == "added":
        return _code(row, "new")
    if row["kind"] == "deleted":
        return _code(row, "old")
    differs = row["differs"].split("; ")
    if row["kind"] == "recoded":
        code = "unit_group" if "unit_group" in differs else "sub_unit_group"
        return f"{row[f'old_{code}'] or 'no code'} → {row[f'new_{code}'] or 'no code'}"
    return "; ".join(
        f"{_NAMES[name]}: {row[f'old_{name}'] or 'none'} → {row[f'new_{name}'] or 'none'}"
        for name in differs
    )


def _code(row: Row, side: str) -> str:
    return str(row[f"{side}_sub_unit_group"] or row[f"{side}_unit_group"] or "no code")


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column)
    return table
