"""Drift: how far a run's distributions over codes are from an earlier run's, and what chance makes.

Half of the 4-digit codes can be wrong while every major group keeps its share, so the shift is
measured at 4 and 6 digits. At a level, the shift of two distributions p and q is

    D = 1/2 * sum over codes of |p - q|

the share of records that would have to be in another code for the two to be the same (Gini's
index of dissimilarity; total variation distance). It is not 0 for two samples of one population.
With s = sqrt(r * (1 - r) * (1/n + 1/m)) the standard deviation of a code's difference, r its share
in both samples together, and n and m their sizes, |p - q| has the mean s * sqrt(2/pi) of a folded
normal distribution (Leone, Nelson and Nottingham, Technometrics 3, 1961), hence

    expected D = sum of s / sqrt(2*pi)        standard deviation of D <= 1/2 * sqrt(sum of s^2)

The bound is that of Efron and Stein (Annals of Statistics 9, 1981): one record that moves changes
D by at most one record's share, and in half of the cases not at all. A weighted sample counts for
n = (sum of weights)^2 / (sum of squared weights) records (Kish, Survey Sampling, 1965).

One code's share moves by chance up to k * s + k^2/6 * (1/n + 1/m), with k standard deviations; the
second term is Bernstein's for counts of few records, of which one is much.

Codes that change places within a group keep their shares and are not seen here: `soc-recode
compare` follows each record.
"""

from __future__ import annotations

import math

import polars as pl
from pydantic import BaseModel, ConfigDict

from flows.settings import DriftThresholds

DIGITS = (1, 2, 3, 4, 6)
MOST_MOVED = 10
"""Codes listed per level: those whose share moved most, and all that moved too far."""
_OF_UNIT_GROUP, _OF_SUB_UNIT_GROUP = 4, 6


class Facts(BaseModel):
    """Frozen, and written to run.json as it is."""

    model_config = ConfigDict(frozen=True)


class Moved(Facts):
    """One code's share of coded records, in per cent, before and now."""

    code: str
    before: float
    now: float
    is_breach: bool


class LevelDrift(Facts):
    """How far two distributions over the codes of one level are apart; all in per cent."""

    digits: int
    shift: float | None
    """None: a run has no coded records."""
    expected: float | None
    """What is to be expected of two samples of these sizes from one population."""
    chance: float | None
    """The most that chance can make of them."""
    threshold: float | None
    """How much more than expected is a breach; None: the level is shown, and never is one."""
    moved: list[Moved]


class ReviewDrift(Facts):
    """The share of records in review, in per cent of those not quarantined."""

    before: float
    now: float
    chance: float
    threshold: float


def drift_of_level(
    digits: int, now: pl.DataFrame, before: pl.DataFrame, thresholds: DriftThresholds
) -> LevelDrift:
    """Compare the tallies (schemas/tallies.py) of two runs at one level; review has no code."""
    threshold = {
        _OF_UNIT_GROUP: thresholds.unit_groups,
        _OF_SUB_UNIT_GROUP: thresholds.sub_unit_groups,
    }.get(digits)
    before, now = (frame.filter(pl.col("outcome") != "review") for frame in (before, now))
    n, m = _size(before), _size(now)
    if not n or not m:
        nothing = dict.fromkeys(("shift", "expected", "chance"))
        return LevelDrift(digits=digits, **nothing, threshold=threshold, moved=[])
    gated = pl.lit(value=threshold is not None)
    shares = _with_chance(_shares(digits, before, now), n, m, thresholds.chance).with_columns(
        is_breach=gated & _code_breach(thresholds)
    )
    expected = _sum(shares, "deviation") / math.sqrt(2 * math.pi)
    spread = math.sqrt(_sum(shares.select(pl.col("deviation") ** 2), "deviation")) / 2
    return LevelDrift(
        digits=digits,
        shift=_rounded(_sum(shares.select(pl.col("change").abs()), "change") / 2),
        expected=_rounded(min(100.0, expected)),
        chance=_rounded(min(100.0, expected + thresholds.chance * spread)),
        threshold=threshold,
        moved=_moved(shares),
    )


def _moved(shares: pl.DataFrame) -> list[Moved]:
    """The codes that moved most, those in breach first."""
    order = [pl.col("is_breach"), pl.col("change").abs(), pl.col("code")]
    ordered = shares.sort(*order, descending=[True, True, False])
    listed = ordered.head(max(MOST_MOVED, int(_sum(shares, "is_breach"))))
    rows = listed.select("code", pl.col("before", "now").round(3), "is_breach").to_dicts()
    return [Moved.model_validate(row) for row in rows]


def _size(tallies: pl.DataFrame) -> float:
    """How many records of equal weight say as much as these."""
    weight, squared = _sum(tallies, "weight"), _sum(tallies, "weight_squared")
    return weight**2 / squared if squared else 0.0


def _sum(table: pl.DataFrame, column: str) -> float:
    return float(table[column].sum())


def _shares(digits: int, before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """One row per code: its share before and now, and the change, in per cent.

    A code that has no sub-unit group counts, at 6 digits, as its unit group.
    """
    group = pl.col("unit_group").str.head(min(digits, _OF_UNIT_GROUP))
    code = pl.coalesce("sub_unit_group", "unit_group") if digits == _OF_SUB_UNIT_GROUP else group
    given = [
        frame.group_by(code=code).agg(pl.col("weight").sum() * (100 / _sum(frame, "weight")))
        for frame in (before, now)
    ]
    joined = given[0].join(given[1], on="code", how="full", coalesce=True, suffix="_now")
    return (
        joined.select("code", before="weight", now="weight_now")
        .fill_null(0.0)
        .sort("code")
        .with_columns(change=pl.col("now") - pl.col("before"))
    )


def _with_chance(shares: pl.DataFrame, n: float, m: float, deviations: float) -> pl.DataFrame:
    """Add the standard deviation of each change by chance, and what chance can make of it."""
    together, per_record = (pl.col("before") * n + pl.col("now") * m) / (n + m), 1 / n + 1 / m
    deviation = (together * (100 - together).clip(0) * per_record).sqrt()
    return shares.with_columns(
        deviation=deviation,
        chance=deviations * deviation + 100 * per_record * deviations**2 / 6,
    )


def _code_breach(thresholds: DriftThresholds) -> pl.Expr:
    change = pl.col("change").abs()
    return (
        (change > thresholds.code_points)
        & (change > pl.col("before") * thresholds.code_relative / 100)
        & (change > pl.col("chance"))
    )


def drift_of_review(
    now: pl.DataFrame, before: pl.DataFrame, thresholds: DriftThresholds
) -> ReviewDrift:
    """Compare the shares of records in review in the tallies of two runs."""
    shares = [
        100 * _sum(frame.filter(outcome="review"), "weight") / (_sum(frame, "weight") or 1.0)
        for frame in (before, now)
    ]
    n, m = _size(before), _size(now)
    given = pl.DataFrame({"before": [shares[0]], "now": [shares[1]]})
    chance = _sum(_with_chance(given, n, m, thresholds.chance), "chance") if n and m else 100.0
    return ReviewDrift(
        before=_rounded(shares[0]),
        now=_rounded(shares[1]),
        chance=_rounded(min(100.0, chance)),
        threshold=thresholds.review,
    )


def _rounded(share: float) -> float:
    return round(share, 3)
