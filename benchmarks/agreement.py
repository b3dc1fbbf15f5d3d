"""How often records in everyday words get the code that a person gave them from the index.

Sets written by hand without sight of the criteria's phrases (tests/golden): paraphrases, which
never use the index's own terms, and traps, where a tempting word must not count. The misses of the
first two have been read, to find criteria and general rules that were too narrow; the fresh ones
are of another author and have not, so theirs are the figures to expect of unseen records. Needs
an installed edition. Use: python -m benchmarks.agreement [--misses]
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from flows.coding import code_records
from flows.lookups import load_lookup
from reference.store import latest
from schemas.records import CANONICAL_COLUMNS

FOLDER = Path(__file__).parents[1] / "tests" / "golden"
READ = ("paraphrases", "traps")
FRESH = ("paraphrases_fresh", "traps_fresh")


def compare(name: str, edition: str) -> pl.DataFrame:
    """The set's records with the code they got: id, expected, got, verdict."""
    records = pl.read_csv(FOLDER / f"{name}.csv", infer_schema=False)
    frame = records.select(
        pl.col(column) if column in records.columns else pl.lit(None, pl.String).alias(column)
        for column in CANONICAL_COLUMNS
    )
    coded = code_records(frame.lazy(), load_lookup(edition)).collect()
    got = coded["sub_unit_group"].cast(pl.String)
    verdict = pl.when(got == records["expected"]).then(pl.lit("agrees"))
    return records.select("id", "job_title", "expected", "entry", got=got).with_columns(
        evidence=coded["evidence"].cast(pl.String),
        verdict=verdict.when(got.is_null()).then(pl.lit("review")).otherwise(pl.lit("wrong code")),
    )


def main() -> None:
    edition = latest()
    for name in READ + FRESH:
        compared = compare(name, edition)
        shares = compared["verdict"].value_counts(sort=True).iter_rows()
        told = ", ".join(f"{verdict} {count / compared.height:.1%}" for verdict, count in shares)
        print(f"{name}: {compared.height} records, edition {edition}: {told}")
        if "--misses" in sys.argv and name in READ:
            for row in compared.filter(pl.col("verdict") != "agrees").iter_rows():
                print("  ", *row, sep=" | ")


if __name__ == "__main__":
    main()
