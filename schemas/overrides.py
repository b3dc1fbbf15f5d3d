"""One row for each clerical decision: the texts it is about, their code, and who decided, and why.

The decisions of a team are a CSV file of these columns, kept with its history: of several
decisions with one override_id the last counts, by date and then by place.
"""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.reviewed import REVIEWED_TEXTS

SCOPES = ("text", "title")
"""text: records with all the same texts; title: records in review with the same job_title."""

OVERRIDES_SCHEMA = pl.Schema(
    {
        "override_id": pl.String,
        "decided": pl.String,
        "author": pl.String,
        "reason": pl.String,
        "code": pl.String,
        "scope": pl.String,
        **dict.fromkeys(REVIEWED_TEXTS, pl.String),
        "edition": pl.String,
    }
)


class Override(pa.DataFrameModel):
    """A decision; (override_id, decided, place in the file) is its key.

    override_id depends on the scope and the texts, and nothing else (flows/overrides.py).
    """

    override_id: pl.String = pa.Field(
        str_matches=r"^o-[0-9a-f]{12}$", description="o- and 12 hex digits"
    )
    decided: pl.String = pa.Field(description="a date such as 2026-11-22")
    author: pl.String = pa.Field(str_matches=r"\S", description="a name")
    reason: pl.String = pa.Field(str_matches=r"\S", description="a reason")
    code: pl.String = pa.Field(
        str_matches=r"^[1-9]\d{3}(?:/\d{2})?$", description="a code such as 3412 or 3412/07"
    )
    scope: pl.String = pa.Field(isin=list(SCOPES), description="text or title")
    job_title: pl.String = pa.Field(str_matches=r"\S", description="a job title")
    job_description: pl.String = pa.Field(nullable=True)
    industry_description: pl.String = pa.Field(nullable=True)
    sic2007: pl.String = pa.Field(nullable=True)
    qualification: pl.String = pa.Field(nullable=True)
    department: pl.String = pa.Field(nullable=True)
    edition: pl.String = pa.Field(str_matches=r"\S", description="the edition it was decided with")

    class Config:
        """Every column, no other."""

        strict = True

    @pa.check("decided", name="a date of the calendar")
    def _is_a_date(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        text = pl.col(data.key)
        day = text.str.to_date("%Y-%m-%d", strict=False)
        written_out = text.str.contains(r"^\d{4}-\d\d-\d\d$")  # so that dates sort as texts
        return data.lazyframe.select(written_out & day.is_not_null())
