"""What an edition changed of another's entries: added, removed, given other words or codes.

An entry keeps its UNIQUE ID from edition to edition. What a change is cited by is the index's own
note of it: "V13 amended: SOC-ext code was 5231/99".
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from reference.earlier_codes import amended_codes
from reference.keys import loose_key

ASKED = ("index_title", "additional_qualifier", "industry_qualifier", "default_code")
"""What decides who gets an entry; titles count as different only if a search tells them apart."""


@dataclass(frozen=True)
class EditionChanges:
    """The differences of two editions' indexes; each table has one row per entry.

    added: index_entry_id and `note`, of entries that are in the later edition only.
    removed: index_entry_id and `note`, of those in the earlier one only.
    reworded: index_entry_id and `note`, of those in both whose title or qualifiers differ.
    amended: index_entry_id, `code_before` and `note`, of those whose code differs and the note of
        either edition names the other's code.
    """

    added: pl.DataFrame
    removed: pl.DataFrame
    reworded: pl.DataFrame
    amended: pl.DataFrame


def no_changes() -> EditionChanges:
    """Give the differences of an edition from itself."""
    none = pl.DataFrame(schema={"index_entry_id": pl.String, "note": pl.String})
    amended = none.with_columns(code_before=pl.lit(None, pl.String))
    return EditionChanges(none, none, none, amended)


def edition_changes(before: pl.DataFrame, now: pl.DataFrame) -> EditionChanges:
    """Compare two editions' indexes (schemas/index.py)."""
    noted = ["index_entry_id", "note"]
    former, latter = _noted(before), _noted(now)
    both = former.join(latter, on="index_entry_id", suffix="_now")
    differ = [pl.col(name).ne_missing(pl.col(f"{name}_now")) for name in ASKED]
    return EditionChanges(
        added=latter.join(former, on="index_entry_id", how="anti").select(noted),
        removed=former.join(latter, on="index_entry_id", how="anti").select(noted),
        reworded=both.filter(pl.any_horizontal(differ)).select(
            "index_entry_id", note=pl.coalesce("note_now", pl.lit("without a note"))
        ),
        amended=_amended(both, before, now),
    )


def _noted(index: pl.DataFrame) -> pl.DataFrame:
    """Entries with their code, what they ask for, and the note of their changes."""
    return index.select(
        "index_entry_id",
        loose_key(pl.col("index_title")).alias("index_title"),
        *ASKED[1:],
        code=pl.coalesce("sub_unit_group", "unit_group"),
        note=pl.concat_str("version_note", "change", separator=": ", ignore_nulls=True),
    ).with_columns(pl.when(pl.col("note") != "").then("note").alias("note"))


def _amended(both: pl.DataFrame, before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Entries whose code differs, with the note that says so, of the later edition if it does."""
    differ = both.filter(pl.col("code").ne_missing(pl.col("code_now")))
    cited = [
        differ.join(
            _former_codes(index), left_on=["index_entry_id", other], right_on=["id", "former"]
        )
        for index, other in ((now, "code"), (before, "code_now"))
    ]
    return (
        pl.concat(cited)
        .select("index_entry_id", code_before="code", note="cited")
        .unique("index_entry_id", keep="first", maintain_order=True)
    )


def _former_codes(index: pl.DataFrame) -> pl.DataFrame:
    """The codes that the index says its entries had: id, former, cited."""
    entries = index.with_row_index("entry")
    told = amended_codes(entries).filter(classification="SOC2020")
    return told.join(entries, on="entry").select("cited", id="index_entry_id", former="code")
