"""Comparison: the records of two runs side by side, and why their codes differ.

    side_by_side -> tell_causes

`before` and `now` are the two runs. A record is the same in both if its record_id is, which is
unique over all files of a run: a file may be called otherwise the second time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from flows.coding.extract import SOURCE_ROW, as_text
from reference.edition_changes import EditionChanges
from reference.keys import loose_key
from schemas.changes import CHANGES_SCHEMA
from schemas.records import weight

CODES = ("outcome", "unit_group", "sub_unit_group", "index_entry_id")
DETAILS = (
    "index_title",
    "match_method",
    "additional_qualifier",
    "industry_qualifier",
    "evidence",
    "default_reason",
    "review_reason",
    "override_id",
)
"""What a cause is told with, beside the codes."""
_MAPPED = ("record_id", "weight")


def scan_coded(folder: Path, manifest: dict[str, Any], columns: tuple[str, ...]) -> pl.LazyFrame:
    """The coded records of a run: record_id, source_file, source_row, weight, and `columns`."""
    frames = [pl.LazyFrame(schema=_key_schema(columns))]
    for source in manifest["sources"]:
        if source["coded_files"]:
            files = [folder / name for name in source["coded_files"]]
            frames.append(
                _keyed(pl.scan_parquet(files, glob=False), source).select(*_key_schema(columns))
            )
    return pl.concat(frames)


def _keyed(coded: pl.LazyFrame, source: dict[str, Any]) -> pl.LazyFrame:
    """Name the columns of a file's coded records that were mapped; a lone record weighs 1."""
    schema = coded.collect_schema()
    mapped = {name: found.rpartition(" (")[0] for name, found in source["mapped"].items()}
    own = {name: as_text(mapped[name], schema[mapped[name]]) for name in _MAPPED if name in mapped}
    weights = weight(own.get("weight", pl.lit(None, pl.String))).fill_null(1.0)
    return coded.with_columns(
        record_id=own["record_id"],
        source_file=pl.lit(source["source_file"]),
        weight=weights,
    )


def _key_schema(columns: tuple[str, ...]) -> dict[str, Any]:
    keys = ("record_id", "source_file", SOURCE_ROW, "weight")
    return {name: CHANGES_SCHEMA[name] for name in keys} | dict.fromkeys(columns, pl.String)


def side_by_side(before: pl.LazyFrame, now: pl.LazyFrame) -> pl.LazyFrame:
    """The records whose codes or outcome differ, and those in one of the runs only.

    Both have record_id, source_file, source_row, weight and CODES. One row per record_id: file,
    row and weight as now (as before, if only there), and CODES with _before and _now, all of them
    null in the run that does not have the record.
    """
    keys = ("source_file", SOURCE_ROW, "weight")
    sides = [
        frame.rename({name: f"{name}{suffix}" for name in (*CODES, *keys)})
        for frame, suffix in ((before, "_before"), (now, "_now"))
    ]
    joined = sides[0].join(sides[1], on="record_id", how="full", coalesce=True)
    differ = [
        pl.col(f"{name}_before").ne_missing(pl.col(f"{name}_now"))
        for name in CODES
        if name != "index_entry_id"
    ]
    return joined.filter(pl.any_horizontal(differ)).select(
        "record_id",
        *(pl.coalesce(f"{name}_now", f"{name}_before").alias(name) for name in keys),
        *(f"{name}{suffix}" for name in CODES for suffix in ("_before", "_now")),
    )


def tell_causes(changed: pl.LazyFrame, editions: EditionChanges) -> pl.LazyFrame:
    """What became of each record, and why; one row per row of `changed`, in the same order.

    `changed` has the columns of `side_by_side` and DETAILS with _before and _now. Columns: those
    of CHANGES_SCHEMA.
    """
    told = changed
    for fact, side, table in _facts(editions):
        entry = f"index_entry_id_{side}"
        noted = table.lazy().select(
            pl.col("index_entry_id").alias(entry),
            pl.col("note").fill_null("which the index does not note").alias(fact),
        )
        told = told.join(noted, on=entry, how="left", maintain_order="left")
    return (
        told.with_columns(change_kind=_kind())
        .with_columns(change_cause=_cause())
        .select(pl.col(name).cast(kind) for name, kind in CHANGES_SCHEMA.items())
    )


