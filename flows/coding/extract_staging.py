"""Where an extract is put while it is read: its columns, its records, its malformed lines.

Records and malformed lines go to numbered Parquet parts, batch by batch, so that a file of any
size is read in bounded memory; both folders can be scanned as if they were one file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from flows.coding.mapping import Mapping, map_columns
from schemas.errors import UnreadableFileError
from schemas.quarantine import QUARANTINE_SCHEMA

SOURCE_ROW = "source_row"


@dataclass(frozen=True)
class StagedFile:
    """An extract that has been read: one Parquet row for each well-formed record."""

    source: Path
    source_file: str  # the name shown to users
    staged: Path  # a Parquet file (the source itself) or a folder of Parquet parts
    columns: dict[str, str]  # canonical column -> its column in the staged table
    how: dict[str, str]  # canonical column -> mapping file, name or known header
    renamed: dict[str, str]  # input column -> its name in the staged table, where they differ
    rows_read: int  # records found in the file, faulty ones included
    rows_quarantined: int
    quarantined: Path | None  # a folder of Parquet parts of the quarantine's shape
    encoding: str | None
    delimiter: str | None
    sha256: str


@dataclass(frozen=True)
class Header:
    """The columns of an extract under the names they keep, and which canonical one each is."""

    inputs: list[str]  # as the file has them; a blank header is named after its place
    names: list[str]  # as they are staged
    columns: dict[str, str]
    how: dict[str, str]
    renamed: dict[str, str]


def read_header(
    headers: Sequence[str | None],
    mapping: Mapping | None,
    reserved: frozenset[str],
    source_file: str,
) -> Header:
    """Name and map the columns of an extract.

    Raises UnreadableFileError for duplicate headers, MappingError as `map_columns` does.
    """
    counts = Counter(header for header in headers if header and header.strip())
    if twice := [repr(header) for header, count in counts.items() if count > 1]:
        raise UnreadableFileError(
            f"{source_file}: more than one column is called {', '.join(twice)}.",
            expected="column names that differ: which one is meant cannot be known",
            fix="Rename all but one of them in the header row.",
        )
    inputs = [
        header if header and header.strip() else _unused(f"column_{place}", set(counts))
        for place, header in enumerate(headers, start=1)
    ]
    found = map_columns(inputs, mapping, source_file)
    names: list[str] = []
    for name in inputs:
        clash = name in reserved or name == SOURCE_ROW
        names.append(_unused(f"input_{name}", {*inputs, *reserved}) if clash else name)
    staged = dict(zip(inputs, names, strict=True))
    columns = {canonical: staged[name] for canonical, name in found.columns.items()}
    pairs = zip((header or "" for header in headers), names, strict=True)
    renamed = {header: name for header, name in pairs if header != name}
    return Header(inputs, names, columns, found.how, renamed)


def _unused(name: str, taken: set[str]) -> str:
    while name in taken:
        name = f"input_{name}"
    return name


@dataclass
class Parts:
    """The parts one extract is staged in; batches are added in the order of the file."""

    folder: Path
    source_file: str
    names: list[str]
    records: int = 0
    faults: int = 0
    _number: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        (self.folder / "records").mkdir()
        # a scan needs at least one part, also of a file without records
        schema = {SOURCE_ROW: pl.Int64, **dict.fromkeys(self.names, pl.String)}
        self._write("records", pl.DataFrame(schema=schema))

    def add_records(self, rows: pl.DataFrame) -> None:
        """Add well-formed records: source_row and the text of every input column."""
        if rows.height:
            self.records += rows.height
            self._write("records", rows.select(SOURCE_ROW, *self.names))

    def add_faults(self, rows: pl.DataFrame) -> None:
        """Add malformed records: source_row, reasons and content (the raw line or lines)."""
        if not rows.height:
            return
        (self.folder / "quarantine").mkdir(exist_ok=True)
        self.faults += rows.height
        shaped = rows.with_columns(
            source_file=pl.lit(self.source_file), record_id=pl.lit(None, pl.String)
        ).select(pl.col(name).cast(kind) for name, kind in QUARANTINE_SCHEMA.items())
        self._write("quarantine", shaped)

    def _write(self, kind: str, rows: pl.DataFrame) -> None:
        # lz4: staging is read once or twice and thrown away
        part = self.folder / kind / f"part-{self._number:06d}.parquet"
        rows.write_parquet(part, compression="lz4")
        self._number += 1
