r"""Finds the columns of an ONS table by what they mean, and says where a table is at fault.

Spelling, line breaks and order of the headers differ between editions; their letters and digits
do not: "SOC\n2020 ", "SOC_2020" and "SOC2020" are one header.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from reference.ons_workbook import RawTable, folded
from schemas.errors import EditionError

if TYPE_CHECKING:
    from pandera.polars import DataFrameModel

INDEX_HEADERS = {
    "index_entry_id": ("UNIQUE ID",),
    "record_number": ("RECNO",),
    "default_code": ("D",),
    "index_title": ("INDEXOCC-natural_word_order",),
    "index_title_reversed": ("INDEXOCC",),
    "additional_qualifier": ("ADD",),
    "industry_qualifier": ("IND",),
    "see": ("SEE",),
    "unit_group": ("SOC_2020",),
    "sub_unit_group": ("SOC_2020_ext",),
    "isco08": ("ISCO-08 code based on SOC2020", "ISCO-08"),
    "soc2010": ("SOC_2010",),
    "soc2000": ("SOC_2000",),
    "soc90": ("SOC_90",),
    "version_note": ("VERSNO", "VERNO"),
    "change": ("CHANGE",),
    "sub_unit_group_title": ("SOC2020_ext_SUG_title", "SOC2020-ext group title"),
}
STRUCTURE_HEADERS = {
    "major": ("SOC2020 Major Group",),
    "sub_major": ("SOC2020 Sub-Major Group",),
    "minor": ("SOC2020 Minor Group",),
    "unit_group": ("SOC2020 Unit Group",),
    "title": ("SOC2020 Group Title",),
}
_FIRST_ROWS = 10  # a header stands within the first rows of its sheet


class Table(NamedTuple):
    """Cells in columns named by meaning; a column that the file has not is null throughout."""

    place: str
    cells: pl.DataFrame
    headers: dict[str, str]  # meaning -> the header as the file spells it
    rows: pl.Series  # the row of the sheet in which each record stands


def find_columns(
    raw: RawTable,
    headers: Mapping[str, tuple[str, ...]],
    anchor: str,
    optional: tuple[str, ...] = (),
) -> Table:
    """Name the columns below the row of headers in which the anchor's stands.

    Text is stripped, runs of white space are one space, empty cells null; empty rows are left out.
    Raises EditionError naming the columns that are missing, or there twice.
    """
    header, at = _header_row(raw, headers[anchor])
    places = {
        meaning: [i for i, cell in enumerate(header) if cell in map(folded, names)]
        for meaning, names in headers.items()
    }
    faulty = [
        meaning
        for meaning, found in places.items()
        if len(found) > 1 or (not found and meaning not in optional)
    ]
    if faulty:
        found = [cell for cell in raw.cells.row(at) if cell] if raw.cells.height else []
        raise EditionError(
            f"{raw.place} has not one column for {_listed(headers[key][0] for key in faulty)}; "
            f"row {at + 1} has {_listed(found)}.",
            expected=f"one column each for {_listed(names[0] for names in headers.values())}",
            fix="Give the file as published; if ONS has renamed a column, please report it.",
        )
    return _below(raw, at, {key: found[0] for key, found in places.items() if found}, headers)


def _header_row(raw: RawTable, anchor: tuple[str, ...]) -> tuple[list[str], int]:
    """Find the folded headers and their place: the first row if none has the anchor's."""
    rows = [[folded(cell or "") for cell in row] for row in raw.cells.head(_FIRST_ROWS).iter_rows()]
    anchors = set(map(folded, anchor))
    at = next((i for i, row in enumerate(rows) if anchors & set(row)), 0)
    return (rows[at] if rows else []), at


def _below(
    raw: RawTable, at: int, places: dict[str, int], headers: Mapping[str, tuple[str, ...]]
) -> Table:
    names, header = raw.cells.columns, raw.cells.row(at)
    text = pl.all().str.replace_all(r"\s+", " ").str.strip_chars().replace("", None)
    cells = (
        raw.cells.select(pl.col(names[place]).alias(key) for key, place in places.items())
        .slice(at + 1)
        .with_columns(text)
        .with_row_index("sheet_row", offset=at + 2)
        .filter(~pl.all_horizontal(pl.exclude("sheet_row").is_null()))
    )
    rows = cells["sheet_row"]
    absent = [pl.lit(None, pl.String).alias(key) for key in headers if key not in places]
    spelled = {key: " ".join(str(header[place]).split()) for key, place in places.items()}
    return Table(raw.place, cells.drop("sheet_row").with_columns(absent), spelled, rows)


def _listed(names: Iterable[object]) -> str:
    return ", ".join('"' + " ".join(str(name).split()) + '"' for name in names)


def fault(table: Table, column: str, rows: pl.Series, found: str, expected: str) -> EditionError:
    """Make the error that names sheet, column, first faulty row and what was expected there."""
    at = f"row {rows[0]}" if rows.len() == 1 else f"{rows.len():,} rows, the first row {rows[0]}"
    return EditionError(
        f'{table.place}, column "{table.headers.get(column, column)}", {at}: {found}.',
        expected=expected,
        fix="The file is damaged or was edited: download it again from the publisher.",
    )


def validate(model: type[DataFrameModel], frame: pl.DataFrame, table: Table) -> None:
    """Raise EditionError for the first column of the frame that is not as its model says.

    The frame's rows must be the table's, in its order.
    """
    from pandera.errors import SchemaErrors  # noqa: PLC0415  slow to import

    try:
        model.validate(frame, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
        column, check = cases.select("column", "check").row(0)
        same = cases.filter((pl.col("column") == column) & (pl.col("check") == check))
        rows = same["index"].drop_nulls().unique().sort()
        known = model.to_schema().columns.get(column)
        expected = known.description if known else str(check).replace("_", " ")
        # Pandera counts rows from 0; a fault of the whole table has no row.
        at = table.rows.gather(rows) if not rows.is_empty() else table.rows.head(1)
        raise fault(table, column, at, f'"{same["failure_case"][0]}"', expected) from error
