"""The review workbook: a row per distinct text, the weightiest first, and cells that are safe."""

import re
from pathlib import Path

import fastexcel
import polars as pl
import pytest
from review_cells import cells, headings, sheet_xml

from flows.pipeline import run_pipeline
from flows.reports.review_workbook import write_review_workbook
from flows.settings import RunSettings
from schemas.review import REVIEW_SCHEMA

NOT_IN_INDEX = "title is not in the index"


def review_file(path: Path, *records: dict) -> Path:
    told = [
        {"source_file": "a.csv", "source_row": at, "record_id": str(at), **record}
        for at, record in enumerate(records, 1)
    ]
    frame = pl.DataFrame(told, schema=REVIEW_SCHEMA)
    frame.with_columns(pl.col("review_reason").fill_null(NOT_IN_INDEX)).write_parquet(path)
    return path


@pytest.fixture
def written(tmp_path, starter_lookup):
    """Writes a workbook of the records given; gives its path."""

    def write(*records: dict, most_rows: int = 100) -> Path:
        review = review_file(tmp_path / "review.parquet", *records)
        target = tmp_path / "review.xlsx"
        write_review_workbook(review, target, starter_lookup, "run-1", most_rows)
        return target

    return write


def test_texts_that_differ_in_case_and_spacing_are_one_row_with_their_weight(written):
    workbook = written(
        {"job_title": "Zork", "weight": 4.0},
        {"job_title": " zork  mender", "weight": 2.5},
        {"job_title": "Zork Mender", "weight": None},  # without a weight it is 1
        {"job_title": "ZORK\nMENDER", "weight": 1.0},
        {"job_title": "Zork mender", "job_description": "at night", "weight": 4.0},
    )
    told = [
        (row["rank"], row["records"], row["weight"], row["job title"]) for row in cells(workbook)
    ]
    assert told == [
        ("1", "3", "4.5", "zork mender"),  # as first met, in one line
        ("2", "1", "4", "Zork"),
        ("3", "1", "4", "Zork mender"),
    ]


def test_accents_and_apostrophes_do_not_make_another_row(written):
    workbook = written(
        {"job_title": "Café manager's aide", "weight": 1.0},
        {"job_title": "Zork", "weight": 1.5},
        {"job_title": "Cafe managers aide", "weight": 1.0},
    )
    assert [(row["job title"], row["weight"]) for row in cells(workbook)] == [
        ("Café manager's aide", "2"),
        ("Zork", "1.5"),
    ]


def test_the_largest_texts_stay_and_the_sheet_says_how_many_are_left_out(written):
    records = [{"job_title": f"Zork {number}", "weight": float(number)} for number in range(7)]
    workbook = written(*records, most_rows=3)
    assert [row["job title"] for row in cells(workbook)] == ["Zork 6", "Zork 5", "Zork 4"]
    guide = fastexcel.read_excel(workbook).load_sheet("how to use", header_row=None)
    said = dict(guide.to_polars().iter_rows())
    assert said["left out"].startswith("4 texts")
    assert said["rows"].startswith("3 distinct texts")
    assert said["run"] == "run-1"
    assert said["edition"] == "starter"


def test_codes_have_their_titles_and_the_choices_are_the_codes_named(written):
    workbook = written(
        {
            "job_title": "Zork",
            "candidates": "2133/99; 3412/07",
            "likely_codes": "3412 60%; 5214 12%",
            "alternatives": "3412/07 with industry publishing; 2231 otherwise; and 3 more",
            "missing_evidence": "job_description",
        }
    )
    (row,) = cells(workbook)
    candidates = row["candidates"].split("\n")
    assert candidates[0].startswith("2133/99 IT business analysts")
    assert candidates[1] == "3412/07 Technical authors"
    assert row["likely codes"].split("\n")[0] == "3412 Authors, writers and translators, 60%"
    alternatives = row["alternatives"].split("\n")
    assert alternatives[0] == "3412/07 Technical authors, with industry publishing"
    assert alternatives[2] == "and 3 more"
    assert row["missing evidence"] == "job_description"
    offered = fastexcel.read_excel(workbook).load_sheet("offered", header_row=None).to_polars()
    codes = [text.split(" ")[0] for text in offered.row(0)]
    assert codes == ["2133/99", "3412/07", "3412", "5214", "2231"]


@pytest.mark.parametrize(
    "title",
    ["=1+1", "@SUM(A1)", "-2+3", "+44 agent", "{=1}", "http://x.y", "12", "_x0041_", "a\x01b"],
)
def test_a_title_stays_a_text_whatever_it_looks_like(written, title):
    workbook = written({"job_title": title, "job_description": title})
    (row,) = cells(workbook)
    assert row["job title"] == row["job description"] == title.replace("\x01", " ")
    for number in range(1, 5):
        xml = sheet_xml(workbook, f"xl/worksheets/sheet{number}.xml")
        assert not re.search(r"<f\b|<hyperlink", xml)
    assert re.search(r'<c r="D2" s="\d+" t="s">', sheet_xml(workbook))


