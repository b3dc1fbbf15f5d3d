"""The rows of the review workbook: records in review by distinct text, the weightiest first."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from flows.overrides import override_ids
from reference.keys import one_line
from schemas.reviewed import REVIEWED_TEXTS

CHOICES = "choices"
_CODED = r"^\d{4}(?:/\d{2})?"
_ITEM = r"; (\d{4}(?:/\d{2})?\b|and \d+ more)"
_NAMING = ("candidates", "likely_codes", "alternatives")
_FACTS = ("review_reason", "missing_evidence", *_NAMING, "safe_code")
_WEIGHT_DECIMALS = 6  # sums differ in their last digits from run to run
_LONGEST_LINE = 300  # characters; a title can have some hundred industries for one code
_LONGEST_CELL = 32_767  # UTF-16 units


def review_rows(review: Path, codes: pl.DataFrame, most: int) -> tuple[pl.DataFrame, int]:
    """The `most` distinct texts of the largest weight, and how many texts there are.

    One row each: rank from 1, override_id, records, weight, REVIEWED_TEXTS as first met,
    review_reason, missing_evidence, safe_code; candidates, likely_codes and alternatives a line
    each, with the titles of `codes` (see `codes_of`); and codes with titles as a list, `choices`.
    """
    scanned = pl.scan_parquet(review, glob=False, row_index_name="row")
    counted = _count(scanned)
    best = counted.sort("weight", "row", descending=[True, False]).head(most)
    told = scanned.select("row", *REVIEWED_TEXTS, *_FACTS).join(best.lazy(), on="row")
    found = told.sort("row").collect().with_columns(one_line(pl.col(REVIEWED_TEXTS)))
    rows = found.with_columns(override_ids(found, pl.lit("text")))
    merged = (
        rows.filter(_fits_in_cells())
        .group_by("override_id", maintain_order=True)
        .agg(pl.col("records", "weight").sum(), pl.exclude("records", "weight").first())
    )
    ranked = (
        merged.with_columns(pl.col("weight").round(_WEIGHT_DECIMALS))
        .sort("weight", "row", descending=[True, False])
        .with_row_index("rank", offset=1)
    )
    return _with_choices(ranked, codes), counted.height - (rows.height - merged.height)


def codes_of(structure: pl.DataFrame, sub_unit_groups: pl.DataFrame) -> pl.DataFrame:
    """The codes that a decision can be, sorted; one row per unit or sub-unit group: code, title.

    The tables are those of an edition (schemas/structure.py).
    """
    groups = structure.filter(level="unit_group").select("code", "title")
    subdivided = sub_unit_groups.select("title", code="sub_unit_group")
    return pl.concat([groups, subdivided.select("code", "title")]).sort("code")


def choices_of(rows: pl.DataFrame) -> pl.DataFrame:
    """The lists of choices of `review_rows`, one row for each run of rows with the same.

    Columns: choices, and the ranks of the `first` and the `last` of these rows.
    """
    runs = rows.group_by(pl.col(CHOICES).list.join("\n").rle_id().alias("run"), maintain_order=True)
    return runs.agg(
        pl.col(CHOICES).first(), first=pl.col("rank").min(), last=pl.col("rank").max()
    ).select(CHOICES, "first", "last")


def _count(scanned: pl.LazyFrame) -> pl.DataFrame:
    """The records and weight of each distinct text, and the `row` at which it is met first.

    Case and spacing set aside only: the full key takes five times as long, and is for those shown.
    """
    text = pl.col(REVIEWED_TEXTS).str.to_lowercase()
    plain = text.str.replace_all(r"[^\S ]|  +", " ").str.strip_chars(" ").fill_null("")
    return (
        scanned.select("row", "weight", text=pl.concat_str(plain, separator="\x1f").hash())
        .group_by("text")
        .agg(
            pl.col("row").min(),
            records=pl.len().cast(pl.Int64),
            weight=pl.col("weight").fill_null(1.0).sum().round(_WEIGHT_DECIMALS),
        )
        .drop("text")
        .collect()
    )


def _fits_in_cells() -> pl.Expr:
    text = pl.col(REVIEWED_TEXTS)
    units = text.str.len_chars() + text.str.count_matches(r"[\x{10000}-\x{10FFFF}]")
    return pl.all_horizontal((units <= _LONGEST_CELL).fill_null(value=True))


def _with_choices(rows: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    """Name the groups of the codes, and list these: candidates, then likely ones, then others."""
    items = pl.concat(_items(rows, name) for name in _NAMING).join(
        codes, on="code", how="left", maintain_order="left"
    )
    title = pl.concat_str("code", "title", separator=" ", ignore_nulls=True).replace("", None)
    line = pl.concat_str(title, "said", separator=", ", ignore_nulls=True)
    shortened = pl.when(line.str.len_chars() > _LONGEST_LINE).then(
        pl.format("{}…", line.str.head(_LONGEST_LINE))
    )
    named = items.with_columns(line=pl.coalesce(shortened, line))
    lines = {
        name: named.filter(column=name)
        .group_by("rank", maintain_order=True)
        .agg(pl.col("line").str.join("\n").alias(name))
        for name in _NAMING
    }
    choices = (
        named.drop_nulls("title")
        .select("rank", choice=pl.format("{} {}", "code", "title"))
        .group_by("rank", maintain_order=True)
        .agg(pl.col("choice").unique(maintain_order=True).alias(CHOICES))
    )
    whole = rows.drop(_NAMING)
    for table in (*lines.values(), choices):
        whole = whole.join(table, on="rank", how="left", maintain_order="left")
    return whole.with_columns(pl.col(CHOICES).fill_null([]))


def _items(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """The codes that a column names; one row each: rank, column, code, said (what follows it)."""
    item = pl.col("item")
    return (
        rows.select("rank", item=pl.col(column).str.replace_all(_ITEM, "\n${1}").str.split("\n"))
        .drop_nulls("item")
        .explode("item")
        .select(
            "rank",
            column=pl.lit(column),
            code=item.str.extract(f"({_CODED})"),
            said=item.str.replace(_CODED, "").str.strip_chars(" ").replace("", None),
        )
    )
