"""The coding index of a reference edition, as every stage reads it."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

DEFAULT_CODES = ("O", "I", "A", "Q", "QS", "M")


class IndexEntries(pa.DataFrameModel):
    """One row per entry of the coding index, references ("see …") included, by record number.

    A reference has no codes. A sub-unit group outside its unit group is a finding of the
    edition's manifest, not a fault here: ONS has published one.
    """

    index_entry_id: str = pa.Field(
        unique=True,
        str_length={"min_value": 1},
        description="the UNIQUE ID: one to an entry, never blank",
    )
    record_number: int = pa.Field(
        ge=1, unique=True, description="a whole number from 1 upwards, one to an entry"
    )
    default_code: str = pa.Field(
        isin=DEFAULT_CODES, nullable=True, description="O, I, A, Q, QS, M or blank"
    )
    index_title: str = pa.Field(
        str_length={"min_value": 1}, description="the title in natural word order, never blank"
    )
    index_title_reversed: str = pa.Field(
        nullable=True, description='the title as the index sorts it: "Engineer, design"'
    )
    additional_qualifier: str = pa.Field(nullable=True, description="the ADD term or none")
    industry_qualifier: str = pa.Field(nullable=True, description="the IND term or none")
    see: str = pa.Field(nullable=True, description="what a reference points to")
    unit_group: str = pa.Field(
        str_matches=r"^[1-9]\d{3}$",
        nullable=True,
        description='a 4-digit SOC 2020 code, or "}}}}" for a reference',
    )
    sub_unit_group: str = pa.Field(
        str_matches=r"^[1-9]\d{3}/\d{2}$",
        nullable=True,
        description='a code such as 3412/07, or "}}}}/}}" for a reference',
    )
    isco08: str = pa.Field(
        str_matches=r"^\d{4}$", nullable=True, description="a 4-digit ISCO-08 code or none"
    )
    soc2010: str = pa.Field(
        str_matches=r"^\d{4}$", nullable=True, description="a 4-digit SOC 2010 code or none"
    )
    soc2000: str = pa.Field(
        str_matches=r"^\d{4}$", nullable=True, description="a 4-digit SOC 2000 code or none"
    )
    # Three digits; version 1 has one of four, which its manifest reports.
    soc90: str = pa.Field(
        str_matches=r"^\d{3,4}$", nullable=True, description="a 3-digit SOC 90 code or none"
    )
    version_note: str = pa.Field(
        nullable=True, description="the version that added or changed the entry"
    )
    change: str = pa.Field(nullable=True, description="how it was changed")

    class Config:
        """Exactly these columns, in this order."""

        strict = True
        ordered = True

    @pa.dataframe_check
    @classmethod
    def no_sub_unit_group_without_unit_group(cls, data: PolarsData) -> pl.LazyFrame:
        """Keep references free of both codes."""
        rule = pl.col("sub_unit_group").is_null() | pl.col("unit_group").is_not_null()
        return data.lazyframe.select(rule)
