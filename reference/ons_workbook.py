"""Reads an ONS Volume 2 workbook into tables of text cells; what they mean is read in ons.py."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import fastexcel
import polars as pl

from schemas.errors import EditionError

INDEX_SHEET = "SOC2020 coding index"
STRUCTURE_SHEET = "SOC2020 framework"
FILE_SPEC_SHEET = "FILE SPEC"

# By what each sheet is called once spaces and capitals are gone; ONS has used two names for two.
_SHEETS = {
    INDEX_SHEET: ("soc2020codingindex",),
    STRUCTURE_SHEET: ("soc2020framework", "soc2020structure"),
    FILE_SPEC_SHEET: ("filespec", "filespecification"),
    "INFO": ("info", "information"),
}


class RawTable(NamedTuple):
    """A table of text cells, headers among them, and where it stands for messages."""

    place: str
    cells: pl.DataFrame


@dataclass(frozen=True)
class RawEdition:
    """The tables of an edition as published, and its sheets of prose, a line to a row."""

    index: RawTable
    structure: RawTable
    file_spec: tuple[str, ...]
    information: tuple[str, ...]


def folded(name: str) -> str:
    r"""Reduce a sheet's name or a header to letters and digits: "SOC\n2020 " is "soc2020"."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def read_workbook(path: Path) -> RawEdition:
    """Read the four sheets of a coding index; EditionError names a sheet that is missing."""
    try:
        workbook = fastexcel.read_excel(path)
    except fastexcel.FastExcelError as error:
        raise EditionError(
            f"{path.name} cannot be opened as a workbook: {_first_line(error)}",
            expected="an XLSX workbook of SOC 2020 Volume 2, the coding index",
            fix="Download the file again from the publisher.",
        ) from error
    sheets = {sheet: _find_sheet(workbook, sheet, path.name) for sheet in _SHEETS}
    return RawEdition(
        index=_read_table(workbook, sheets[INDEX_SHEET], path.name),
        structure=_read_table(workbook, sheets[STRUCTURE_SHEET], path.name),
        file_spec=_read_prose(workbook, sheets[FILE_SPEC_SHEET], path.name),
        information=_read_prose(workbook, sheets["INFO"], path.name),
    )


def _find_sheet(workbook: fastexcel.ExcelReader, sheet: str, file: str) -> str:
    for name in workbook.sheet_names:
        if folded(name) in _SHEETS[sheet]:
            return str(name)
    found = ", ".join(f'"{name}"' for name in workbook.sheet_names)
    raise EditionError(
        f'{file} has no sheet "{sheet}"; its sheets are {found}.',
        expected=f'the sheets of SOC 2020 Volume 2, the coding index, "{sheet}" among them',
        fix="Give the Volume 2 workbook as published: Volume 1 and other indexes differ.",
    )


def _read_table(workbook: fastexcel.ExcelReader, sheet: str, file: str) -> RawTable:
    place = f'{file}, sheet "{sheet}"'
    try:
        # Codes are text: everything is read as text, and nothing is guessed.
        cells = workbook.load_sheet(sheet, header_row=None, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        raise EditionError(
            f"{place} cannot be read: {_first_line(error)}",
            expected="a whole sheet",
            fix="The file is damaged: download it again from the publisher.",
        ) from error
    return RawTable(place, cells)


def _read_prose(workbook: fastexcel.ExcelReader, sheet: str, file: str) -> tuple[str, ...]:
    cells = _read_table(workbook, sheet, file).cells
    if cells.width == 0:
        return ()
    lines = cells.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)).to_series()
    return tuple(line for line in lines.str.strip_chars().to_list() if line)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
