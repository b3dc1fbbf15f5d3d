"""Make a large extract with realistic repetition: few jobs are common, most are rare.

Each job is an entry of the edition in use, the titles with many branches commonest, as in life; it
says of its duties and industry what the entry asks for, or something else, or nothing. The same
rows come out every time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from reference.store import Edition, load

JOBS = 300_000
"""Distinct jobs (title, duties, industry, SIC code) that the records are drawn from."""
SIC_CODES = 700


def uniform(seed: int, of: str = "job") -> pl.Expr:
    """A number from 0 to 1 for each job, or row, that depends on nothing else."""
    return pl.col(of).cast(pl.UInt64).hash(seed) / 2.0**64


def ranked(seed: int, size: int, of: str = "job") -> pl.Expr:
    """A rank from 0 to size - 1, small ones often and large ones seldom (Zipf's law)."""
    return (float(size) ** uniform(seed, of)).floor().cast(pl.UInt32) - 1


def make_jobs(edition: Edition) -> pl.LazyFrame:
    """One row per job: its title as it is written, duties, industry and SIC code."""
    entries = edition.index.sort(
        pl.len().over("index_title"),
        "index_title",
        "record_number",
        descending=[True, False, False],
    ).select(
        "index_title",
        "additional_qualifier",
        "industry_qualifier",
        "soc2010",
        code="sub_unit_group",
    )
    others = entries["industry_qualifier"].drop_nulls().unique().sort()
    form, title = uniform(4), pl.col("index_title")
    other = pl.lit(others.implode()).list.get(ranked(2, others.len()))
    subject = pl.col("additional_qualifier").fill_null("the day to day")
    industry = pl.col("industry_qualifier").fill_null(other)
    codes = pl.lit(entries["code"].drop_nulls().unique().sort().implode())
    kept, recoded = uniform(12), codes.list.get(ranked(13, entries["code"].n_unique() - 1))
    return (
        pl.LazyFrame({"job": pl.int_range(JOBS, eager=True).cast(pl.UInt32)})
        .with_columns(entry=ranked(1, entries.height))
        .join(entries.lazy().with_row_index("entry"), on="entry")
        .select(
            "job",
            job_title=pl.when(form < 0.55)
            .then(title)
            .when(form < 0.75)
            .then(title.str.to_uppercase())
            .when(form < 0.85)
            .then(title.str.to_lowercase())
            .when(form < 0.90)
            .then(pl.lit("Senior ") + title)
            .otherwise(pl.format("{} band {} north", title, ranked(5, 400))),
            job_description=pl.when(uniform(6) < 0.4).then(
                pl.format("responsible for {} matters of group {}", subject, ranked(3, 60_000))
            ),
            industry_description=pl.when(uniform(7) < 0.7).then(
                pl.format("a firm in {}", industry)
            ),
            sic2007=pl.when(uniform(8) < 0.5).then(
                (10_000 + ranked(9, SIC_CODES) * 127).cast(pl.String)
            ),
            previous_code=pl.when(kept < 0.3)
            .then("code")
            .when(kept < 0.5)
            .then(pl.col("code").str.head(4))
            .when(kept < 0.8)
            .then("soc2010")
            .otherwise(recoded),
            previous_classification=pl.when((kept >= 0.5) & (kept < 0.8))
            .then(pl.lit("SOC2010"))
            .otherwise(pl.lit("SOC2020")),
        )
    )


PREVIOUS = ("previous_code", "previous_classification")


def make_extract(path: Path, rows: int, edition: Edition, *, previous: bool = False) -> None:
    """Write `rows` survey records to a Parquet file, with or without previous codes.

    Of a job's previous codes, three in ten are its entry's sub-unit group, two the unit group,
    three the SOC 2010 code, and two another entry's sub-unit group.
    """
    jobs = make_jobs(edition).collect().lazy()
    (
        pl.LazyFrame({"row": pl.int_range(rows, eager=True)})
        .with_columns(job=ranked(0, JOBS, "row"))
        .join(jobs, on="job", how="left", maintain_order="left")
        .select(
            pl.format("R{}", "row").alias("record_id"),
            "job_title",
            "job_description",
            "industry_description",
            "sic2007",
            *(PREVIOUS if previous else ()),
            weight=(uniform(10, "row") * 1000).round(2),
            region=pl.format("region {}", (uniform(11, "row") * 12).cast(pl.UInt8)),
        )
        .sink_parquet(path, row_group_size=250_000)
    )


if __name__ == "__main__":
    make_extract(
        Path(sys.argv[1]), int(sys.argv[2]), load(sys.argv[3]), previous="previous" in sys.argv[4:]
    )
