"""The example survey with previous codes, run with the starter; what is expected is by hand.

The starter has no codes of earlier classifications and no notes of changes, so `reclassified`,
`possible_in_crosswalk` and `index_amended` cannot be; test_previous_codes.py has them.
"""

import json
from pathlib import Path

import polars as pl
import pytest

from flows.pipeline import run_pipeline
from flows.settings import RunSettings

EXAMPLE = Path(__file__).parents[2] / "reference" / "examples" / "survey_previous.csv"
BRANCH = "the title has, or had, the previous code {}; now: {}".format
FIRMWARE = "job_description: “firmware” (additional-computing)"
EXPECTED = {
    "V0001": ("5313/00", "unchanged"),
    "V0002": ("5315/00", "unchanged"),
    "V0003": ("2411/01", "unchanged"),
    "V0004": ("6221/02", "unchanged"),  # six digits are of SOC 2020, said or not
    "V0005": ("4123/01", "unchanged"),  # the same, written 412301
    "V0006": ("2133/99", "unchanged"),
    "V0007": ("5111/04", "unchanged"),
    "V0008": ("3413/01", "refined"),
    "V0009": ("5223/09", "refined"),
    "V0010": ("5119/01", "refined"),  # four digits: taken for SOC 2020
    "V0011": ("5314/01", "refined"),
    "V0012": ("6133/00", "refined"),  # the unit group has one sub-unit group only
    "V0013": ("2492/01", "refined"),
    "V0014": ("2412/03", "refined"),
    "V0015": ("2133/99", "requalified"),
    "V0016": ("3412/07", "requalified"),
    "V0017": ("3412/07", "requalified"),  # from a unit group
    "V0018": ("5111/03", "requalified"),  # within its unit group: arable, no longer dairy
    "V0019": ("2492/99", "requalified"),  # to the default
    "V0020": ("3221/03", "requalified"),
    "V0021": ("7112/00", "requalified"),
    "V0022": ("9231/05", "requalified"),
    "V0023": ("2421/02", "requalified"),
    "V0024": ("5313/00", "reassigned"),
    "V0025": ("5321/02", "reassigned"),
    "V0026": ("2231/00", "reassigned"),
    "V0027": ("9211/01", "reassigned"),
    "V0028": ("2255/00", "reassigned"),  # there is no 9999
    "V0029": (None, "withdrawn"),  # drawn by hand, or by computer? It is not said
    "V0030": (None, "withdrawn"),
    "V0031": (None, "withdrawn"),
    "V0032": (None, "withdrawn"),  # also where the code could not be compared
    "V0033": ("5443/00", "not_comparable"),
    "V0034": ("2252/00", "not_comparable"),
    "V0035": ("5432/01", "not_comparable"),
    "V0036": ("5434/00", "not_comparable"),
    "V0037": ("4216/00", "not_comparable"),  # three digits: SOC 90
    "V0038": ("2471/00", None),  # it had no code
}
CAUSES = {
    "V0001": None,
    "V0008": "the unit group is now divided into sub-unit groups",
    "V0015": BRANCH("otherwise or with patent", FIRMWARE),
    "V0016": BRANCH("with computing/IT", "evidence given, no qualifier applies"),
    "V0019": BRANCH("with industry newspaper", "no evidence given"),
    "V0024": "no entry of the title has, or had, the previous code",
    "V0028": "the previous code is no SOC2020 code of this edition",
    "V0031": "for review: title is not in the index",
    "V0033": "the edition has no SOC2010 codes",
    "V0037": "the edition has no SOC90 codes",
    "V0038": None,
}
SKILL_LEVELS = {"V0001": 3, "V0015": 3, "V0016": 4, "V0028": None, "V0029": 4, "V0033": None}
"""Of the previous code: only where it is one of SOC 2020."""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    out = tmp_path_factory.mktemp("previous") / "out"
    run_pipeline([EXAMPLE], RunSettings(out=out, reference="starter"))
    return out


@pytest.fixture(scope="module")
def coded(results) -> dict[str, dict]:
    rows = pl.read_parquet(results / "coded").rows(named=True)
    return {row["Case ID"]: row for row in rows}


def test_every_record_is_expected_but_the_one_in_quarantine(results, coded):
    assert coded.keys() == EXPECTED.keys()
    quarantined = pl.read_parquet(results / "quarantine.parquet")
    assert quarantined["record_id"].to_list() == ["V0039"]  # 5431/1 is no code


@pytest.mark.parametrize("record_id", EXPECTED)
def test_code_and_kind_of_change(coded, record_id):
    row = coded[record_id]
    assert (row["sub_unit_group"], row["change_kind"]) == EXPECTED[record_id]


@pytest.mark.parametrize("record_id", CAUSES)
def test_cause(coded, record_id):
    assert coded[record_id]["change_cause"] == CAUSES[record_id]


@pytest.mark.parametrize("record_id", SKILL_LEVELS)
def test_skill_level_of_the_previous_code(coded, record_id):
    assert coded[record_id]["previous_skill_level"] == SKILL_LEVELS[record_id]


def test_how_previous_codes_were_read(results, coded):
    read = {
        record_id: (row["compared_classification"], row["compared_code"])
        for record_id, row in coded.items()
    }
    assert read["V0005"] == ("SOC2020", "4123/01")
    assert read["V0010"] == ("SOC2020", "5119")
    assert read["V0034"] == ("SOC2010", "2214")
    assert read["V0037"] == ("SOC90", "460")
    assert read["V0038"] == (None, None)
    (source,) = json.loads((results / "run.json").read_text())["sources"]
    assert next(iter(source["four_digit_codes_of"].items())) == (
        "SOC2020",
        4,
    )  # V0010, V0011, V0020, V0026; there is no 8125
