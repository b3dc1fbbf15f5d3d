"""Finding, staging and scanning extracts that are as they should be."""

from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from flows.coding.extract import (
    canonical,
    discover,
    extract_file,
    scan_staged,
    source_names,
)
from flows.coding.mapping import read_mapping
from flows.coding.validate import duplicate_ids, quarantine, validate
from schemas.errors import UnreadableFileError
from schemas.records import CANONICAL_COLUMNS

EXAMPLES = Path(__file__).parents[2] / "reference" / "examples"
TABLE = pl.DataFrame(
    {"id": ["1", "2"], "Job Title": ["Nurse", "Cook"], "Duties": ["wards", None], "pay": ["5", "6"]}
)


def write(folder: Path, kind: str) -> Path:
    path = folder / f"x.{kind}"
    if kind == "csv":
        TABLE.write_csv(path)
    elif kind == "tsv":
        TABLE.write_csv(path, separator="\t")
    elif kind == "parquet":
        TABLE.write_parquet(path)
    elif kind == "xlsx":
        TABLE.write_excel(xlsxwriter.Workbook(path), autofilter=False).close()
    else:
        TABLE.write_ndjson(path)
    return path


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet", "xlsx", "ndjson", "jsonl"])
def test_every_format_gives_the_same_records(tmp_path, kind):
    staged = extract_file(write(tmp_path, kind), None, tmp_path / "staging")
    assert staged.columns == {
        "record_id": "id",
        "job_title": "Job Title",
        "job_description": "Duties",
    }
    assert staged.how == {
        "record_id": "known header",
        "job_title": "name",
        "job_description": "known header",
    }
    assert (staged.rows_read, staged.rows_quarantined, staged.quarantined) == (2, 0, None)
    assert len(staged.sha256) == 64
    frame = scan_staged(staged)
    first = 2 if kind in ("csv", "tsv", "xlsx") else 1
    assert frame.collect()["source_row"].to_list() == [first, first + 1]
    assert frame.drop("source_row").collect().equals(TABLE)
    records = canonical(frame, staged.columns).collect()
    assert records.columns == ["source_row", *CANONICAL_COLUMNS]
    assert records["job_description"].to_list() == ["wards", None]
    assert records["weight"].to_list() == [None, None]


def test_columns_that_would_clash_with_the_output_are_renamed_and_said(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("record_id,job_title,outcome,input_outcome,source_row\n1,Nurse,a,b,c\n")
    reserved = frozenset({"outcome", "job_title"})
    staged = extract_file(path, None, tmp_path / "staging", reserved=reserved)
    assert staged.renamed == {
        "job_title": "input_job_title",
        "outcome": "input_input_outcome",
        "source_row": "input_source_row",
    }
    assert staged.columns["job_title"] == "input_job_title"
    assert scan_staged(staged).collect().row(0) == (2, "1", "Nurse", "a", "b", "c")
    as_parquet = tmp_path / "x.parquet"
    pl.read_csv(path).write_parquet(as_parquet)
    again = extract_file(as_parquet, None, tmp_path / "staging", reserved=reserved)
    assert scan_staged(again).collect().row(0) == (1, 1, "Nurse", "a", "b", "c")
    assert again.renamed == staged.renamed


def test_reading_a_file_again_replaces_its_staging(tmp_path):
    path = write(tmp_path, "csv")
    first = extract_file(path, None, tmp_path / "staging")
    path.write_text("id,job_title\n9,Baker\n")
    again = extract_file(path, None, tmp_path / "staging")
    assert first.staged == again.staged
    assert scan_staged(again).collect().rows() == [(2, "9", "Baker")]
    assert len(list((tmp_path / "staging").iterdir())) == 1


def test_numbers_in_canonical_columns_are_written_as_codes_are(tmp_path):
    path = tmp_path / "x.parquet"
    pl.DataFrame(
        {"id": [1, 2], "title": [" Nurse ", "\u00a0"], "sic": [26110.0, None], "weight": [0.5, 2.0]}
    ).write_parquet(path)
    staged = extract_file(path, None, tmp_path / "staging")
    records = canonical(scan_staged(staged), staged.columns).collect()
    picked = records.select("record_id", "job_title", "sic2007", "weight").rows()
    assert picked == [("1", "Nurse", "26110", "0.5"), ("2", None, None, "2")]


def test_discover_takes_files_and_folders_in_a_fixed_order(tmp_path):
    for name in ("b.csv", "a.parquet", "c.PDF", ".d.csv", "~$e.xlsx", "f.XLSX"):
        (tmp_path / name).touch()
    (tmp_path / "g.csv").mkdir()
    found = discover([tmp_path, tmp_path / "b.csv"])
    assert [path.name for path in found] == ["a.parquet", "b.csv", "f.XLSX"]
    with pytest.raises(UnreadableFileError, match=r"c\.PDF: files ending in '\.PDF'"):
        discover([tmp_path / "c.PDF"])
    with pytest.raises(UnreadableFileError, match=r"No extract found in .*g\.csv"):
        discover([tmp_path / "g.csv"])
    with pytest.raises(UnreadableFileError, match="no such file or folder"):
        discover([tmp_path / "h.csv"])


def test_files_of_one_name_are_told_apart_by_their_folders():
    names = source_names([Path("jan/x.csv"), Path("feb/x.csv"), Path("feb/y.csv")])
    assert list(names.values()) == ["jan/x.csv", "feb/x.csv", "y.csv"]


def test_the_survey_example_has_three_records_that_cannot_be_coded(tmp_path):
    staged = extract_file(EXAMPLES / "survey.csv", None, tmp_path)
    assert (staged.rows_read, staged.rows_quarantined) == (60, 0)
    assert len(staged.columns) == 11
    frame = scan_staged(staged)
    records = canonical(frame, staged.columns)
    validated = validate(records.collect(), duplicate_ids([records]))
    assert validated.valid.height == 57
    reasons = dict(validated.faults.select("record_id", "reasons").iter_rows())
    assert reasons == {
        "S0021": ["job_title: none given"],
        "S0042": ["previous_code: not a code of its classification"],
        "S0060": [
            "sic2007: not a SIC 2007 code of 2 to 5 digits",
            "weight: not a number of zero or more",
        ],
    }
    rows = quarantine(frame.collect(), validated.faults, "survey.csv")
    assert rows["source_row"].to_list() == [22, 43, 62]  # one record takes two lines
    assert rows["content"].str.json_path_match("$.Region").to_list() == [
        "London",
        "Wales",
        "London",
    ]


def test_the_employer_example_is_read_with_its_mapping(tmp_path):
    mapping = read_mapping(EXAMPLES / "employer_mapping.toml")
    staged = extract_file(EXAMPLES / "employer.csv", mapping, tmp_path)
    assert (staged.rows_read, staged.delimiter, set(staged.how.values())) == (
        24,
        ";",
        {"mapping file"},
    )
    records = canonical(scan_staged(staged), staged.columns)
    validated = validate(records.collect(), duplicate_ids([records]))
    assert validated.valid.height == 24
    assert set(validated.valid["employer_sic2007"]) == {"3030"}
    assert set(validated.valid["previous_classification"]) == {"SOC2010", "SOC2020", None}
