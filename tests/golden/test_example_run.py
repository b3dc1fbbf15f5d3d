"""The example survey, run whole with the embedded starter; codes checked by hand."""

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest

from flows.pipeline import run_pipeline
from flows.settings import RunSettings

EXAMPLE = Path(__file__).parents[2] / "reference" / "examples" / "survey.csv"
CODES = {
    "S0001": "2133/99",  # documents accounting software
    "S0002": "2133/99",  # firmware, at a chip maker: subject before sector
    "S0003": "3412/07",  # turbine manuals
    "S0004": "3412/07",  # semiconductor datasheets, written with XML tools
    "S0005": "3412/07",  # patents
    "S0006": "3412/07",  # nothing given
    "S0007": "3412/07",  # senior: an entry of its own
    "S0012": "2313/11",  # mathematics, secondary school
    "S0013": "2314/00",
    "S0015": "6135/03",  # "residential home for older people"
    "S0016": "6135/02",  # visits people in their own homes
    "S0019": "4123/01",  # bank
    "S0020": "4129/98",  # cashier, nothing given
    "S0023": None,  # manager, nothing given: for review
    "S0024": "2455/01",  # building of schools: construction, not education
    "S0025": "2131/00",
    "S0026": "2134/03",
    "S0036": "8211/00",  # a 44 tonne lorry
    "S0037": "8212/00",  # a school bus
    "S0040": "9223/01",  # offices
    "S0045": "6221/02",
    "S0053": "9129/01",  # building sites
    "S0054": "2212/99",  # consultant: a physician
    "S0055": "2431/02",  # consultant: of management
    "S0059": None,  # no such title
}
FILE_COUNT = 8


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    out = tmp_path_factory.mktemp("example") / "out"
    run_pipeline([EXAMPLE], RunSettings(out=out, reference="starter"))
    return out


@pytest.mark.parametrize(("record_id", "code"), CODES.items())
def test_code(results, record_id, code):
    coded = pl.read_parquet(results / "coded" / "survey-00000.parquet")
    assert coded.filter(pl.col("Case ID") == record_id)["sub_unit_group"].to_list() == [code]


def test_every_record_is_somewhere_and_counts_reconcile(results):
    manifest = json.loads((results / "run.json").read_text())
    coded = pl.read_parquet(results / "coded" / "survey-00000.parquet")
    quarantined = pl.read_parquet(results / "quarantine.parquet")
    review = pl.read_parquet(results / "review.parquet")
    ids = [*coded["Case ID"], *quarantined["record_id"]]
    assert sorted(ids) == [f"S{number:04}" for number in range(1, 61)]
    assert quarantined["record_id"].to_list() == ["S0021", "S0042", "S0060"]
    outcomes = dict(coded["outcome"].cast(pl.String).value_counts().iter_rows())
    counts = manifest["counts"]
    assert counts == {"read": 60, "quarantined": 3, **outcomes}
    assert review.height == outcomes["review"]
    assert manifest["edition"] == "starter"
    assert "reference install" in manifest["notice"]


def test_the_input_columns_are_untouched(results):
    coded = pl.read_parquet(results / "coded" / "survey-00000.parquet")
    given = pl.read_csv(EXAMPLE, infer_schema=False)
    kept = coded.select(given.columns)
    assert kept.equals(given.filter(pl.col("Case ID").is_in(kept["Case ID"].implode())))


def test_files_carry_what_they_were_made_with_and_match_the_manifest(results):
    manifest = json.loads((results / "run.json").read_text())
    metadata = pl.read_parquet_metadata(results / "coded" / "survey-00000.parquet")
    for key in ("run_id", "edition", "reference_version", "criteria_version", "code_version"):
        assert metadata[key] == manifest[key]
    assert metadata["source_sha256"] == hashlib.sha256(EXAMPLE.read_bytes()).hexdigest()
    for name, digest in manifest["outputs"].items():
        assert hashlib.sha256((results / name).read_bytes()).hexdigest() == digest
    assert len(list(results.rglob("*.*"))) == FILE_COUNT
