"""How fast the engine codes, as a ratio to copying the same Parquet file; time and memory.

Prints figures measured in this run. Use: python -m benchmarks.engine [ROWS]
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from flows.coded_files import write_coded
from flows.coding import Coder
from flows.coding.normalise import RECORD_COLUMNS
from flows.lookups import load_lookup
from flows.settings import RunSettings
from reference.store import latest


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def code(source: Path, out: Path, edition: str) -> pl.DataFrame:
    """Code canonical records in a Parquet file: the engine only, no validation, no manifest."""
    settings = RunSettings(out=out)
    out.mkdir()
    coder = Coder(load_lookup(edition))
    outcomes = []
    batches = pl.scan_parquet(source).collect_batches(
        chunk_size=settings.batch_rows, maintain_order=True
    )
    absent = pl.LazyFrame(schema=dict.fromkeys(RECORD_COLUMNS, pl.String))
    for number, batch in enumerate(batches):
        records = pl.concat([batch.lazy(), absent], how="diagonal").select(RECORD_COLUMNS)
        coded = coder.code(records.collect())
        write_coded(
            out / f"{number:05}.parquet", batch, coded, row_group_rows=settings.row_group_rows
        )
        outcome = coded.decisions["outcome"].cast(pl.String)
        outcomes.append(outcome.gather(coded.decision).value_counts())
    return pl.concat(outcomes).group_by("outcome").sum().sort("outcome")


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    edition = latest()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "extract.parquet"
        # in a process of its own, so that the peak memory printed is the engine's
        maker = [sys.executable, "-m", "benchmarks.extract", source, str(rows), edition]
        subprocess.run(maker, check=True)
        print(f"{rows:,} records, edition {edition}")
        copy = timed(
            lambda: pl.scan_parquet(source).sink_parquet(
                Path(folder) / "copy.parquet", row_group_size=250_000
            )
        )
        load_lookup(edition)
        began = time.perf_counter()
        outcomes = code(source, Path(folder) / "out", edition)
        seconds = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(outcomes)
        print(f"bare Parquet copy      {copy:8.1f} s")
        print(f"engine                 {seconds:8.1f} s   {rows / seconds:,.0f} records/s")
        print(f"ratio engine to copy   {seconds / copy:8.2f}")
        print(f"peak memory            {peak:8.2f} GiB")


if __name__ == "__main__":
    main()
