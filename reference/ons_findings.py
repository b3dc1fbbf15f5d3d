"""What a published edition says against itself: reported in its manifest, never hidden or mended.

Each finding names its kind, what it concerns (an index entry or a group) and says it in words.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from reference.ons_columns import Table
from schemas.errors import EditionError

_PREVIOUS_CODE_DIGITS = {"soc2010": 4, "soc2000": 4, "soc90": 3}
_MOST_FINDINGS = 100  # with more than this the file is damaged, not flawed


class Finding(NamedTuple):
    """One contradiction or irregularity in an edition as published."""

    kind: str
    concerns: str
    message: str


def find_faults(entries: Table) -> list[Finding]:
    """List the findings on the index; EditionError if there are more than slips explain."""
    findings = [
        *_outside_unit_group(entries.cells),
        *_contradicting(entries.cells),
        *_irregular_previous_codes(entries.cells),
        *_titles_that_differ(entries.cells),
    ]
    if len(findings) > _MOST_FINDINGS:
        raise EditionError(
            f"{entries.place} contradicts itself {len(findings):,} times; first: "
            f"{findings[0].message}.",
            expected="codes that agree with each other, but for a few slips of the publisher",
            fix="The file is damaged or was edited: download it again from the publisher.",
        )
    return findings


def _outside_unit_group(cells: pl.DataFrame) -> list[Finding]:
    outside = cells.filter(pl.col("sub_unit_group").str.head(4) != pl.col("unit_group"))
    return [
        Finding(
            "sub_unit_group_outside_unit_group",
            row["index_entry_id"],
            f"{_entry(row)}: sub-unit group {row['sub_unit_group']} is not in unit group "
            f"{row['unit_group']}",
        )
        for row in outside.iter_rows(named=True)
    ]


def _contradicting(cells: pl.DataFrame) -> list[Finding]:
    key = ("index_title_reversed", "additional_qualifier", "industry_qualifier")
    coded = cells.filter(pl.col("unit_group").str.contains(r"^\d"))
    code = pl.coalesce("sub_unit_group", "unit_group")
    several = coded.filter(code.n_unique().over(key) > 1)
    return [
        Finding(
            "entries_contradict_each_other",
            row["index_entry_id"],
            f"{_entry(row)}: another entry of this title and these qualifiers has another code "
            f"than {row['sub_unit_group'] or row['unit_group']}",
        )
        for row in several.iter_rows(named=True)
    ]


def _irregular_previous_codes(cells: pl.DataFrame) -> list[Finding]:
    findings = []
    for column, digits in _PREVIOUS_CODE_DIGITS.items():
        # Braces stand for a title that the older classification did not code: not a fault.
        irregular = ~pl.col(column).str.contains(rf"^(\d{{{digits}}}|\}}+)$").fill_null(False)
        findings += [
            Finding(
                "previous_code_irregular",
                row["index_entry_id"],
                f"{_entry(row)}: {column} is {row[column] or 'blank'}, not {digits} digits",
            )
            for row in cells.filter(irregular).iter_rows(named=True)
        ]
    return findings


def _titles_that_differ(cells: pl.DataFrame) -> list[Finding]:
    titles = (
        cells.filter(pl.col("sub_unit_group").str.contains(r"^\d"))
        .group_by("sub_unit_group")
        .agg(pl.col("sub_unit_group_title").unique().sort())
        .filter(pl.col("sub_unit_group_title").list.len() > 1)
        .sort("sub_unit_group")
    )
    return [
        Finding(
            "sub_unit_group_titles_differ",
            group,
            f"sub-unit group {group} is titled " + " and ".join(f'"{name}"' for name in names),
        )
        for group, names in titles.iter_rows()
    ]


def _entry(row: dict[str, str | None]) -> str:
    """Name an entry: b1zb "Director" (ADD marketing)."""
    terms = (("ADD", row["additional_qualifier"]), ("IND", row["industry_qualifier"]))
    given = ", ".join(f"{name} {term}" for name, term in terms if term)
    return f'{row["index_entry_id"]} "{row["index_title_reversed"]}"' + (given and f" ({given})")
