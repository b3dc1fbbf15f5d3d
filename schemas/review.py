"""One row for each record in review: its words, why it has no code, and what it could be.

The industry is the one that counts: the record's own, or if it has none its employer's.
"""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

REVIEW_SCHEMA = pl.Schema(
    {
        "source_file": pl.String,
        "source_row": pl.Int64,
        "record_id": pl.String,
        "job_title": pl.String,
        "job_description": pl.String,
        "industry_description": pl.String,
        "sic2007": pl.String,
        "qualification": pl.String,
        "department": pl.String,
        "weight": pl.Float64,
        "review_reason": pl.String,
        "match_method": pl.String,
        "candidates": pl.String,
        "likely_codes": pl.String,
        "certainty": pl.Int8,
        "safe_code": pl.String,
        "alternatives": pl.String,
        "missing_evidence": pl.String,
    }
)


class ReviewedRecord(pa.DataFrameModel):
    """A record for a person to decide; (source_file, source_row) is its key."""

    source_file: pl.String
    source_row: pl.Int64 = pa.Field(ge=1)
    record_id: pl.String
    job_title: pl.String
    job_description: pl.String = pa.Field(nullable=True)
    industry_description: pl.String = pa.Field(nullable=True)
    sic2007: pl.String = pa.Field(nullable=True)
    qualification: pl.String = pa.Field(nullable=True)
    department: pl.String = pa.Field(nullable=True)
    weight: pl.Float64 = pa.Field(nullable=True)
    review_reason: pl.String
    match_method: pl.String = pa.Field(nullable=True)
    candidates: pl.String = pa.Field(nullable=True)
    likely_codes: pl.String = pa.Field(nullable=True)
    certainty: pl.Int8 = pa.Field(nullable=True, ge=0, le=100)
    safe_code: pl.String = pa.Field(nullable=True)
    alternatives: pl.String = pa.Field(nullable=True)
    missing_evidence: pl.String = pa.Field(nullable=True)

    class Config:
        """Every column, no other."""

        strict = True
