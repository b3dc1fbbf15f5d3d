"""One row for each record that could not be coded, with every reason and what the record held.

It is written beside the results, so that a user can mend the records and run them again.
"""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

_COLUMNS: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "source_row": pl.Int64(),
    "record_id": pl.String(),
    "reasons": pl.List(pl.String()),
    "content": pl.String(),
}
QUARANTINE_SCHEMA = pl.Schema(_COLUMNS)


class QuarantinedRecord(pa.DataFrameModel):
    """A record set aside; (source_file, source_row) is its key."""

    source_file: pl.String
    source_row: pl.Int64 = pa.Field(ge=1)
    record_id: pl.String = pa.Field(nullable=True)  # a malformed line has none that is certain
    reasons: pl.List(pl.String)  # type: ignore[valid-type]
    content: pl.String = pa.Field(nullable=True)  # the raw line or lines, or the row as JSON

    class Config:
        """Every column, no other."""

        strict = True

    @pa.check("reasons", name="no reason given")
    def _has_reason(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        return data.lazyframe.select(pl.col(data.key).list.len() > 0)
