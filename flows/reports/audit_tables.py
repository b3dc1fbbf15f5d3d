"""The tables of a run's report: pure functions from tallies to small frames; each says its grain.

Tallies have the columns of schemas/tallies.py. Every frame here counts with `records` and
`weight`, or with columns that end in them, and is ordered, so that the same tallies give the same
frame. A `new` code that is null stands for review.
"""

from __future__ import annotations

import polars as pl

from flows.tallies import WEIGHT_DECIMALS

LEVELS = (1, 2, 3, 4)
"""Digits of a code at which codes are compared: major, sub-major, minor and unit groups."""

CARRIED_OVER = ("reclassified", "possible_in_crosswalk")
"""Changes from an earlier classification that the index itself has: no change of the job's code."""

CHANGED = ("index_amended", "requalified", "reassigned")
"""Changes of an earlier classification's code that the index does not have."""

BAND = 20
"""Points of certainty in a band; the last has 100, too."""

_AMOUNTS = ("records", "weight")
_MILLION = float(10**WEIGHT_DECIMALS)


def added_up(frame: pl.DataFrame, *by: str | pl.Expr) -> pl.DataFrame:
    """Records and weight; one row per combination of `by`, sorted by it, nulls last.

    Weights are added as whole millionths: added as fractions they would depend on the order.
    """
    rows = frame.select(*by, "records", _exact("weight"))
    keys = [name for name in rows.columns if name not in _AMOUNTS]
    if not keys:
        return rows.select("records", "weight").sum().with_columns(_inexact("weight"))
    return (
        rows.group_by(keys)
        .agg(pl.col("records", "weight").sum())
        .with_columns(_inexact("weight"))
        .sort(keys, nulls_last=True)
    )


def _exact(column: str) -> pl.Expr:
    millionths: pl.Expr = pl.col(column) * _MILLION
    return millionths.round().cast(pl.Int128)


def _inexact(column: str) -> pl.Expr:
    weight: pl.Expr = pl.col(column) / _MILLION
    return weight


def largest_first(frame: pl.DataFrame) -> pl.DataFrame:
    """The same rows, those with most records first; the earlier key first among equals."""
    keys = [name for name in frame.columns if name not in _AMOUNTS]
    return frame.sort("records", *keys, descending=[True, *(False for _ in keys)], nulls_last=True)


def outcomes(tallies: pl.DataFrame) -> pl.DataFrame:
    """Coded records; one row per `outcome`."""
    return added_up(tallies, "outcome")


def coded_digits(tallies: pl.DataFrame) -> pl.DataFrame:
    """Records with a code of so many digits; one row for 4 and one for 6 `digits`."""
    columns = {4: "unit_group", 6: "sub_unit_group"}
    return pl.concat(
        added_up(tallies.filter(pl.col(name).is_not_null())).select(
            pl.lit(digits).alias("digits"), "records", "weight"
        )
        for digits, name in columns.items()
    )


def by_reason(tallies: pl.DataFrame, column: str) -> pl.DataFrame:
    """Records by the values of a column, as far as it has one; one row per value, largest first."""
    return largest_first(added_up(tallies.filter(pl.col(column).is_not_null()), column))


def missing_evidence(tallies: pl.DataFrame) -> pl.DataFrame:
    """What was not given and would settle a record; per `missing_evidence`, by weight.

    Beside records and weight of all: those for review, and those assigned by default, as
    review_records, review_weight, default_records, default_weight.
    """
    rows = tallies.filter(pl.col("missing_evidence").is_not_null())
    parts = {"review": pl.col("outcome") == "review", "default": pl.col("outcome") != "review"}
    counted = added_up(rows, "missing_evidence")
    for name, condition in parts.items():
        part = added_up(rows.filter(condition), "missing_evidence")
        counted = counted.join(
            part.rename({amount: f"{name}_{amount}" for amount in _AMOUNTS}),
            on="missing_evidence",
            how="left",
        )
    return counted.fill_null(0).sort(
        "weight", "missing_evidence", descending=[True, False], maintain_order=True
    )


