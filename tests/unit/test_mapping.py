"""Mapping an extract's columns: each way of finding them, and each error."""

import csv
from importlib.resources import files

import pytest

from flows.coding.mapping import Mapping, map_columns, plain, read_mapping
from schemas.errors import MappingError
from schemas.records import CANONICAL_COLUMNS


def mapped(headers, **columns):
    return map_columns(headers, Mapping("m.toml", columns) if columns else None, "x.csv")


@pytest.mark.parametrize(
    ("header", "canonical"),
    [
        ("Job Title", "job_title"),
        ("JOBTITLE", "job_title"),
        ("occ_title", "job_title"),
        ("Case ID", "record_id"),
        ("SIC 2007", "sic2007"),
        ("duties", "job_description"),
        ("Main duties", "job_description"),
        ("What does the firm make or do?", "industry_description"),
        ("Pay band", "job_grade"),
    ],
)
def test_common_headers_are_known(header, canonical):
    headers = [name for name in ("record_id", "job_title") if name != canonical] + [header]
    assert mapped(headers).columns[canonical] == header


def test_a_mapping_comes_before_a_name_and_a_name_before_a_known_header():
    found = mapped(["id", "record_id", "Post", "job title"], job_title="Post")
    assert found.columns == {"record_id": "record_id", "job_title": "Post"}
    assert found.how == {"record_id": "name", "job_title": "mapping file"}


def test_a_column_that_the_mapping_has_taken_is_not_taken_again():
    found = mapped(["id", "title", "industry"], employer_industry="industry")
    assert found.columns["employer_industry"] == "industry"
    assert "industry_description" not in found.columns


def test_mapped_names_are_compared_without_case_and_punctuation():
    assert mapped(["id", "POST_title"], job_title="Post Title").columns["job_title"] == "POST_title"


@pytest.mark.parametrize(
    ("headers", "columns", "message"),
    [
        (["id", "post"], {"job_title": "Role"}, "m.toml maps job_title to 'Role'.*'id', 'post'"),
        (["id", "Job Title", "jobtitle"], {}, "2 columns fit job_title: 'Job Title', 'jobtitle'"),
        (["id", "a b", "A_B"], {"job_title": "AB"}, "2 columns fit job_title: 'a b', 'A_B'"),
        (["salary", "site"], {}, "no column for record_id and job_title.*'salary', 'site'"),
        (["title"], {}, "no column for record_id"),
    ],
)
def test_columns_that_cannot_be_mapped_are_an_error(headers, columns, message):
    with pytest.raises(MappingError, match=rf"(?s)x\.csv.*{message}"):
        mapped(headers, **columns)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[columns\n", "not a mapping file that can be read"),
        ('[columns]\ntitle = "a"\n', r"unknown name in \[columns\]: title"),
        ("[columns]\njob_title = 3\n", "job_title is not text"),
        ('columns = "a"\n', "columns is not a section"),
        ('[extra]\na = "a"\n', "unknown section: extra"),
        ('[options]\nquote = "a"\n', r"unknown name in \[options\]: quote"),
        ('[options]\ndelimiter = "|"\n', r"delimiter '\|' is not one"),
    ],
)
def test_a_mapping_file_that_is_not_well_formed_is_an_error(tmp_path, text, message):
    path = tmp_path / "m.toml"
    path.write_text(text)
    with pytest.raises(MappingError, match=rf"m\.toml: .*{message}"):
        read_mapping(path)


def test_a_mapping_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(MappingError, match=r"m\.toml"):
        read_mapping(tmp_path / "m.toml")


def test_the_options_are_read(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text('[options]\ndelimiter = "\\t"\nencoding = "cp1252"\nsheet = "Data"\n')
    assert read_mapping(path) == Mapping(path, {}, "\t", "cp1252", "Data")


def test_each_known_header_belongs_to_one_canonical_column():
    text = (files("reference") / "wording" / "column_names.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    headers = [plain(row["header"]) for row in rows]
    assert len(set(headers)) == len(headers)
    assert {row["canonical"] for row in rows} <= set(CANONICAL_COLUMNS)
    assert not set(headers) & {plain(name) for name in CANONICAL_COLUMNS}
    assert all(row["source"] for row in rows)
