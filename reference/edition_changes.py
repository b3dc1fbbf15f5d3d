"""What an edition changed of another's entries: added, removed, given other words or codes.

An entry keeps its UNIQUE ID from edition to edition. A change is cited by the index's own note of
it, "V13 amended: SOC-ext code was 5231/99", of the later edition, whichever of the two that is.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from reference.keys import loose_key

ASKED = ("index_title", "additional_qualifier", "industry_qualifier", "default_code")
"""What decides who gets an entry; titles count as different only if a search tells them apart."""


@dataclass(frozen=True)
class EditionChanges:
    """The differences of two editions' indexes; one row per entry: index_entry_id, note.

    added, removed: entries that are in one of the editions only.
    reworded: entries in both whose title or qualifiers differ.
    amended: entries in both whose code differs.

    `note` is null where the later edition notes nothing.
    """

    added: pl.DataFrame
    removed: pl.DataFrame
    reworded: pl.DataFrame
    amended: pl.DataFrame


def no_changes() -> EditionChanges:
    """Give the differences of an edition from itself."""
    none = pl.DataFrame(schema={"index_entry_id": pl.String, "note": pl.String})
    return EditionChanges(none, none, none, none)


def edition_changes(before: pl.DataFrame, now: pl.DataFrame) -> EditionChanges:
    """Compare two editions' indexes (schemas/index.py)."""
    noted = ["index_entry_id", "note"]
    former, latter = _noted(before), _noted(now)
    both = former.join(latter, on="index_entry_id", suffix="_now").with_columns(note=_later_note())
    reworded = [_differ(name) for name in ASKED]
    return EditionChanges(
        added=latter.join(former, on="index_entry_id", how="anti").select(noted),
        removed=former.join(latter, on="index_entry_id", how="anti").select(noted),
        reworded=both.filter(pl.any_horizontal(reworded)).select(noted),
        amended=both.filter(_differ("code")).select(noted),
    )


def _noted(index: pl.DataFrame) -> pl.DataFrame:
    """Entries with their code, what they ask for, and the note of their changes."""
    note = pl.concat_str("version_note", "change", separator=": ", ignore_nulls=True)
    versions = pl.col("version_note").str.extract_all(r"\d+").cast(pl.List(pl.Int64))
    return index.select(
        "index_entry_id",
        loose_key(pl.col("index_title")).alias("index_title"),
        *ASKED[1:],
        code=pl.coalesce("sub_unit_group", "unit_group"),
        note=pl.when(note != "").then(note),
        version=versions.list.max().fill_null(0),
    )


def _differ(name: str) -> pl.Expr:
    return pl.col(name).ne_missing(pl.col(f"{name}_now"))


def _later_note() -> pl.Expr:
    """The note of the later edition; null if the earlier one has it too."""
    later = pl.when(pl.col("version_now") >= pl.col("version")).then("note_now").otherwise("note")
    return pl.when(_differ("note")).then(later)
