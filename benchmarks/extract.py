"""Make a large extract with realistic repetition: few titles are common, most are rare.

Titles, industries and subjects come from the edition in use, so that the ambiguous titles, which
are the common ones, need their evidence. The same rows come out every time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from reference.store import Edition, load

SIC_CODES = 700
ABSENT = ("department", "qualification", "employer_industry", "employer_sic2007")
"""Canonical columns that this extract does not fill."""
UNKNOWN_ENDINGS = 400
DUTIES = 60_000


def uniform(seed: int) -> pl.Expr:
    """A number from 0 to 1 for each row, by a fixed mixing of its number."""
    row = pl.col("row").cast(pl.UInt64)
    mixed = (row * 2_654_435_761 + seed * 40_503_777) % 4_294_967_291
    mixed = (mixed * 48_271 + seed * 12_820_163) % 2_147_483_647
    return (mixed * 69_621 % 2_147_483_647) / 2_147_483_647


def ranked(seed: int, size: int) -> pl.Expr:
    """A rank from 0, small ones often and large ones seldom (Zipf's law)."""
    return ((size**1.0) ** uniform(seed)).floor().cast(pl.UInt32) - 1


def make_extract(path: Path, rows: int, edition: Edition) -> None:
    """Write `rows` survey records to a Parquet file."""
    titles = (
        edition.index.group_by("index_title")
        .len()
        .sort("len", "index_title", descending=[True, False])
    )["index_title"]
    industries = edition.index["industry_qualifier"].drop_nulls().unique().sort()
    subjects = edition.index["additional_qualifier"].drop_nulls().unique().sort()
    industry_texts = pl.concat([industries, "a firm in " + industries, industries + " company"])
    frame = pl.LazyFrame({"row": pl.int_range(rows, eager=True)})
    for name, pool, seed in (("title", titles, 1), ("industry", industry_texts, 2)):
        numbered = pl.LazyFrame({name: pool}).with_row_index(f"{name}_rank")
        frame = frame.with_columns(ranked(seed, pool.len()).alias(f"{name}_rank")).join(
            numbered, on=f"{name}_rank", how="left", maintain_order="left"
        )
    duties = pl.LazyFrame({"duty": pl.int_range(DUTIES, eager=True).cast(pl.UInt32)}).with_columns(
        duties=pl.format(
            "responsible for {} and day to day matters of group {}",
            pl.lit(subjects.implode()).list.get(pl.col("duty") % subjects.len()),
            pl.col("duty"),
        )
    )
    frame = frame.with_columns(duty=ranked(3, DUTIES)).join(
        duties, on="duty", how="left", maintain_order="left"
    )
    form, ending = uniform(4), ranked(5, UNKNOWN_ENDINGS)
    title = pl.col("title")
    frame.select(
        record_id=pl.format("R{}", "row"),
        job_title=pl.when(form < 0.55)
        .then(title)
        .when(form < 0.75)
        .then(title.str.to_uppercase())
        .when(form < 0.85)
        .then(title.str.to_lowercase())
        .when(form < 0.90)
        .then(pl.lit("Senior ") + title)
        .otherwise(pl.format("{} band {} north", title, ending)),
        job_description=pl.when(uniform(6) < 0.4).then("duties"),
        industry_description=pl.when(uniform(7) < 0.7).then("industry"),
        sic2007=pl.when(uniform(8) < 0.5).then(
            (10_000 + ranked(9, SIC_CODES) * 127).cast(pl.String)
        ),
        weight=(uniform(10) * 1000).round(2),
        **{name: pl.lit(None, pl.String) for name in ABSENT},
        region=pl.format("region {}", (uniform(11) * 12).cast(pl.UInt8)),
    ).sink_parquet(path, row_group_size=250_000)


if __name__ == "__main__":
    make_extract(Path(sys.argv[1]), int(sys.argv[2]), load(sys.argv[3]))
