"""The structure of UK SIC 2007: what is read from ONS's workbook, and what is refused."""

import pytest
from small_rules import SIC_ROWS, write_sic

from reference.sic import read_sic
from schemas.errors import EditionError

SMALL = [
    ("01", "Crops", "division"),
    ("011", "Annual crops", "group"),
    ("0111", "Growing of cereals", "class"),
    ("01110", "Growing of cereals", "class"),
    ("64", "Finance", "division"),
    ("641", "Money", "group"),
    ("6411", "Central banking", "class"),
    ("64110", "Central banking", "class"),
    ("6419", "Other money", "class"),
    ("64190", "Other money", "class"),
    ("64191", "Banks", "sub class"),
    ("64192", "Building societies", "sub class"),
]


def test_every_code_has_its_title_and_level(tmp_path):
    assert read_sic(write_sic(tmp_path / "sic.xlsx")).rows() == SMALL


def test_the_published_workbook_has_the_published_numbers_of_groups(shared_data):
    sic = read_sic(shared_data / "sic2007" / "publisheduksicsummaryofstructureworksheet.xlsx")
    levels = dict(sic["level"].value_counts().iter_rows())
    assert (levels["division"], levels["group"], levels["sub class"]) == (88, 272, 191)
    assert levels["class"] == 2 * 615  # each in four digits and in five
    assert sic.filter(code="64191")["title"].item() == "Banks"
    assert sic.filter(code="0111")["title"].item().startswith("Growing of cereals")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(EditionError, match=r"gone\.xlsx: no such file"):
        read_sic(tmp_path / "gone.xlsx")


def test_a_damaged_workbook_is_refused(tmp_path):
    path = write_sic(tmp_path / "cut.xlsx")
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(EditionError, match=r"cut\.xlsx cannot be read as a workbook"):
        read_sic(path)


def test_another_workbook_is_refused(tmp_path):
    path = write_sic(tmp_path / "index.xlsx", [("SIC 2007", "Activity"), ("64191", "Banks")])
    with pytest.raises(EditionError, match=r"no sheet with the columns of the SIC 2007 structure"):
        read_sic(path)


def test_a_code_that_is_not_of_its_level_is_refused_with_its_row(tmp_path):
    rows = [*SIC_ROWS]
    rows[3] = ("Annual crops", " A", "01", "11", "na", "na", "011", "Group")  # a zero is lost
    with pytest.raises(EditionError, match=r"row 4: no code of its level \(group\)"):
        read_sic(write_sic(tmp_path / "sic.xlsx", rows))


def test_a_workbook_without_a_class_is_refused(tmp_path):
    with pytest.raises(EditionError, match="has no SIC class"):
        read_sic(write_sic(tmp_path / "sic.xlsx", SIC_ROWS[:3]))
