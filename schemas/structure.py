"""The groups of SOC 2020 and of its extension, as a reference edition names them."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

LEVELS = ("major", "sub_major", "minor", "unit_group")


class Structure(pa.DataFrameModel):
    """One row per group of SOC 2020, whatever its level, by code."""

    code: str = pa.Field(
        str_matches=r"^[1-9]\d{0,3}$", unique=True, description="a code of 1 to 4 digits, once"
    )
    level: str = pa.Field(isin=LEVELS, description="major, sub_major, minor or unit_group")
    title: str = pa.Field(str_length={"min_value": 1}, description="a title, never blank")
    skill_level: pl.Int8 = pa.Field(ge=1, le=4, nullable=True, description="1 to 4, or none")

    class Config:
        """Exactly these columns, in this order."""

        strict = True
        ordered = True

    @pa.dataframe_check
    @classmethod
    def level_is_the_length_of_the_code(cls, data: PolarsData) -> pl.LazyFrame:
        """One digit is a major group, four are a unit group."""
        length = pl.col("code").str.len_chars()
        level = length.replace_strict(dict(enumerate(LEVELS, 1)), default=None)
        return data.lazyframe.select(level == pl.col("level"))


class SubUnitGroups(pa.DataFrameModel):
    """One row per sub-unit group that an index entry leads to, by code."""

    sub_unit_group: str = pa.Field(
        str_matches=r"^[1-9]\d{3}/\d{2}$", unique=True, description="a code such as 3412/07, once"
    )
    unit_group: str = pa.Field(str_matches=r"^[1-9]\d{3}$", description="a 4-digit code")
    title: str = pa.Field(str_length={"min_value": 1}, description="a title, never blank")

    class Config:
        """Exactly these columns, in this order."""

        strict = True
        ordered = True

    @pa.dataframe_check
    @classmethod
    def starts_with_its_unit_group(cls, data: PolarsData) -> pl.LazyFrame:
        """3412/07 belongs to 3412."""
        rule = pl.col("sub_unit_group").str.head(4) == pl.col("unit_group")
        return data.lazyframe.select(rule)