def certainty_bands(tallies: pl.DataFrame) -> pl.DataFrame:
    """Records by `outcome` and by the band of their certainty that begins `at` (null: none)."""
    last = 100 - BAND
    at = (pl.col("certainty").cast(pl.Int64) // BAND * BAND).clip(upper_bound=last)
    return added_up(tallies, at.alias("at"), "outcome")


def classifications(tallies: pl.DataFrame) -> pl.DataFrame:
    """Records with a previous code; one row per `compared_classification`, the newest first."""
    given = tallies.filter(pl.col("compared_classification").is_not_null())
    name = "compared_classification"
    year = pl.col(name).str.strip_prefix("SOC").cast(pl.Int64)
    newest = pl.when(year < 100).then(year + 1900).otherwise(year)
    return added_up(given, name).sort(newest, descending=True)


def change_kinds(tallies: pl.DataFrame) -> pl.DataFrame:
    """Records with a previous code by cause: per `compared_classification` and `change_kind`."""
    given = tallies.filter(pl.col("change_kind").is_not_null())
    return added_up(given, "compared_classification", "change_kind")


def moves(tallies: pl.DataFrame, classification: str) -> pl.DataFrame:
    """From previous to new codes; one row per `old` (up to 4 digits), `new` and `change_kind`.

    What follows is told of these rows.
    """
    given = tallies.filter(compared_classification=classification)
    old, new = pl.col("compared_code").str.head(4), pl.col("unit_group")
    return added_up(given, old.alias("old"), new.alias("new"), "change_kind")


def matrix(moves: pl.DataFrame, digits: int) -> pl.DataFrame:
    """Records by previous and new code of so many digits; one row per `old` and `new`."""
    old, new = (pl.col(name).str.head(digits) for name in ("old", "new"))
    return added_up(moves, old, new)


def shifts(moves: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Gross and net change of the records that have both codes; one row per level and `by`.

    gross_records, gross_weight: what has another code at that level. net_records, net_weight:
    half the sum, over codes, of the difference between before and after; all that a comparison of
    totals shows. `level` is the number of digits.
    """
    both = moves.filter(pl.col("new").is_not_null())
    told = pl.concat(
        both.with_columns(pl.col("old", "new").str.head(digits), pl.lit(digits).alias("level"))
        for digits in LEVELS
    )
    keys = ["level", *by]
    gross = added_up(told.filter(pl.col("old") != pl.col("new")), *keys)
    before = told.select(*keys, "records", "weight", code="old")
    after = told.select(*keys, -pl.col("records"), -pl.col("weight"), code="new")
    differences = added_up(pl.concat([before, after]), *keys, "code").with_columns(
        pl.col("records", "weight").abs()
    )
    net = added_up(differences, *keys).with_columns(pl.col("records") // 2, pl.col("weight") / 2)
    counted = added_up(told, *keys)
    for name, part in {"gross": gross, "net": net}.items():
        named = part.rename({amount: f"{name}_{amount}" for amount in _AMOUNTS})
        counted = counted.join(named, on=keys, how="left", maintain_order="left")
    return counted.fill_null(0)


def affected_codes(moves: pl.DataFrame) -> pl.DataFrame:
    """What became of each unit group; one row per `code`, those with most records affected first.

    Of the records that had the code (had): stayed, left (for another), review. affected: left and
    review. entered: those that have it now and had another. Each in _records and _weight.
    """
    stays, waits = pl.col("old") == pl.col("new"), pl.col("new").is_null()
    parts = {"stayed": stays, "left": ~stays, "review": waits}
    entered = added_up(moves.filter(~stays), pl.col("new").alias("code"))
    return _by_code(moves, parts, ("left", "review"), entered)


def affected_earlier_codes(moves: pl.DataFrame) -> pl.DataFrame:
    """What became of an earlier classification's codes; one row per `code`, most affected first.

    Of the records that had the code (had): carried over as the index has it, changed to another,
    review, unknown (the edition does not have the codes of the classification). affected: changed
    and review. Each in _records and _weight.
    """
    kind = pl.col("change_kind")
    parts = {
        "carried": kind.is_in(CARRIED_OVER),
        "changed": kind.is_in(CHANGED),
        "review": kind == "withdrawn",
        "unknown": kind == "not_comparable",
    }
    return _by_code(moves, parts, ("changed", "review"))


def _by_code(
    moves: pl.DataFrame,
    parts: dict[str, pl.Expr],
    affected: tuple[str, ...],
    entered: pl.DataFrame | None = None,
) -> pl.DataFrame:
    code = pl.col("old").alias("code")
    conditions = {
        "had": pl.lit(value=True),
        **parts,
        "affected": pl.any_horizontal(parts[name] for name in affected),
    }
    counts = {name: added_up(moves.filter(is_so), code) for name, is_so in conditions.items()}
    if entered is not None:
        counts["entered"] = entered
    codes = pl.concat(one.select("code") for one in counts.values()).unique().sort("code")
    for name, part in counts.items():
        named = part.rename({amount: f"{name}_{amount}" for amount in _AMOUNTS})
        codes = codes.join(named, on="code", how="left", maintain_order="left")
    order = ["affected_records", *(["entered_records"] if entered is not None else [])]
    return codes.fill_null(0).sort(*order, "code", descending=[*(True for _ in order), False])


def skill_levels(tallies: pl.DataFrame) -> pl.DataFrame:
    """Skill levels before and after, of previous SOC 2020 codes; one row per `old` and `new`.

    A null `old` is the level of a code that the edition does not have.
    """
    given = tallies.filter(compared_classification="SOC2020")
    old, new = pl.col("previous_skill_level"), pl.col("skill_level")
    return added_up(given, old.alias("old"), new.alias("new"))


def consequences(tallies: pl.DataFrame) -> pl.DataFrame:
    """What changes in the Skilled Worker tables, of previous SOC 2020 codes; largest first.

    One row per `skilled_worker_change`; null: the tables are the same, or not known.
    """
    given = tallies.filter(compared_classification="SOC2020")
    return largest_first(added_up(given, "skilled_worker_change"))
