"""Reads the zip of CSV files in which ONS publishes Volume 2 from version 14."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

import polars as pl

from reference.ons_workbook import RawEdition, RawTable, folded
from schemas.errors import EditionError

_EXPECTED = "a zip with one CSV file of the coding index and one of the framework"


def read_zip(path: Path) -> RawEdition:
    """Read the two CSV files of an edition; EditionError names the one missing or damaged.

    The CSV form says neither its version nor its number of records.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            index = _read_table(archive, "codingindex", path.name)
            structure = _read_table(archive, "framework", path.name)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise EditionError(
            f"{path.name} is damaged: {error}",
            expected=_EXPECTED,
            fix="Download the file again from the publisher.",
        ) from error
    return RawEdition(index, structure, file_spec=(), information=())


def _read_table(archive: zipfile.ZipFile, word: str, file: str) -> RawTable:
    found = [name for name in archive.namelist() if name.lower().endswith(".csv")]
    matching = [name for name in found if word in folded(Path(name).name)]
    if len(matching) != 1:
        names = ", ".join(f'"{name}"' for name in found)
        raise EditionError(
            f'{file} has {len(matching)} CSV files with "{word}" in their name; it has {names}.',
            expected=_EXPECTED,
            fix="Give the zip as published.",
        )
    place = f'{file}, file "{Path(matching[0]).name}"'
    text = decode(archive.read(matching[0]), place)
    try:
        cells = pl.read_csv(io.StringIO(text), has_header=False, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise EditionError(
            f"{place} cannot be read as CSV: {str(error).partition(chr(10))[0]}",
            expected="rows of one length, separated by commas",
            fix="Download the file again from the publisher.",
        ) from error
    return RawTable(place, cells)


def decode(content: bytes, place: str) -> str:
    """Read text as UTF-8 if it is that, else as the Windows form of Latin-1, a superset of it.

    Raises EditionError that names the place if it is neither.
    """
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise EditionError(
        f"{place} is not text.",
        expected="CSV in Latin-1 or UTF-8",
        fix="Download the file again from the publisher.",
    )
