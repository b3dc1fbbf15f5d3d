"""What a run may be told: frozen, typed, each value with its unit, range and meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ExtractKind = Literal["survey", "employer"]
Gate = Literal["hold", "warn"]


class DriftThresholds(BaseModel):
    """How far a run's distributions may be from an earlier run's; flows/gate.py says how measured.

    Shares are weighted, and in per cent. What chance can make of samples of these sizes is never
    a breach.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit_groups: float = Field(default=5.0, ge=0, le=100)
    """Per cent of coded records that would have to be in another unit group, 4 digits, for the two
    distributions to be the same, beyond what is expected of two samples of one population."""

    sub_unit_groups: float = Field(default=10.0, ge=0, le=100)
    """The same for sub-unit groups, 6 digits."""

    code_points: float = Field(default=1.0, ge=0, le=100)
    """Percentage points by which one code's share of coded records, at 4 or 6 digits, may move;
    more is a breach if it is also more than code_relative."""

    code_relative: float = Field(default=50.0, ge=0)
    """Per cent of its earlier share by which one code's share may move; more is a breach if it is
    also more than code_points."""

    review: float = Field(default=5.0, ge=0, le=100)
    """Percentage points by which the share of records in review may move, either way."""

    chance: float = Field(default=4.0, ge=0, le=10)
    """Standard deviations from what is expected of two samples of one population that count as
    chance; 4 keeps false alarms rare among hundreds of codes."""


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

    earlier: Path | None = None
    """The results of an earlier run of the same series, which this one is compared with."""

    gate: Gate = "hold"
    """What happens when a drift threshold is breached: hold fails the run, and warn only says so;
    the results are kept."""

    drift: DriftThresholds = DriftThresholds()
    """How far the distributions may be from the earlier run's."""

    replace: bool = False
    """Whether results of an earlier run in `out` may be replaced, once the new ones are whole."""

    batch_rows: int = Field(default=2_000_000, ge=1_000, le=5_000_000)
    """Records coded at a time: more is faster, and takes more memory (about 1 KiB a record)."""

    assign_likeness_from: int = Field(default=84, ge=50, le=100)
    """The certainty, in per cent of agreement that is expected, from which a title that is in the
    index in no reading is assigned the unit group it is most like; at 100 none is. The default is
    the least with which at least 90 in 100 of all titles so assigned are expected to be right."""
    review_rows: int = Field(default=20_000, ge=1, le=60_000)
    """Distinct texts in the review workbook, those of the largest weight; review.parquet has
    every record."""

    row_group_rows: int = Field(default=500_000, ge=1_000, le=5_000_000)
    """Records in a row group of the coded Parquet files."""