def test_a_text_too_long_for_a_cell_is_left_out_and_not_cut(written):
    workbook = written(
        {"job_title": "Zork", "job_description": "\U0001d4b5" * 20_000, "weight": 9.0},
        {"job_title": "Zork", "job_description": "z" * 20_000},
    )
    (row,) = cells(workbook)
    assert row["job description"] == "z" * 20_000


def test_all_but_the_reviewers_cells_are_locked(written):
    workbook = written({"job_title": "Zork", "likely_codes": "3412 60%"}, {"job_title": "Bork"})
    xml, styles = sheet_xml(workbook), sheet_xml(workbook, "xl/styles.xml")
    assert '<sheetProtection sheet="1"' in xml
    assert "password" not in xml
    formats = re.findall(r"<xf [^>]*?(?:/>|>.*?</xf>)", styles.split("<cellXfs")[1])
    unlocked = {str(at) for at, one in enumerate(formats) if 'locked="0"' in one}
    text = {str(at) for at, one in enumerate(formats) if 'numFmtId="49"' in one}
    cell_styles = re.findall(r'<c r="([A-Z]+)\d+" s="(\d+)"', xml)
    columns = dict(zip("ABCDEFGHIJKLMNOPQRS", headings(workbook), strict=True))
    free = {columns[column] for column, style in cell_styles if style in unlocked}
    assert free == {"decision", "scope", "reason"}
    assert unlocked == text  # 3412/07 is typed as a text, and becomes no date
    for number in range(2, 5):
        assert "<sheetProtection" in sheet_xml(workbook, f"xl/worksheets/sheet{number}.xml")


def test_decision_and_scope_have_drop_downs_and_the_header_stays(written):
    workbook = written({"job_title": "Zork", "likely_codes": "3412 60%"}, {"job_title": "Bork"})
    xml = sheet_xml(workbook)
    lists = dict(re.findall(r'<dataValidation [^>]*sqref="(\S+)"><formula1>(.*?)</formula1>', xml))
    assert lists["E2"] == "offered!$A$1"
    assert re.fullmatch(r"codes!\$A\$1:\$A\$\d+", lists["E3"])  # no proposal: any code
    assert lists["F2:F3"] == '"this text,this title"'
    assert re.search(r'<pane xSplit="5" ySplit="1" [^>]*state="frozen"', xml)
    assert '<autoFilter ref="A1:R3"/>' in xml
    assert 'state="hidden"' in sheet_xml(workbook, "xl/workbook.xml")
    codes = fastexcel.read_excel(workbook).load_sheet("codes", header_row=None).to_polars()
    assert ("3412/07 Technical authors", "3412/07") in codes.rows()
    assert "3412" in {code for _, code in codes.rows()}
    assert headings(workbook)[-1] == "override id"
    assert re.search(r'<col min="19" max="19" [^>]*hidden="1"', xml)


def test_without_review_there_are_headings_only(written):
    workbook = written()
    assert cells(workbook) == []
    assert headings(workbook)[:5] == ["rank", "records", "weight", "job title", "decision"]
    assert "<dataValidation" not in sheet_xml(workbook)


def test_the_same_review_gives_the_same_bytes(written):
    records = [{"job_title": f"Zork {number}", "weight": 0.1} for number in range(40)]
    assert written(*records).read_bytes() == written(*records).read_bytes()


def test_a_run_writes_the_workbook_and_its_hash(tmp_path, monkeypatch):
    monkeypatch.setenv("SOC_RECODE_HOME", str(tmp_path / "home"))
    extract = tmp_path / "staff.csv"
    extract.write_text(
        "record_id,job_title,industry,employer_industry\n"
        "1,Zork mender,,Zorkworks\n2,Zork mender,Own works,Zorkworks\n3,Bricklayer,,\n"
    )
    manifest = run_pipeline([extract], RunSettings(kind="employer", out=tmp_path / "out"))
    rows = cells(tmp_path / "out" / "review.xlsx")
    # what the employer says stands in where the record says nothing: the decision rests on it
    assert [row["industry description"] for row in rows] == ["Zorkworks", "Own works"]
    assert len(manifest["outputs"]["review.xlsx"]) == 64
    guide = fastexcel.read_excel(tmp_path / "out" / "review.xlsx").load_sheet(
        "how to use", header_row=None
    )
    assert dict(guide.to_polars().iter_rows())["run"] == manifest["run_id"]
