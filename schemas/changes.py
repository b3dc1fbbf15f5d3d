"""One row for each record whose codes or outcome differ between two runs, by file and row."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.coded import OUTCOMES

BETWEEN_RUNS = {
    "withdrawn": "it had a code, and is now in review",
    "newly_coded": "it was in review, and has a code now",
    "evidence_found": "the same code, no longer by default",
    "default_taken": "the same code, now by default",
    "index_amended": "the same entry of the index, whose code differs between the editions",
    "index_extended": "the entry it has now is not in the edition it was coded with before",
    "index_reduced": "the entry it had is not in the edition it is coded with now",
    "index_reworded": "another entry, and the title or qualifiers of one of the two were changed",
    "requalified": "the same title of the index, another branch of its qualifiers",
    "reassigned": "none of these: the rules of the two runs, or the records, differ",
}
"""What can have become of a record's code from one run to another; the first that holds."""

CHANGES_SCHEMA = pl.Schema(
    {
        "source_file": pl.String,
        "source_row": pl.Int64,
        "record_id": pl.String,
        "weight": pl.Float64,
        "outcome_before": pl.String,
        "outcome_now": pl.String,
        "unit_group_before": pl.String,
        "unit_group_now": pl.String,
        "sub_unit_group_before": pl.String,
        "sub_unit_group_now": pl.String,
        "index_entry_id_before": pl.String,
        "index_entry_id_now": pl.String,
        "change_kind": pl.String,
        "change_cause": pl.String,
    }
)
"""`source_file` and `source_row` are those of the later run; a record without a weight has 1."""


class ChangedRecord(pa.DataFrameModel):
    """A record whose codes or outcome differ: what they were and are, and the cause."""

    source_file: pl.String
    source_row: pl.Int64
    record_id: pl.String
    weight: pl.Float64 = pa.Field(ge=0)
    outcome_before: pl.String = pa.Field(isin=list(OUTCOMES))
    outcome_now: pl.String = pa.Field(isin=list(OUTCOMES))
    change_kind: pl.String = pa.Field(isin=list(BETWEEN_RUNS))
    change_cause: pl.String = pa.Field(str_length={"min_value": 1})

    @pa.dataframe_check(name="something differs")
    def _something_differs(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        differ = (
            pl.col(f"{name}_before").ne_missing(pl.col(f"{name}_now"))
            for name in ("outcome", "unit_group", "sub_unit_group")
        )
        return data.lazyframe.select(pl.any_horizontal(differ))
