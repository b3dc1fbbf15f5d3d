"""Writes small editions in the forms ONS publishes, whole or damaged, for the reference tests."""

import csv
import io
import zipfile
from pathlib import Path

import xlsxwriter

INDEX = "SOC2020 coding index"
FRAMEWORK = "SOC2020 framework"

INDEX_HEADERS = [
    "UNIQUE ID",
    "RECNO",
    "D",
    "SOC_90",
    "SOC_2000",
    "SOC_2010",
    "SOC_2020",
    "SOC_2020_ext",
    "INDEXOCC",
    "ADD",
    "IND",
    "SEE",
    "ISCO-08 code based on SOC2020",
    "VERSNO",
    "CHANGE",
    "SOC2020_ext_SUG_title",
    "INDEXOCC-natural_word_order",
]
# fmt: off
ENTRIES = [
    ["t1aa", 1, "", "380", "3412", "3412", "2133", "2133/99", "Author, technical",
     "computing/IT", "", "", "2641", "", "", "IT work n.e.c.", "Technical author"],
    ["t1ab", 2, "M", "380", "3412", "3412", "3412", "3412/07", "Author, technical",
     "", "", "", "2641", "V8 amended", "Default added", "Authors of manuals", "Technical author"],
    ["t1ac", 3, "", "}}}", "}}}}", "}}}}", "}}}}", "}}}}/}}", "Scribe",
     "", "", "see Author", "}}}}", "", "", "}", "Scribe"],
    ["t1ad", 4, "", "380", "3412", "3412", "3412", "3412/07", "Critic,  café ",
     "prices in £", "publishing", "", "2641", "V14 new", "", "Authors of manuals", "Café critic"],
]
# fmt: on
FRAMEWORK_HEADERS = [
    "Unique ID",
    "SOC2020\nMajor Group",
    "SOC2020\nSub-Major Group",
    "SOC2020\nMinor Group",
    "SOC2020 Unit Group",
    "SOC2020 Group Title",
]
GROUPS = [
    ["", "2", "", "", "", "PROFESSIONAL OCCUPATIONS"],
    ["", "", "21", "", "", "SCIENCE PROFESSIONALS"],
    ["", "", "", "213", "", "IT professionals"],
    ["s1", "", "", "", "2133", "IT business analysts"],
    ["", "", "", "", "", ""],
    ["", "3", "", "", "", "ASSOCIATE PROFESSIONAL OCCUPATIONS"],
    ["", "", "34", "", "", "CULTURE OCCUPATIONS"],
    ["", "", "", "341", "", "Artistic occupations"],
    ["s2", "", "", "", "3412", "Authors, writers and translators"],
]


def changed(table: list[list], column: str, row: int, value: object) -> list[list]:
    """The table with one cell changed; row 0 is the first record."""
    at = table[0].index(column)
    copy = [list(cells) for cells in table]
    copy[row + 1][at] = value
    return copy


def without(table: list[list], column: str) -> list[list]:
    """The table without one column."""
    at = table[0].index(column)
    return [cells[:at] + cells[at + 1 :] for cells in table]


def index_table() -> list[list]:
    return [INDEX_HEADERS, *ENTRIES]


def framework_table() -> list[list]:
    return [FRAMEWORK_HEADERS, *GROUPS]


def sheets(version: int = 13, records: int = len(ENTRIES)) -> dict[str, list[list]]:
    """The sheets of a sound small workbook, to be changed by the test."""
    return {
        "INFO": [[f"Version {version} Of The Index"], [], ["Version 1: 14 February 2020"]],
        "FILE SPEC": [
            [f"Version {version}: Standard Occupational Classification 2020 Index"],
            [f"Number of records in the SOC2020 coding index: {records:,}"],
            ["", "Field Name", "Type"],
        ],
        INDEX: index_table(),
        FRAMEWORK: framework_table(),
    }


def write_workbook(path: Path, tables: dict[str, list[list]] | None = None) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in (sheets() if tables is None else tables).items():
            sheet = book.add_worksheet(name)
            for at, cells in enumerate(rows):
                sheet.write_row(at, 0, cells)
    return path


def write_zip(path: Path, files: dict[str, bytes] | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (csv_files() if files is None else files).items():
            archive.writestr(name, content)
    return path


def csv_files(encoding: str = "latin-1") -> dict[str, bytes]:
    return {
        "SOC2020_volume2_thecodingindexv2.csv": as_csv(index_table(), encoding),
        "SOC2020_framework.csv": as_csv(framework_table(), encoding),
    }


def as_csv(table: list[list], encoding: str = "latin-1") -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(table)
    return text.getvalue().encode(encoding)
