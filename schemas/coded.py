"""One row for each coded record, in the order of the extract: what coding adds to the input."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

CHANGE_KINDS = (
    "unchanged",
    "refined",
    "reclassified",
    "index_amended",
    "possible_in_crosswalk",
    "requalified",
    "reassigned",
    "withdrawn",
    "not_comparable",
)
"""What can have become of a previous code; flows/coding/trace.py says what each means."""

OUTCOMES = ("assigned", "assigned_by_default", "review")


class CodedRecord(pa.DataFrameModel):
    """What coding says of a record; beside it stand the input's own columns.

    Every record has an outcome; a code exactly when it is assigned; a reason exactly when it is
    in review or assigned by default; and a sub-unit group is within its unit group.
    """

    outcome: pl.String = pa.Field(isin=list(OUTCOMES))
    unit_group: pl.String = pa.Field(nullable=True)
    sub_unit_group: pl.String = pa.Field(nullable=True)
    match_method: pl.String = pa.Field(nullable=True)
    index_entry_id: pl.String = pa.Field(nullable=True)
    skill_level: pl.Int8 = pa.Field(nullable=True, ge=1, le=4)
    default_reason: pl.String = pa.Field(nullable=True)
    review_reason: pl.String = pa.Field(nullable=True)
    override_id: pl.String = pa.Field(nullable=True)
    certainty: pl.Int8 = pa.Field(nullable=True, ge=0, le=100)
    safe_code: pl.String = pa.Field(nullable=True, str_matches=r"^\d{1,4}$")

    @pa.dataframe_check(name="a code exactly when assigned")
    def _code_when_assigned(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        assigned = pl.col("outcome") != "review"
        return data.lazyframe.select(assigned == pl.col("unit_group").is_not_null())

    @pa.dataframe_check(name="assigned where an override decided")
    def _assigned_by_override(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        assigned = pl.col("outcome") == "assigned"
        return data.lazyframe.select(assigned | pl.col("override_id").is_null())

    @pa.dataframe_check(name="a review reason exactly when in review")
    def _reason_when_in_review(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        review = pl.col("outcome") == "review"
        return data.lazyframe.select(review == pl.col("review_reason").is_not_null())

    @pa.dataframe_check(name="a default reason exactly when assigned by default")
    def _reason_when_default(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        default = pl.col("outcome") == "assigned_by_default"
        return data.lazyframe.select(default == pl.col("default_reason").is_not_null())

    @pa.dataframe_check(name="assigned by an override, by an entry, or by likeness")
    def _entry_or_certainty(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        likened = (pl.col("match_method") == "likeness").fill_null(value=False)
        by_entry, sure, decided = (
            pl.col(name).is_not_null() for name in ("index_entry_id", "certainty", "override_id")
        )
        explained = pl.when(likened).then(sure & ~by_entry).otherwise(by_entry)
        return data.lazyframe.select(explained | decided | (pl.col("outcome") == "review"))

    @pa.dataframe_check(name="a sub-unit group within its unit group")
    def _within_unit_group(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        within = pl.col("sub_unit_group").str.starts_with(pl.col("unit_group"))
        return data.lazyframe.select(within.fill_null(value=True))


class TracedRecord(pa.DataFrameModel):
    """What became of a record's previous code: all of it null for a record without one.

    Every change has a cause; only an unchanged code needs none.
    """

    change_kind: pl.String = pa.Field(nullable=True, isin=list(CHANGE_KINDS))
    change_cause: pl.String = pa.Field(nullable=True)
    compared_classification: pl.String = pa.Field(nullable=True)
    compared_code: pl.String = pa.Field(nullable=True)
    previous_skill_level: pl.Int8 = pa.Field(nullable=True, ge=1, le=4)
    skilled_worker_change: pl.String = pa.Field(nullable=True)

    @pa.dataframe_check(name="a kind of change exactly with a previous code")
    def _kind_with_code(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        code = pl.col("compared_code").is_not_null()
        told = pl.col("change_kind").is_not_null()
        named = pl.col("compared_classification").is_not_null()
        return data.lazyframe.select((code == told) & (code == named))

    @pa.dataframe_check(name="a cause exactly for what is not unchanged")
    def _cause_of_change(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        changed = (pl.col("change_kind") != "unchanged").fill_null(value=False)
        return data.lazyframe.select(changed == pl.col("change_cause").is_not_null())
