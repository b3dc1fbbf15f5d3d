"""Thousands of records with previous codes, made so that what becomes of each is known beforehand.

benchmarks/previous_codes.py makes them of version 13's index, and says of each what is to come of
it; that is asked of every record. `not_comparable` cannot be: version 13 has all classifications.
"""

import json

import polars as pl
import pytest

from benchmarks.previous_codes import make_extracts
from flows.pipeline import run_pipeline
from flows.settings import RunSettings

ROWS = 6_000
NEWEST = {"unchanged", "refined", "index_amended", "requalified", "reassigned", "withdrawn"}
EARLIER = {"reclassified", "possible_in_crosswalk", "requalified", "reassigned", "withdrawn"}
EVERY_CAUSE = {
    *(("SOC2020", kind) for kind in NEWEST),
    *((name, kind) for name in ("SOC2010", "SOC2000", "SOC90") for kind in EARLIER),
}
UNSAID = ("soc2020", "soc2010", "soc2000")


@pytest.fixture(scope="module")
def results(home13, edition13, tmp_path_factory):
    """A run of the made extracts: the one that says its classifications, and the three beside."""
    made = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOC_RECODE_HOME", str(home13))
        paths = make_extracts(made / "made.csv", ROWS, edition13)
        run_pipeline(paths, RunSettings(out=made / "out"))
    return made / "out"


@pytest.fixture(scope="module")
def coded(results) -> pl.DataFrame:
    return pl.read_parquet(results / "coded")


def test_every_record_is_coded_and_has_the_cause_it_was_made_with(coded):
    told = ("record_id", "job_title", "previous_code", "expected_change_kind", "change_kind")
    others = coded.filter(pl.col("change_kind").ne_missing(pl.col("expected_change_kind")))
    assert coded.height == ROWS + 3 * (ROWS // 6)
    assert others.select(told).rows() == []


def test_every_cause_occurs_at_least_fifty_times_in_every_classification(coded):
    counts = coded.group_by("compared_classification", "expected_change_kind").len()
    assert {tuple(cell) for *cell, _ in counts.rows()} == EVERY_CAUSE
    assert counts["len"].min() >= 50


def test_a_cause_names_the_note_of_the_index_or_the_other_branch_and_the_evidence(coded):
    named = coded.filter(pl.col("change_kind").is_in(["index_amended", "requalified"]))
    unnamed = named.filter(
        ~pl.col("change_cause").str.contains(pl.col("expected_in_cause"), literal=True)
    )
    requalified = named.filter(pl.col("evidence").is_not_null(), change_kind="requalified")
    unproven = requalified.filter(
        ~pl.col("change_cause").str.contains(pl.col("evidence"), literal=True)
    )
    assert named["expected_in_cause"].null_count() == 0
    assert unnamed.select("record_id", "change_cause", "expected_in_cause").rows() == []
    assert requalified.height >= 50
    assert unproven.select("record_id", "change_cause", "evidence").rows() == []


def test_every_change_has_a_cause_and_what_has_not_changed_has_none(coded):
    changed = pl.col("change_kind") != "unchanged"
    assert coded.filter(changed)["change_cause"].null_count() == 0
    assert coded.filter(~changed)["change_cause"].drop_nulls().to_list() == []


def test_what_was_given_passes_through_and_what_was_not_is_told(results, coded):
    was = coded.filter(pl.col("record_id").str.starts_with("P"))
    assert (was["previous_classification"] == was["compared_classification"]).all()
    unsaid = coded.filter(~pl.col("record_id").str.starts_with("P"))
    assert unsaid["previous_classification"].drop_nulls().to_list() == []
    shapes = unsaid.select(
        "compared_classification", digits=pl.col("previous_code").str.len_chars()
    )
    assert set(shapes.filter(digits=3)["compared_classification"]) == {"SOC90"}
    assert set(shapes.filter(digits=7)["compared_classification"]) == {"SOC2020"}
    for name in UNSAID:
        four = coded.filter(
            pl.col("record_id").str.starts_with(f"{name.upper()}-"),
            pl.col("previous_code").str.len_chars() == 4,
        )
        assert set(four["compared_classification"]) == {name.upper()}
    sources = json.loads((results / "run.json").read_text())["sources"]
    told = {source["source_file"]: source["four_digit_codes_of"] for source in sources}
    assert told.pop("made.csv") == {}
    assert {file: next(iter(counts)) for file, counts in told.items()} == {
        f"made_{name}.csv": name.upper() for name in UNSAID
    }


def test_the_counts_of_the_run_are_those_of_its_records(results, coded):
    manifest = json.loads((results / "run.json").read_text())
    assert manifest["counts"]["quarantined"] == 0
    kinds = dict(coded["expected_change_kind"].value_counts().iter_rows())
    assert manifest["change_kinds"] == kinds
