"""Two sets written by hand against version 13, without sight of the criteria's phrases.

paraphrases.csv: what respondents say instead of the index's own terms; each record takes one branch
of an ambiguous title, in everyday words or by the employer's SIC code alone.
traps.csv: a tempting word that must not count (`trap` says why), and the code the rest supports.
`entry` is the index entry that the expected code comes from.
"""

from pathlib import Path

import polars as pl
import pytest

from flows.coding import code_records
from schemas.records import CANONICAL_COLUMNS

FOLDER = Path(__file__).parent
LEAST_AGREEMENT = 0.95
SETS = {"paraphrases": 450, "traps": 100}
GIVEN = ("job_title", "job_description", "industry_description", "sic2007", "qualification")


def read_set(name: str) -> pl.DataFrame:
    return pl.read_csv(FOLDER / f"{name}.csv", infer_schema=False)


def told(row: dict[str, str | None]) -> str:
    return " | ".join(row[column] for column in GIVEN if row[column])


@pytest.mark.parametrize("name", SETS)
def test_every_record_names_a_real_entry_of_its_title(name, edition13):
    records = read_set(name)
    assert records.height == SETS[name]
    assert records["id"].is_unique().all()
    entries = edition13.index.select("index_entry_id", "index_title", "sub_unit_group")
    joined = records.join(entries, left_on="entry", right_on="index_entry_id", how="left")
    strays = joined.filter(
        pl.col("index_title").is_null()
        | (pl.col("index_title").str.to_lowercase() != pl.col("job_title").str.to_lowercase())
        | pl.col("sub_unit_group").ne_missing(pl.col("expected"))
    )
    assert strays["id"].to_list() == []


@pytest.mark.parametrize("name", SETS)
def test_at_least_95_in_100_get_the_expected_code(name, lookup13):
    records = read_set(name)
    frame = records.select(
        pl.col(column) if column in records.columns else pl.lit(None, pl.String).alias(column)
        for column in CANONICAL_COLUMNS
    )
    results = code_records(frame.lazy(), lookup13).collect()
    misses = [
        f"{row['id']} {told(row)}: expected {row['expected']} ({row['entry']}), "
        f"got {result['sub_unit_group'] or result['review_reason']} ({result['index_entry_id']})"
        for row, result in zip(records.rows(named=True), results.rows(named=True), strict=True)
        if result["sub_unit_group"] != row["expected"]
    ]
    agreement = 1 - len(misses) / records.height
    assert agreement >= LEAST_AGREEMENT, "\n".join(
        [f"{name}: {agreement:.1%} of {records.height} agree; {len(misses)} do not", *misses]
    )
