"""Liken: the unit groups whose titles are most like a title that is not in the index.

It proposes, and says how sure it is; where that is less than a run asks for, a person decides.
"""

from __future__ import annotations

from itertools import pairwise

import polars as pl

from reference.keys import loose_key
from reference.likeness import features_of, shares_of
from reference.lookup import Lookup

MOST_LIKE = 10
"""Unit groups that are compared for a title."""

MOST_NAMED = 5
"""Unit groups that are named for a record."""

AT_A_TIME = 20_000
"""Titles likened at a time: each is compared with some hundreds of pairs of feature and group."""

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
    right, if any. An index too small for certainties has likely_codes only.
    """
    slices = [likest_groups(some, lookup) for some in titles.iter_slices(AT_A_TIME)]
    if not slices:
        return pl.DataFrame(schema={"job_title": pl.String, **LIKENESS})
    shares = pl.concat(slices).lazy()
    sure = pl.concat(_certainties(shares, *level) for level in lookup.like_levels.rows())
    named = (
        sure.filter(digits=4)
        .sort("job_title", "log_odds", "code", descending=[False, True, False])
        .group_by("job_title", maintain_order=True)
        .agg(
            likely_codes=_named().head(MOST_NAMED).str.join("; "),
            certainty=pl.col("certainty").first(),
        )
    )
    safe = (
        sure.filter("safe")
        .sort("job_title", "digits", "log_odds", "code")
        .group_by("job_title", maintain_order=True)
        .agg(safe_code=pl.col("code").last())
    )
    return (
        named.join(safe, on="job_title", how="left")
        .select("job_title", *(pl.col(name).cast(kind) for name, kind in LIKENESS.items()))
        .collect()
    )


def _named() -> pl.Expr:
    sure = pl.format("{}%", "certainty")
    return pl.concat_str("code", sure, separator=" ", ignore_nulls=True)


def levels_of(shares: pl.LazyFrame, digits: int) -> pl.LazyFrame:
    """The codes of so many digits that a title's groups begin with: job_title, code, log_odds."""
    share = pl.col("share").clip(1e-9, 1 - 1e-9)
    return (
        shares.group_by("job_title", code=pl.col("unit_group").str.head(digits))
        .agg(pl.col("share").sum())
        .select("job_title", "code", log_odds=(share / (1 - share)).log())
    )


def _certainties(
    shares: pl.LazyFrame,
    digits: int,
    log_odds: list[float] | None,
    certainties: list[float] | None,
    safe_at: float | None,
) -> pl.LazyFrame:
    """How sure each code of so many digits is; nulls where that was not measured."""
    certainty = pl.lit(None, pl.Float64)
    if log_odds and certainties:
        certainty = _certainty(list(zip(log_odds, certainties, strict=True)))
    return levels_of(shares, digits).select(
        "job_title",
        "code",
        pl.col("log_odds").round(6),  # sums differ in their last digits from run to run
        digits=pl.lit(digits),
        certainty=certainty.clip(0, NEVER - 1).round().cast(pl.Int8),
        safe=certainty >= pl.lit(safe_at, pl.Float64),
    )


def _certainty(points: list[tuple[float, float]]) -> pl.Expr:
    """The certainty at some log odds: between the points fitted, on straight lines."""
    certainty = pl.lit(points[0][1])
    for (low, at_low), (high, at_high) in pairwise(points):
        passed = (pl.col("log_odds").clip(low, high) - low) / (high - low)
        certainty += passed * (at_high - at_low)
    return certainty


def likest_groups(titles: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    """The likest unit groups of each title and their shares: job_title, unit_group, share."""
    texts = titles.select("job_title", key=loose_key(pl.col("reading"))).drop_nulls("key")
    texts = texts.with_row_index("text")
    told = shares_of(
        features_of(texts.lazy().select("text", "key")), lookup.like_features.lazy()
    ).collect()
    per_text = told.group_by("text").agg(all_shares=pl.col("share").sum())
    score = pl.col("prior") + pl.col("speaks") + pl.col("all_shares") * pl.col("unmet")
    scored = (
        told.lazy()
        .join(lookup.like_weights.lazy(), on="number")
        .group_by("text", "unit_group")
        .agg(speaks=(pl.col("share") * pl.col("weight")).sum())
        .join(per_text.lazy(), on="text")
        .join(lookup.like_groups.lazy(), on="unit_group")
        .select("text", "unit_group", score=score)
        .sort("text", "score", "unit_group", descending=[False, True, False])
        .group_by("text", maintain_order=True)
        .head(MOST_LIKE)
    )
    odds = (pl.col("score") - pl.col("score").max().over("text")).exp()
    return (
        scored.with_columns(odds=odds)
        .with_columns(share=pl.col("odds") / pl.col("odds").sum().over("text"))
        .join(texts.lazy(), on="text")
        .select("job_title", "unit_group", "share")
        .collect()
    )
