"""Liken: the unit groups whose titles are most like a title that is not in the index.

It proposes, and says how sure it is; where that is less than a run asks for, a person decides.
"""

from __future__ import annotations

from itertools import pairwise

import polars as pl

from reference.lookup import Lookup

AT_A_TIME = 5_000
"""Titles likened at a time: a title takes about 30 KiB, for the vectors of what is in it."""

LIKENED = "likeness"
"""The match method of a record that has the unit group its title is most like."""

NEVER = 100
"""A certainty that no likeness reaches: from there, titles are only proposed for."""

LIKENESS = {"likely_codes": pl.String, "certainty": pl.Int8, "safe_code": pl.String}


def liken_titles(titles: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    """What a title not in the index is most like; one row per `job_title` that is like any.

    `titles` has job_title and the `reading` to go by. Columns: job_title; likely_codes, the
    likest unit groups with the certainty of each in per cent; certainty, of the first of them;
    safe_code, the most digits of a code of which at least `safe_at` per cent are expected to be
    right, if any. From an index of few entries nothing is learnt, so that no title is like any.
    """
    if titles.is_empty():
        return pl.DataFrame(schema={"job_title": pl.String, **LIKENESS})
    from flows.coding.likest import likest_codes  # noqa: PLC0415  imports NumPy: explain is quick

    codes = pl.concat(likest_codes(some, lookup) for some in titles.iter_slices(AT_A_TIME)).lazy()
    levels = lookup.like_levels.rows(named=True)
    sure = pl.concat(_certainties(codes, **level) for level in levels)
    named = (
        sure.filter(digits=4)
        .group_by("job_title", maintain_order=True)
        .agg(
            likely_codes=_named().str.join("; "),
            certainty=pl.col("certainty").first(),
        )
    )
    safe = (
        sure.filter("safe")
        .sort("digits", maintain_order=True)
        .group_by("job_title", maintain_order=True)
        .agg(safe_code=pl.col("code").last())
    )
    return (
        named.join(safe, on="job_title", how="left", maintain_order="left")
        .select("job_title", *(pl.col(name).cast(kind) for name, kind in LIKENESS.items()))
        .collect()
    )


def _named() -> pl.Expr:
    sure = pl.format("{}%", pl.col("certainty").cum_min())
    return pl.concat_str("code", sure, separator=" ", ignore_nulls=True)


def _certainties(
    codes: pl.LazyFrame,
    *,
    digits: int,
    likest: bool,
    log_odds: list[float],
    certainty: list[float],
    safe_at: float,
) -> pl.LazyFrame:
    """How sure the likest code of so many digits, or each other, is."""
    sure = _certainty(list(zip(log_odds, certainty, strict=True))).clip(0, NEVER - 1).round()
    return codes.filter((pl.col("place") == 0) == likest, digits=digits).select(
        "job_title",
        "code",
        "digits",
        certainty=sure.cast(pl.Int8),
        safe=pl.lit(likest) & (sure >= safe_at),
    )


def _certainty(points: list[tuple[float, float]]) -> pl.Expr:
    """The certainty at some log odds: between the points fitted, on straight lines."""
    certainty = pl.lit(points[0][1])
    for (low, at_low), (high, at_high) in pairwise(points):
        passed = (pl.col("log_odds").clip(low, high) - low) / (high - low)
        certainty += passed * (at_high - at_low)
    return certainty
