"""Tallies: how many records, and what weight, have each combination of outcome, code and change."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from flows.coding import Coded, Traced
from schemas.tallies import TALLIED, TALLIES_SCHEMA, Tally

WEIGHT_DECIMALS = 6
"""Weights are rounded where they are added up: sums differ in their last digits from run to run."""
SQUARES_DIGITS = 12
"""Their squares grow too large for that, and keep so many significant digits."""


def tally(coded: Coded, traced: Traced, weight: pl.Series) -> pl.DataFrame:
    """Count a batch; one row per combination, with the columns of schemas/tallies.py.

    `weight` is that of each record, in their order; without one it is 1.
    """
    each = pl.col("weight")
    uses = (
        pl.DataFrame([traced.change.alias("change"), weight.fill_null(1.0).alias("weight")])
        .group_by("change")
        .agg(records=pl.len(), weight=each.sum(), weight_squared=(each**2).sum())
    )
    changes = traced.changes[uses["change"]]
    decisions = coded.decisions[changes["decision"]]
    told = pl.concat([decisions, changes, uses.drop("change")], how="horizontal")
    return _added_up(told.lazy()).collect()


def add_up(parts: Iterable[Path]) -> pl.DataFrame:
    """Add up the tallies of a run's parts; sorted, so that the same records give the same rows."""
    frames = [pl.scan_parquet(part, glob=False) for part in parts]
    tallies = _added_up(pl.concat([pl.LazyFrame(schema=TALLIES_SCHEMA), *frames]))
    added = tallies.sort(list(TALLIED), nulls_last=True).collect()
    Tally.validate(added)
    return added


def _added_up(told: pl.LazyFrame) -> pl.LazyFrame:
    return (
        told.group_by(list(TALLIED))
        .agg(
            pl.col("records").sum(),
            pl.col("weight").sum().round(WEIGHT_DECIMALS),
            pl.col("weight_squared").sum().round_sig_figs(SQUARES_DIGITS),
        )
        .select(pl.col(name).cast(kind) for name, kind in TALLIES_SCHEMA.items())
    )
