"""Reads the structure of UK SIC 2007 from the workbook that ONS publishes; none is shipped."""

from __future__ import annotations

from pathlib import Path

import fastexcel
import polars as pl

from schemas.errors import EditionError

SIC_WORKBOOK = "publisheduksicsummaryofstructureworksheet.xlsx"
HOW_TO_GET_IT = (
    "The titles of SIC codes are not part of this project. Download “UK SIC 2007 summary of "
    f"structure” ({SIC_WORKBOOK}) from the Office for National Statistics, and give it with --sic."
)
_LEVELS = {"Division": 2, "Group": 3, "Class": 4, "Sub Class": 5}
"""The columns of the workbook that hold codes, and how many digits each has."""
_FINEST, _TITLE, _LEVEL = "Most disaggregated level", "Description", "Level headings"
_HEADERS = (_TITLE, *_LEVELS, _FINEST, _LEVEL)


def read_sic(path: Path) -> pl.DataFrame:
    """Read the SIC 2007 structure; one row per code of two to five digits, in order.

    Columns: code, title, level (division, group, class, sub class). A class without sub classes
    has two rows: its own four digits, and the five that stand for it ("0111", "01110"). Raises
    EditionError if the file is not that workbook, or damaged.
    """
    rows = _read_rows(path)
    own = pl.coalesce(
        pl.when(pl.col(_LEVEL) == level).then(pl.col(level).str.strip_chars()) for level in _LEVELS
    )
    digits = pl.col(_LEVEL).replace_strict(_LEVELS, default=None, return_dtype=pl.UInt32)
    sorted_out = rows.select(
        own.alias("code"),
        pl.col(_FINEST).str.strip_chars().alias("finest"),
        pl.col(_TITLE).str.strip_chars().alias("title"),
        pl.col(_LEVEL).str.to_lowercase().alias("level"),
        (own.str.contains(r"^\d+$") & (own.str.len_bytes() == digits)).alias("sound"),
        "row",
    ).filter(pl.col("level") != "section")
    faulty = sorted_out.filter(~pl.col("sound").fill_null(False) | pl.col("title").is_null())
    if faulty.height:
        raise _unlike(
            f"{path.name}, row {faulty['row'][0]}: no code of its level ({faulty['level'][0]})"
        )
    if sorted_out.filter(level="class").is_empty():
        raise _unlike(f"{path.name} has no SIC class.")
    finest = sorted_out.filter(pl.col("finest").str.contains(r"^\d{5}$"))
    return (
        pl.concat([sorted_out, finest.with_columns(code="finest")])
        .select("code", "title", "level")
        .unique("code", keep="first", maintain_order=True)
        .sort("code")
    )


def _read_rows(path: Path) -> pl.DataFrame:
    """The rows of the first sheet that has all headers, with their number in the sheet."""
    if not path.is_file():
        raise _unlike(f"{path}: no such file.")
    try:
        workbook = fastexcel.read_excel(path)
        for name in workbook.sheet_names:
            sheet = workbook.load_sheet(name, header_row=None, dtypes="string").to_polars()
            headers = sheet.row(0) if sheet.height else ()
            if set(_HEADERS) <= set(headers):
                at = {header: sheet.columns[headers.index(header)] for header in _HEADERS}
                return (
                    sheet.select(pl.col(column).alias(header) for header, column in at.items())
                    .with_row_index("row", offset=1)
                    .slice(1)
                    .filter(pl.col(_LEVEL).is_not_null())
                )
    except fastexcel.FastExcelError as error:
        reason = str(error).partition("\n")[0]
        raise _unlike(f"{path.name} cannot be read as a workbook: {reason}") from error
    raise _unlike(f"{path.name} has no sheet with the columns of the SIC 2007 structure.")


def _unlike(found: str) -> EditionError:
    return EditionError(
        found,
        expected=f"ONS's workbook of the UK SIC 2007 structure, with columns {', '.join(_HEADERS)}",
        fix=f"Download {SIC_WORKBOOK} again from the publisher.",
    )
