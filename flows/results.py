"""The results of a finished run, as later steps read them: its manifest and its tallies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from schemas.errors import OutputError
from schemas.tallies import TALLIES_SCHEMA

MANIFEST, TALLIES = "run.json", "tallies.parquet"
_KNOWN = {"run_id", "edition", "kind", "sources", "counts", "outputs"}


class Results(NamedTuple):
    """What a run says of itself: its manifest, or a part of it, and its tallies."""

    manifest: dict[str, Any]
    tallies: pl.DataFrame
    """The table of schemas/tallies.py."""


def read_results(folder: Path) -> Results:
    """Read the manifest of a run's results, and its tallies.

    Raises OutputError if the folder does not hold the results of a run of this version.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        tallies = pl.read_parquet(folder / TALLIES, glob=False)
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise _no_results(folder, f"its {MANIFEST} or {TALLIES} cannot be read") from error
    if not isinstance(manifest, dict) or not manifest.keys() >= _KNOWN:
        raise _no_results(folder, f"its {MANIFEST} is not that of a run")
    if tallies.schema != TALLIES_SCHEMA:
        raise _no_results(folder, f"its {TALLIES} has other columns")
    return Results(manifest, tallies)


def _no_results(folder: Path, what: str) -> OutputError:
    return OutputError(
        f"{folder} does not hold the results of a run: {what}.",
        expected=f"a folder that `soc-recode run` of this version wrote, with {MANIFEST} and "
        f"{TALLIES}",
    )
