"""One row for each well-formed record of an extract, in canonical columns, all of them text.

Reads as text, checks as text, casts afterwards: a cast inside a check would turn one bad value
into a failure of the whole column. A check runs on collected batches only; on a lazy frame
Pandera would look at names and types and silently leave the values unchecked.

The name of a check, after its column, is the reason the user reads in the quarantine.
"""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

REQUIRED_COLUMNS = ("record_id", "job_title")
EMPLOYER_COLUMNS = ("employer_industry", "employer_sic2007", "department", "job_grade")
CANONICAL_COLUMNS = (
    *REQUIRED_COLUMNS,
    "job_description",
    "industry_description",
    "sic2007",
    "qualification",
    "employment_status",
    "employer_size",
    "previous_code",
    "previous_classification",
    "weight",
    *EMPLOYER_COLUMNS,
)
CLASSIFICATIONS = ("SOC2020", "SOC2010", "SOC2000", "SOC90")
JOB_TITLE_LIMIT = 500  # characters; a longer "title" is a description in the wrong column
TEXT_LIMIT = 20_000  # characters of any other column

_FREE_TEXT = tuple(name for name in CANONICAL_COLUMNS if name != "job_title")
# 26, 261, 2611, 26110; 26.11, 26.11/0; 2611/0
_SIC2007 = r"^(?:[0-9]{2,5}|[0-9]{2}\.[0-9]{1,2}(?:/[0-9])?|[0-9]{4}/[0-9])$"
_CODE_SHAPES = {
    "SOC2020": r"^[0-9]{4}(?:/?[0-9]{2})?$",
    "SOC2010": r"^[0-9]{4}$",
    "SOC2000": r"^[0-9]{4}$",
    "SOC90": r"^[0-9]{3}$",
}
_ANY_CODE = r"^(?:[0-9]{3}|[0-9]{4}(?:/?[0-9]{2})?)$"
_SPELLINGS = {
    "SOC2020": ["SOC2020", "UKSOC2020", "SOC20"],
    "SOC2010": ["SOC2010", "UKSOC2010", "SOC10"],
    "SOC2000": ["SOC2000", "UKSOC2000", "SOC00"],
    "SOC90": ["SOC90", "SOC1990", "UKSOC90", "UKSOC1990"],
}


def classification(column: pl.Expr) -> pl.Expr:
    """Return the canonical name of a spelling such as "SOC 2010"; null if it is unknown."""
    plain = column.str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    names = {spelling: name for name, many in _SPELLINGS.items() for spelling in many}
    return plain.replace_strict(names, default=None, return_dtype=pl.String)


def weight(column: pl.Expr) -> pl.Expr:
    """Return the weight as a number; null where the text is none (also for inf and nan)."""
    number = column.cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def _code_fits() -> pl.Expr:
    """Say whether previous_code has the shape of its classification, or any shape without one."""
    code, known = pl.col("previous_code"), classification(pl.col("previous_classification"))
    fits = code.str.contains(_ANY_CODE)
    for name, shape in _CODE_SHAPES.items():
        fits = pl.when(known == name).then(code.str.contains(shape)).otherwise(fits)
    return fits.fill_null(value=True)  # no code, nothing to check


class CanonicalRecord(pa.DataFrameModel):
    """A record as it goes to coding: `source_row` and the canonical columns, as text or null."""

    source_row: pl.Int64
    record_id: pl.String = pa.Field(nullable=True)  # null is caught by a check, with its reason
    job_title: pl.String = pa.Field(nullable=True)
    job_description: pl.String = pa.Field(nullable=True)
    industry_description: pl.String = pa.Field(nullable=True)
    sic2007: pl.String = pa.Field(nullable=True)
    qualification: pl.String = pa.Field(nullable=True)
    employment_status: pl.String = pa.Field(nullable=True)
    employer_size: pl.String = pa.Field(nullable=True)
    previous_code: pl.String = pa.Field(nullable=True)
    previous_classification: pl.String = pa.Field(nullable=True)
    weight: pl.String = pa.Field(nullable=True)
    employer_industry: pl.String = pa.Field(nullable=True)
    employer_sic2007: pl.String = pa.Field(nullable=True)
    department: pl.String = pa.Field(nullable=True)
    job_grade: pl.String = pa.Field(nullable=True)

    class Config:
        """Every column, no other."""

        strict = True

    @pa.check("record_id", name="none given", ignore_na=False)
    def _record_id_given(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        return data.lazyframe.select(pl.col(data.key).is_not_null())

    @pa.check("job_title", name="none given", ignore_na=False)
    def _job_title_given(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        # a letter or a digit in any alphabet; "--" and "..." are no title
        title = pl.col(data.key).str.contains(r"[\p{L}\p{N}]")
        return data.lazyframe.select(title.fill_null(value=False))

    @pa.check("job_title", name=f"over {JOB_TITLE_LIMIT} characters")
    def _job_title_short(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        short = pl.col(data.key).str.len_chars() <= JOB_TITLE_LIMIT
        return data.lazyframe.select(short.fill_null(value=True))

    @pa.check(*_FREE_TEXT, name=f"over {TEXT_LIMIT:,} characters")
    def _text_short(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        short = pl.col(data.key).str.len_chars() <= TEXT_LIMIT
        return data.lazyframe.select(short.fill_null(value=True))

    @pa.check("sic2007", "employer_sic2007", name="not a SIC 2007 code of 2 to 5 digits")
    def _sic_shape(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        fits = pl.col(data.key).str.contains(_SIC2007)
        return data.lazyframe.select(fits.fill_null(value=True))

    @pa.check("previous_classification", name=f"none of {', '.join(CLASSIFICATIONS)}")
    def _classification_known(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        given = pl.col(data.key)
        return data.lazyframe.select(given.is_null() | classification(given).is_not_null())

    @pa.check("weight", name="not a number of zero or more")
    def _weight_number(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        given = pl.col(data.key)
        return data.lazyframe.select(given.is_null() | (weight(given) >= 0).fill_null(value=False))

    @pa.dataframe_check(name="previous_code: not a code of its classification")
    def _code_shape(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        return data.lazyframe.select(_code_fits())
