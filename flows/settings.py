"""What a run may be told: frozen, typed, each value with its unit, range and meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ExtractKind = Literal["survey", "employer"]


class RunSettings(BaseModel):
    """The settings of one run; nothing else changes what it does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ExtractKind = "survey"
    """survey: the respondent's own words; employer: also what the employer says of itself."""

    mapping: Path | None = None
    """A TOML file that names an organisation's own columns."""

    reference: str | None = None
    """The edition's name, such as soc2020-v13; none: the latest that is installed."""

    overrides: Path | None = None
    """A file of overrides: people's decisions, as `soc-recode review apply` stores them."""

    out: Path
    """The folder for the results; must not exist, or be empty, unless `replace`."""

    replace: bool = False
    """Whether results of an earlier run in `out` may be replaced, once the new ones are whole."""

    batch_rows: int = Field(default=2_000_000, ge=1_000, le=5_000_000)
    """Records coded at a time: more is faster, and takes more memory (about 1 KiB a record)."""

    review_rows: int = Field(default=20_000, ge=1, le=60_000)
    """Distinct texts in the review workbook, those of the largest weight; review.parquet has
    every record."""

    row_group_rows: int = Field(default=500_000, ge=1_000, le=5_000_000)
    """Records in a row group of the coded Parquet files."""
