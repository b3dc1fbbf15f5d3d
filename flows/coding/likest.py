"""Likest codes: what the vectors learnt from an edition say of titles, in NumPy."""

from __future__ import annotations

import numpy as np
import polars as pl

from reference.keys import loose_key
from reference.likeness import as_matrix
from reference.lookup import Lookup
from reference.title_features import features_of, shares_of
from reference.title_vectors import Floats, Vectors, shares_of_groups

MOST_NAMED = 5
"""Unit groups that are named for a record."""

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
    shares = shares_of_groups(as_matrix(told, len(vectors.features)), vectors)
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
    texts, places = np.arange(len(shares)), np.arange(min(MOST_NAMED, len(begins)))
    likest = np.empty((len(texts), len(places)), int)
    others = log_odds.copy()
    for place in places:  # a few times the largest: sorting all takes much longer
        likest[:, place] = others.argmax(axis=1)
        others[texts, likest[:, place]] = -np.inf
    return pl.DataFrame(
        {
            "job_title": job_titles.gather(np.repeat(texts, len(places))),
            "digits": np.full(likest.size, digits, np.uint32),
            "place": np.tile(places, len(texts)),
            "code": codes.gather(begins[likest.ravel()]),
            "log_odds": np.take_along_axis(log_odds, likest, axis=1).ravel(),
        },
        schema=LIKEST,
    )
