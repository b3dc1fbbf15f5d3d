"""Runs the nearest-neighbour baseline on titles that the engine coded, and prints both."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

import polars as pl

from benchmarks.titles import Coding, Figure, percent, print_table

SCRIPT = Path(__file__).with_name("nearest_neighbour.py")
THRESHOLDS = (0.0, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


def neighbours(index: pl.DataFrame) -> pl.DataFrame:
    """One row per title of an index: title, and the unit group that it most likely has.

    That is the one of an entry without qualifiers, or else the commonest of its entries.
    """
    qualifiers = pl.col("additional_qualifier", "industry_qualifier")
    return (
        index.drop_nulls("unit_group")
        .group_by("index_title", "unit_group")
        .agg(
            asks=pl.any_horizontal(qualifiers.is_not_null()).all(),
            entries=pl.len(),
            first=pl.col("record_number").min(),
        )
        .sort("asks", "entries", "first", descending=[False, True, False])
        .unique("index_title", keep="first", maintain_order=True)
        .sort("first")
        .select("unit_group", title="index_title")
    )


def run_baseline(
    python: Path, titles: pl.Series, index: pl.DataFrame
) -> tuple[pl.DataFrame, dict[str, float]]:
    """The nearest index title of each title, with its code; and the seconds that steps took."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{name}.parquet" for name in ("titles", "index", "nearest")]
        pl.DataFrame({"title": titles}).write_parquet(files[0])
        neighbours(index).write_parquet(files[1])
        done = subprocess.run(
            [str(python), str(SCRIPT), *map(str, files)],
            env=os.environ | {"HF_HUB_OFFLINE": "1"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        seconds: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return pl.read_parquet(files[2]), seconds


def print_thresholds(found: pl.DataFrame) -> None:
    """Print coverage and precision when titles below a similarity get no code."""
    rows = []
    for threshold in THRESHOLDS:
        kept = found.filter(pl.col("similarity") >= threshold)
        right = kept.filter(pl.col("unit_group") == pl.col("expected")).height
        covered = percent(kept.height, found.height)
        rows.append((f"{threshold:.2f}", covered, percent(right, kept.height)))
    print_table(("similarity at least", "coverage", "precision"), rows)


def precision_at(found: pl.DataFrame, coverage: int) -> str:
    """The baseline's precision on as many titles as the engine gave a code, its most similar."""
    kept = found.sort("similarity", descending=True, maintain_order=True).head(coverage)
    right = kept.filter(pl.col("unit_group") == pl.col("expected")).height
    return percent(right, kept.height)


def measure(
    python: Path, part: str, index: pl.DataFrame, expected: pl.Series, coding: Coding
) -> list[Figure]:
    """Run the baseline on titles coded with an index, print figures, give those for the end."""
    found, seconds = run_baseline(python, coding.coded["job_title"], index)
    found = found.with_columns(expected=expected)
    size, given = found.height, coding.coded.drop_nulls("got").height
    right = found.filter(pl.col("unit_group") == pl.col("expected")).height
    print(f"nearest neighbour, {part}: {size:,} titles")
    print_thresholds(found)
    rate = f"{size / seconds['titles']:,.0f}"
    print(
        f"  {rate} titles per second, after {seconds['index']:.0f} s for the index's own titles; "
        f"the engine codes {coding.rate}"
    )
    what = f"nearest neighbour, {part}"
    return [
        Figure(what, "top-1 agreement", percent(right, size)),
        Figure(
            what,
            f"precision at the engine's coverage ({percent(given, size)})",
            precision_at(found, given),
        ),
        Figure(what, "titles per second", rate),
    ]
