"""Fills in a review workbook as a person does: cells are changed, everything else stays."""

import re
import zipfile
from html import escape
from pathlib import Path

import fastexcel

SHEET = "xl/worksheets/sheet1.xml"  # the sheet "review" is the first


def cells(workbook: Path, sheet: str = "review") -> list[dict[str, str | None]]:
    """The rows below the headings, by heading."""
    loaded = fastexcel.read_excel(workbook).load_sheet(sheet, header_row=0, dtypes="string")
    return loaded.to_polars().to_dicts()


def headings(workbook: Path) -> list[str]:
    loaded = fastexcel.read_excel(workbook).load_sheet("review", header_row=0, dtypes="string")
    return loaded.to_polars().columns


def sheet_xml(workbook: Path, part: str = SHEET) -> str:
    with zipfile.ZipFile(workbook) as archive:
        return archive.read(part).decode()


def fill(workbook: Path, target: Path, changes: dict[int, dict[str, str]]) -> Path:
    """Copy the workbook with cells changed, by row of the sheet and heading."""
    columns = {name: chr(ord("A") + at) for at, name in enumerate(headings(workbook))}
    xml = sheet_xml(workbook)
    for row, values in changes.items():
        for name, value in values.items():
            cell = rf'<c r="{columns[name]}{row}"( s="\d+")?(?: t="\w+")?(?:/>|>.*?</c>)'
            text = f"<is><t>{escape(value)}</t></is>"
            filled = rf'<c r="{columns[name]}{row}"\1 t="inlineStr">{text}</c>'
            xml, found = re.subn(cell, filled, xml)
            assert found == 1, (row, name)
    with zipfile.ZipFile(workbook) as archive, zipfile.ZipFile(target, "w") as copy:
        for part in archive.namelist():
            copy.writestr(part, xml if part == SHEET else archive.read(part))
    return target