def _facts(editions: EditionChanges) -> tuple[tuple[str, str, pl.DataFrame], ...]:
    """What the editions say of entries: the fact's name, of which run's entry, and the notes."""
    return (
        ("added", "now", editions.added),
        ("removed", "before", editions.removed),
        ("reworded_before", "before", editions.reworded),
        ("reworded_now", "now", editions.reworded),
        ("amended", "now", editions.amended),
    )


def _kind() -> pl.Expr:
    same_code = pl.all_horizontal(
        pl.col(f"{name}_before").eq_missing(pl.col(f"{name}_now"))
        for name in ("unit_group", "sub_unit_group")
    )
    titles = [loose_key(pl.col(f"index_title_{side}")) for side in ("before", "now")]
    reworded = pl.any_horizontal(pl.col("reworded_before", "reworded_now").is_not_null())
    kinds = {
        "withdrawn": pl.col("outcome_now") == "review",
        "newly_coded": pl.col("outcome_before") == "review",
        "evidence_found": same_code & (pl.col("outcome_now") == "assigned"),
        "default_taken": same_code,
        "index_amended": pl.col("index_entry_id_before") == pl.col("index_entry_id_now"),
        "index_extended": pl.col("added").is_not_null(),
        "index_reduced": pl.col("removed").is_not_null(),
        "index_reworded": reworded,
        "requalified": titles[0] == titles[1],
    }
    kind = pl.lit("reassigned")
    for name, holds in reversed(kinds.items()):
        kind = pl.when(holds.fill_null(value=False)).then(pl.lit(name)).otherwise(kind)
    return kind


def _cause() -> pl.Expr:
    """The cause in words, and what the editions say of the two entries."""
    before, now = (_decided(side) for side in ("before", "now"))
    entries = pl.format("before {}, now {}", before, now)
    causes = {
        "withdrawn": pl.format("for review: {}", "review_reason_now"),
        "newly_coded": pl.format("was for review: {}; now {}", "review_reason_before", now),
        "evidence_found": entries,
        "default_taken": entries,
        "index_amended": pl.format(
            "the entry was changed, {}", pl.col("amended").fill_null("as far as the runs tell")
        ),
        "requalified": pl.format("another branch of the title: {}", entries),
    }
    by_person = pl.any_horizontal(pl.col("override_id_before", "override_id_now").is_not_null())
    cause = pl.when(by_person).then(entries).otherwise(pl.format("another entry: {}", entries))
    for kind, words in causes.items():
        cause = pl.when(pl.col("change_kind") == kind).then(words).otherwise(cause)
    same_entry = pl.col("index_entry_id_before").eq_missing(pl.col("index_entry_id_now"))
    facts = (
        pl.format("entry {} is new, {}", "index_entry_id_now", "added"),
        pl.when(pl.col("removed").is_not_null()).then(
            pl.format("entry {} is gone", "index_entry_id_before")
        ),
        pl.when(pl.col("change_kind") != "index_amended").then(_reworded("before")),
        pl.when(~same_entry).then(_reworded("now")),
    )
    return pl.concat_str(cause, *facts, separator="; ", ignore_nulls=True)


def _reworded(side: str) -> pl.Expr:
    entry, note = f"index_entry_id_{side}", f"reworded_{side}"
    return pl.format("entry {} asks for something else, {}", entry, note)


def _decided(side: str) -> pl.Expr:
    """How a run came to a code: an entry's title, its qualifiers, and what decided; or a person."""
    qualifiers = pl.concat_str(
        f"additional_qualifier_{side}",
        pl.format("industry {}", f"industry_qualifier_{side}"),
        separator=" and ",
        ignore_nulls=True,
    )
    asked = pl.when(qualifiers != "").then(pl.format(" with {}", qualifiers))
    reason = pl.coalesce(
        f"evidence_{side}", f"default_reason_{side}", pl.lit("no qualifier is asked for")
    )
    entry = pl.format("“{}”{} ({})", f"index_title_{side}", asked.fill_null(""), reason)
    return pl.coalesce(pl.format("override {}", f"override_id_{side}"), entry)
