"""Read an XLSX extract: one sheet, every cell as text.

A workbook is read whole, because its format allows nothing else; a sheet has at most 1,048,576
rows. Rows are numbered as in the sheet. Rows above the first that holds anything, and below the
last, are no records. A formula counts with its stored value; a cell with an error value (#N/A)
is a fault of its record, not an empty cell.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import fastexcel
import polars as pl

from flows.coding.extract_staging import SOURCE_ROW, Parts
from flows.coding.mapping import Mapping, map_columns
from schemas.errors import MappingError, UnreadableFileError

_ERROR_CELL = re.compile(rb'<c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]+)([0-9]+)"')


@dataclass(frozen=True)
class Sheet:
    """One sheet as text: the header row, the rows below it, and the cells with error values."""

    headers: list[str | None]
    rows: pl.DataFrame  # source_row and a column for each header, in their order
    error_cells: pl.DataFrame  # source_row, cell


def read_sheet(path: Path, mapping: Mapping | None, source_file: str) -> Sheet:
    """Read the sheet the mapping names, or the one that has record_id and job_title columns.

    Raises UnreadableFileError for a damaged workbook and one without rows, MappingError when the
    sheet named is not there, or when more than one sheet could be the extract.
    """
    try:
        workbook = fastexcel.read_excel(path)
        names = [name for name in workbook.sheet_names if mapping is None or not mapping.sheet]
        if mapping and mapping.sheet:
            names = [_named(mapping.sheet, workbook.sheet_names, source_file)]
        sheets = {name: _cells(workbook, name) for name in names}
    except (fastexcel.FastExcelError, OSError) as error:
        raise UnreadableFileError(
            f"{source_file}: this is not a workbook that can be read.",
            expected="an XLSX file that is whole and not encrypted",
            fix="Open it, save it again as XLSX, or export the sheet as CSV in UTF-8.",
        ) from error
    filled = {name: cells for name, cells in sheets.items() if cells.height}
    if not filled:
        raise UnreadableFileError(f"{source_file}: no sheet has any rows.", expected="a header row")
    name = _extract_sheet(filled, mapping, source_file)
    cells = filled[name]
    header, rows = cells.row(0)[1:], cells.slice(1)
    return Sheet(list(header), rows, _error_cells(path, name))


def stage_sheet(sheet: Sheet, parts: Parts) -> None:
    """Read the rows of a sheet into `parts`; blank rows and error values are faults."""
    rows = sheet.rows.clone()
    rows.columns = [SOURCE_ROW, *parts.names]
    blank = pl.all_horizontal(
        pl.col(name).str.strip_chars().fill_null("") == "" for name in parts.names
    )
    cells = pl.format("cell {} holds an error value", pl.col("cell"))
    errors = sheet.error_cells.group_by(SOURCE_ROW).agg(reasons=cells)
    judged = rows.join(errors, on=SOURCE_ROW, how="left", maintain_order="left").with_columns(
        reasons=pl.when(pl.col("reasons").is_not_null())
        .then(pl.col("reasons"))
        .when(blank)
        .then(pl.lit(["blank row"]))
    )
    sound, faulty = pl.col("reasons").is_null(), pl.col("reasons").is_not_null()
    content = pl.struct(parts.names).struct.json_encode()
    parts.add_records(judged.filter(sound))
    parts.add_faults(judged.filter(faulty).select(SOURCE_ROW, "reasons", content=content))


def _cells(workbook: fastexcel.ExcelReader, name: str) -> pl.DataFrame:
    """Return the rows of a sheet from the first to the last that hold anything, with source_row."""
    # skip_rows=0 keeps blank rows at the top, so that rows are numbered as in the sheet
    sheet = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    cells = sheet.to_polars().with_row_index(SOURCE_ROW, offset=1)
    cells = cells.with_columns(pl.col(SOURCE_ROW).cast(pl.Int64))
    held = [pl.col(name).str.strip_chars().fill_null("") != "" for name in cells.columns[1:]]
    if not held:
        return cells.clear()
    filled = cells.filter(pl.any_horizontal(held))[SOURCE_ROW]
    return cells.filter(pl.col(SOURCE_ROW).is_between(filled.min(), filled.max()))


def _named(wanted: str, names: list[str], source_file: str) -> str:
    if wanted in names:
        return wanted
    raise MappingError(
        f"{source_file}: the mapping file names the sheet {wanted!r}, which it does not have. "
        f"Sheets found: {', '.join(map(repr, names))}.",
    )


def _extract_sheet(sheets: dict[str, pl.DataFrame], mapping: Mapping | None, file: str) -> str:
    """Choose the sheet that has the required columns; if none has, the first (and its error)."""
    if len(sheets) == 1:
        return next(iter(sheets))
    fitting = [name for name, cells in sheets.items() if _fits(cells.row(0)[1:], mapping, file)]
    if len(fitting) > 1:
        raise MappingError(
            f"{file}: {len(fitting)} sheets have records: {', '.join(map(repr, fitting))}.",
            fix="Say which in a mapping file: [options], then sheet = "
            f'"{fitting[0]}". To code all, save each as a file of its own.',
        )
    return fitting[0] if fitting else next(iter(sheets))


def _fits(header: tuple[str | None, ...], mapping: Mapping | None, source_file: str) -> bool:
    try:
        map_columns([name or "" for name in header], mapping, source_file)
    except MappingError:
        return False
    return True


def _error_cells(path: Path, sheet: str) -> pl.DataFrame:
    """Find the cells with error values, which the reader would give as empty."""
    with zipfile.ZipFile(path) as archive:
        found = _ERROR_CELL.findall(archive.read(_member(archive, sheet)))
    return pl.DataFrame(
        {
            SOURCE_ROW: [int(row) for _, row in found],
            "cell": [(column + row).decode() for column, row in found],
        },
        schema={SOURCE_ROW: pl.Int64, "cell": pl.String},
    )


def _member(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the name, within the archive, of the file a sheet is stored in."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    node = next(node for node in book.findall(".//{*}sheet") if node.get("name") == sheet)
    wanted = next(value for name, value in node.items() if name.endswith("}id"))
    target = next(link.get("Target", "") for link in links if link.get("Id") == wanted)
    return target[1:] if target.startswith("/") else f"xl/{target}"
