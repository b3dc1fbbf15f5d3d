"""Liken: the unit groups whose titles are most like a title that is not in the index.

It proposes, and says how sure it is; where that is less than a run asks for, a person decides.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl

from reference.keys import loose_key
from reference.likeness import as_told
from reference.lookup import Lookup
from reference.title_features import features_of, shares_of
from reference.title_vectors import Floats, Vectors, shares_of_groups

MOST_NAMED = 5
"""Unit groups that are named for a record."""

AT_A_TIME = 5_000
"""Titles likened at a time: a title takes about 30 KiB, for the vectors of what is in it."""

LEAST_SHARE = 1e-6
"""Nearer to 0, or to 1, shares are not told apart."""

EXACT = 6
"""Decimals of log odds that do not depend on the titles beside; where they are equal, the order is
that of the codes."""

LIKEST = {
    "job_title": pl.String,
    "digits": pl.UInt32,
    "place": pl.Int64,
    "code": pl.String,
    "log_odds": pl.Float64,
}

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
    slices = [likest_codes(some, lookup) for some in titles.iter_slices(AT_A_TIME)]
    if not slices:
        return pl.DataFrame(schema={"job_title": pl.String, **LIKENESS})
    codes = pl.concat(slices).lazy()
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


def likest_codes(titles: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    """The likest codes of each title, at each number of digits, likest first.

    Columns: job_title, digits, place (from 0), code, log_odds: the logarithm of share / (1 -
    share), of its share of the title's likeness to all unit groups, so that a close second counts
    against it. No row for a title like none.
    """
    texts = titles.select("job_title", key=loose_key(pl.col("reading"))).drop_nulls("key")
    texts = texts.with_row_index("text")
    told = shares_of(
        features_of(texts.lazy().select("text", "key")), lookup.like_features.lazy()
    ).collect()
    if told.is_empty():
        return pl.DataFrame(schema=LIKEST)
    groups = lookup.like_groups
    vectors = Vectors(
        features=lookup.like_features["vector"].to_numpy(),
        groups=groups["vector"].to_numpy(),
        bias=groups["bias"].to_numpy(),
    )
    shares = shares_of_groups(as_told(told), vectors)
    job_titles = texts["job_title"].gather(told["text"].unique(maintain_order=True))
    return pl.concat(
        _likest(shares, groups["unit_group"].str.head(digits), job_titles, digits)
        for digits in lookup.like_levels["digits"].unique(maintain_order=True)
    )


def _likest(shares: Floats, codes: pl.Series, job_titles: pl.Series, digits: int) -> pl.DataFrame:
    """The likest codes of so many digits, from the shares of unit groups, sorted by code."""
    begins = codes.is_first_distinct().arg_true().to_numpy()
    summed = np.add.reduceat(shares, begins, axis=1).clip(LEAST_SHARE, 1 - LEAST_SHARE)
    log_odds = np.log(summed / (1 - summed)).round(EXACT)
    places = np.arange(min(MOST_NAMED, len(begins)))
    likest = np.argsort(-log_odds, axis=1, kind="stable")[:, places]
    return pl.DataFrame(
        {
            "job_title": job_titles.gather(np.repeat(np.arange(len(shares)), len(places))),
            "digits": np.full(likest.size, digits, np.uint32),
            "place": np.tile(places, len(shares)),
            "code": codes.gather(begins[likest.ravel()]),
            "log_odds": np.take_along_axis(log_odds, likest, axis=1).ravel(),
        },
        schema=LIKEST,
    )
