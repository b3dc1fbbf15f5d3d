"""How fast the engine codes, as a ratio to copying the same Parquet file; time and memory.

Prints figures measured in this run; with "previous", of records that have previous codes, and what
part of the time tracing these takes. Use: python -m benchmarks.engine [ROWS] [previous]
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

from benchmarks.extract import PREVIOUS
from flows.coded_files import write_coded
from flows.coding import Coder, trace_records
from flows.coding.normalise import RECORD_COLUMNS
from flows.lookups import load_lookup
from flows.settings import RunSettings
from reference.store import latest


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def code(source: Path, out: Path, edition: str) -> tuple[pl.DataFrame, float]:
    """Code canonical records in a Parquet file: the engine only, no validation, no manifest.

    Gives the records by outcome, and the seconds that tracing previous codes took.
    """
    settings = RunSettings(out=out)
    out.mkdir()
    lookup = load_lookup(edition)
    coder = Coder(lookup)
    outcomes, seconds = [], 0.0
    batches = pl.scan_parquet(source).collect_batches(
        chunk_size=settings.batch_rows, maintain_order=True
    )
    columns = [*RECORD_COLUMNS, *PREVIOUS]
    absent = pl.LazyFrame(schema=dict.fromkeys(columns, pl.String))
    for number, batch in enumerate(batches):
        records = pl.concat([batch.lazy(), absent], how="diagonal").select(columns).collect()
        coded = coder.code(records)
        began = time.perf_counter()
        traced = trace_records(records, coded, lookup)
        seconds += time.perf_counter() - began
        write_coded(
            out / f"{number:05}.parquet",
            batch,
            coded,
            traced,
            row_group_rows=settings.row_group_rows,
        )
        outcome = coded.decisions["outcome"].cast(pl.String)
        outcomes.append(outcome.gather(coded.decision).value_counts())
    return pl.concat(outcomes).group_by("outcome").sum().sort("outcome"), seconds


def main() -> None:
    with_previous = sys.argv[1:].count("previous") == 1
    rows = next((int(word) for word in sys.argv[1:] if word.isdigit()), 10_000_000)
    edition = latest()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "extract.parquet"
        # in a process of its own, so that the peak memory printed is the engine's
        maker = [sys.executable, "-m", "benchmarks.extract", source, str(rows), edition]
        maker += ["previous"] * with_previous
        subprocess.run(maker, check=True)
        print(f"{rows:,} records, edition {edition}")
        copy = timed(
            lambda: pl.scan_parquet(source).sink_parquet(
                Path(folder) / "copy.parquet", row_group_size=250_000
            )
        )
        load_lookup(edition)
        began = time.perf_counter()
        outcomes, tracing = code(source, Path(folder) / "out", edition)
        seconds = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(outcomes)
        print(f"bare Parquet copy      {copy:8.1f} s")
        print(f"engine                 {seconds:8.1f} s   {rows / seconds:,.0f} records/s")
        if with_previous:
            share = tracing / (seconds - tracing)
            print(f"of it, tracing         {tracing:8.1f} s   {share:.0%} more")
        print(f"ratio engine to copy   {seconds / copy:8.2f}")
        print(f"peak memory            {peak:8.2f} GiB")


if __name__ == "__main__":
    main()
