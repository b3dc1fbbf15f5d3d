"""What makes a record impossible to code, each with its reason."""

import datetime

import polars as pl
import pytest
from pandera.errors import SchemaErrors

from flows.coding.validate import duplicate_ids, quarantine, validate
from schemas.quarantine import QuarantinedRecord
from schemas.records import CANONICAL_COLUMNS, CanonicalRecord

NO_DUPLICATES = pl.DataFrame(schema={"record_id": pl.String})
SCHEMA = {"source_row": pl.Int64, **dict.fromkeys(CANONICAL_COLUMNS, pl.String)}


def records(*rows: dict) -> pl.DataFrame:
    sound = {"record_id": "1", "job_title": "Nurse"}
    numbered = [{"source_row": row, **sound, **given} for row, given in enumerate(rows, start=2)]
    return pl.DataFrame(numbered, schema=SCHEMA)


def reasons(**given) -> list[str]:
    faults = validate(records(given), NO_DUPLICATES).faults
    return faults["reasons"].to_list()[0] if faults.height else []


def test_a_bad_value_is_caught_by_the_model_itself():
    with pytest.raises(SchemaErrors):
        CanonicalRecord.validate(records({"job_title": None}), lazy=True)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"record_id": None}, "record_id: none given"),
        ({"job_title": None}, "job_title: none given"),
        ({"job_title": "-- . !"}, "job_title: none given"),
        ({"job_title": "x" * 501}, "job_title: over 500 characters"),
        ({"job_description": "x" * 20_001}, "job_description: over 20,000 characters"),
        ({"department": "x" * 20_001}, "department: over 20,000 characters"),
        ({"sic2007": "1"}, "sic2007: not a SIC 2007 code of 2 to 5 digits"),
        ({"sic2007": "261100"}, "sic2007: not a SIC 2007 code of 2 to 5 digits"),
        ({"employer_sic2007": "C26"}, "employer_sic2007: not a SIC 2007 code of 2 to 5 digits"),
        ({"sic2007": "٢٦"}, "sic2007: not a SIC 2007 code of 2 to 5 digits"),
        ({"weight": "heavy"}, "weight: not a number of zero or more"),
        ({"weight": "-1"}, "weight: not a number of zero or more"),
        ({"weight": "nan"}, "weight: not a number of zero or more"),
        ({"weight": "inf"}, "weight: not a number of zero or more"),
        (
            {"previous_classification": "ISCO-08"},
            "previous_classification: none of SOC2020, SOC2010, SOC2000, SOC90",
        ),
    ],
)
def test_a_fault_has_its_reason(given, reason):
    assert reasons(**given) == [reason]


@pytest.mark.parametrize(
    ("code", "classification", "fits"),
    [
        ("3412/07", "SOC2020", True),
        ("341207", "soc2020", True),
        ("3412", "SOC 2020", True),
        ("341", "SOC2020", False),
        ("3412/7", "SOC2020", False),
        ("3412", "SOC 2010", True),
        ("341207", "SOC2010", False),
        ("3412", "soc2000", True),
        ("341", "SOC90", True),
        ("3412", "SOC 90", False),
        ("341", None, True),
        ("3412/07", None, True),
        ("34", None, False),
        ("nurse", None, False),
        (None, "SOC2010", True),
    ],
)
def test_a_previous_code_has_the_shape_of_its_classification(code, classification, fits):
    fault = ["previous_code: not a code of its classification"]
    found = reasons(previous_code=code, previous_classification=classification)
    assert found == ([] if fits else fault)


@pytest.mark.parametrize("title", ["=1+1", "@SUM(A1)", "C++", "看護師", "x" * 500])
def test_any_text_is_a_title(title):
    assert reasons(job_title=title) == []


def test_every_reason_is_given_and_no_record_is_in_both_halves():
    batch = records(
        {"record_id": "a"}, {"record_id": None, "job_title": "?", "weight": "x"}, {"record_id": "b"}
    )
    valid, faults = validate(batch, NO_DUPLICATES)
    assert valid["source_row"].to_list() == [2, 4]
    assert faults.rows() == [
        (
            3,
            None,
            [
                "record_id: none given",
                "job_title: none given",
                "weight: not a number of zero or more",
            ],
        )
    ]


def test_valid_records_are_written_one_way():
    valid = validate(
        records(
            {
                "sic2007": "26.11/0",
                "employer_sic2007": "2611/0",
                "previous_code": "341207",
                "previous_classification": "soc 2020",
                "weight": "1e1",
            }
        ),
        NO_DUPLICATES,
    ).valid
    names = ["sic2007", "employer_sic2007", "previous_code", "previous_classification", "weight"]
    assert valid.select(names).row(0) == ("26110", "26110", "3412/07", "SOC2020", 10.0)


def test_every_record_of_a_shared_id_is_a_fault():
    first = records({"record_id": "a"}, {"record_id": "b"}, {"record_id": None})
    second = records({"record_id": "a"}, {"record_id": None}, {"record_id": "A"})
    shared = duplicate_ids([first.lazy(), second.lazy()])
    assert shared["record_id"].to_list() == ["a"]
    fault = ["record_id: given to more than one record"]
    for batch in (first, second):
        assert validate(batch, shared).faults.row(0) == (2, "a", fault)


def test_a_table_that_is_not_canonical_is_a_defect_not_a_fault():
    with pytest.raises(SchemaErrors):
        validate(records({}).drop("weight"), NO_DUPLICATES)


def test_no_records_is_fine():
    valid, faults = validate(records(), NO_DUPLICATES)
    assert (valid.height, faults.height) == (0, 0)
    assert faults.schema["reasons"] == pl.List(pl.String)


def test_the_content_of_a_quarantined_record_is_its_row_as_json():
    staged = pl.DataFrame(
        {
            "source_row": [2, 3],
            "id": [1, 2],
            "start": [datetime.date(2020, 1, 2)] * 2,
            "raw": [b"\xff", None],
        }
    )
    faults = pl.DataFrame({"source_row": [3], "record_id": ["2"], "reasons": [["a", "b"]]})
    rows = quarantine(staged, faults, "x.parquet")
    QuarantinedRecord.validate(rows, lazy=True)
    content = '{"id":2,"start":"2020-01-02","raw":null}'
    assert rows.rows() == [("x.parquet", 3, "2", ["a", "b"], content)]
