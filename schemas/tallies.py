"""One row for each distinct combination of what coding said of records: how many, what weight.

The report of a run, its gate and the comparison of runs count with it, and need no record.
"""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.coded import OUTCOMES

TALLIED = {
    "outcome": pl.String,
    "unit_group": pl.String,
    "sub_unit_group": pl.String,
    "skill_level": pl.Int8,
    "match_method": pl.String,
    "precedence_rung": pl.String,
    "default_reason": pl.String,
    "review_reason": pl.String,
    "missing_evidence": pl.String,
    "certainty": pl.Int8,
    "change_kind": pl.String,
    "compared_classification": pl.String,
    "compared_code": pl.String,
    "previous_skill_level": pl.Int8,
    "skilled_worker_change": pl.String,
}
"""The columns of a coded record that are counted."""

TALLIES_SCHEMA = pl.Schema(
    {**TALLIED, "records": pl.Int64, "weight": pl.Float64, "weight_squared": pl.Float64}
)


class Tally(pa.DataFrameModel):
    """How many records, and what weight together, have the same values; those are its key.

    `weight_squared` is the sum of the squares of their weights, which says how many records of
    equal weight they are worth (Kish).
    """

    outcome: pl.String = pa.Field(isin=list(OUTCOMES))
    change_kind: pl.String = pa.Field(nullable=True)
    compared_code: pl.String = pa.Field(nullable=True)
    records: pl.Int64 = pa.Field(ge=1)
    weight: pl.Float64 = pa.Field(ge=0)
    weight_squared: pl.Float64 = pa.Field(ge=0)

    @pa.dataframe_check(name="a kind of change exactly with a previous code")
    def _kind_with_code(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        kind, code = pl.col("change_kind"), pl.col("compared_code")
        return data.lazyframe.select(kind.is_null() == code.is_null())
