"""Sets written by hand against version 13, without sight of the criteria's phrases.

paraphrases.csv: what respondents say instead of the index's own terms; each record takes one branch
of an ambiguous title, in everyday words or by the employer's SIC code alone.
traps.csv: a tempting word that must not count (`trap` says why), and the code the rest supports.
paraphrases_fresh.csv, traps_fresh.csv: the same by another author, after the criteria were widened
by what the first two showed; their misses are counted and not read.
`entry` is the index entry that the expected code comes from. How many get their code is measured
by `python -m benchmarks.agreement`; here the sets themselves are checked.
"""

from pathlib import Path

import polars as pl
import pytest

FOLDER = Path(__file__).parent
SETS = {"paraphrases": 450, "traps": 100, "paraphrases_fresh": 220, "traps_fresh": 60}


def read_set(name: str) -> pl.DataFrame:
    return pl.read_csv(FOLDER / f"{name}.csv", infer_schema=False)


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
