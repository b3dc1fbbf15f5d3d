"""A run as its results folder records it: run.json, read back and checked for its shape."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from flows.results import MANIFEST
from schemas.errors import OutputError

SHOWN_FAULTS = 3


class RecordedSource(BaseModel):
    """What run.json says of one file: where it was, its hash, and its records by outcome."""

    model_config = ConfigDict(frozen=True)

    source_file: str
    path: str
    sha256: str
    read: int
    assigned: int
    assigned_by_default: int
    review: int
    quarantined: int
    mapped: dict[str, str]
    coded_files: list[str]
    four_digit_codes_of: dict[str, int]

    @property
    def columns(self) -> dict[str, str]:
        """Each canonical column, and the column of the coded files it was read from."""
        return {name: found.rpartition(" (")[0] for name, found in self.mapped.items()}


class _Shape(BaseModel):
    """What run.json must hold to be verified; it may hold more."""

    run_id: str
    run_id_depends_on: list[str]
    edition: str
    reference_version: str
    criteria_version: str
    code_version: str
    mapping_sha256: str
    overrides_sha256: str
    input_sha256: str
    edition_source: dict[str, str]
    skilled_worker_date: date | None
    settings: dict[str, Any]
    started: datetime
    seconds: float
    counts: dict[str, int]
    autocoding_rate: float | None
    autocoding_rate_denominator: int
    quarantine_reasons: dict[str, int]
    sources: list[RecordedSource]
    outputs: dict[str, str]


@dataclass(frozen=True)
class RecordedRun:
    """A results folder and what its run.json says."""

    folder: Path
    manifest: dict[str, Any]
    """All of run.json."""
    sources: list[RecordedSource]

    @property
    def facts(self) -> dict[str, Any]:
        """What the results depend on, and the run's id with them."""
        return {name: self.manifest.get(name) for name in self.manifest["run_id_depends_on"]}

    @property
    def outputs(self) -> dict[str, str]:
        """The SHA-256 of each output, by its path within the folder."""
        return dict(self.manifest["outputs"])

    @property
    def parquet(self) -> dict[str, Path]:
        """The outputs in Parquet that are there, by their path within the folder."""
        paths = {name: self.folder / name for name in self.outputs if name.endswith(".parquet")}
        return {name: path for name, path in paths.items() if path.is_file()}

    @property
    def source_of(self) -> dict[str, RecordedSource]:
        """For each coded file, by its path within the folder, the input it holds records of."""
        return {name: source for source in self.sources for name in source.coded_files}


def read_recorded(folder: Path) -> RecordedRun:
    """Read the run.json of a results folder.

    Raises OutputError if there is none, or it is not one that this version of soc-recode writes.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise OutputError(
            f"{folder} is not the results folder of a run: it has no {MANIFEST}.",
            expected="the folder that was given to `soc-recode run` as --out",
        )
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        shape = _Shape.model_validate(manifest)
    except ValidationError as error:
        faults = [".".join(map(str, fault["loc"])) for fault in error.errors()]
        raise _unusable(path, ", ".join(faults[:SHOWN_FAULTS])) from None
    except ValueError:
        raise _unusable(path, "it is not JSON") from None
    return RecordedRun(folder, manifest, shape.sources)


def _unusable(path: Path, what: str) -> OutputError:
    return OutputError(
        f"{path} is not a manifest that can be verified: {what}.",
        expected="the file as this version of soc-recode writes it",
    )
