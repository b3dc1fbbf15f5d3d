"""Read a delimited text extract, line by line but never row by row in Python.

Line numbers are those of the file: the header is line 1, and a record of several lines counts at
its first. Line breaks inside a quoted field come out as line feeds. A field without quotes that
is empty is null, "" is an empty text.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import polars as pl

from flows.coding.extract_bytes import UNDECODABLE, TextFile
from flows.coding.extract_records import Shape, find_records, sort_records
from flows.coding.extract_staging import SOURCE_ROW, Parts
from flows.coding.mapping import DELIMITERS
from schemas.errors import ReconciliationError, UnreadableFileError

_BATCH_BYTES = 64 << 20
_BATCH_LINES = 250_000
_HEADER_BYTES = 1 << 20


@dataclass(frozen=True)
class CsvHeader:
    """The header of a delimited file, the delimiter it uses, and how many lines it takes."""

    names: list[str]
    delimiter: str
    lines: int


def read_csv_header(text: TextFile, delimiter: str | None, source_file: str) -> CsvHeader:
    """Read the header line and find the delimiter: the one it has most of outside quotes.

    Raises UnreadableFileError when there is no header line that can be read.
    """
    with text.path.open(encoding="utf-8-sig", newline="") as file:
        head = file.read(_HEADER_BYTES)
    lines = [line.removesuffix("\r") for line in head.split("\n")]
    if len(lines) == 1 and len(head) == _HEADER_BYTES:
        raise _no_header(source_file, "is over a million characters long")
    if not lines[0].strip():
        raise _no_header(source_file, "is blank")
    if "\x00" in lines[0] or UNDECODABLE in lines[0]:
        raise _no_header(source_file, "holds a NUL or undecodable byte")
    if delimiter is None:
        delimiter = max(DELIMITERS, key=lambda mark: len(next(csv.reader(lines, delimiter=mark))))
    reader = csv.reader([f"{line}\n" for line in lines], delimiter=delimiter, strict=True)
    try:
        names = next(reader)
    except csv.Error as error:
        raise _no_header(source_file, f"cannot be parsed ({error})") from error
    return CsvHeader(names, delimiter, reader.line_num)


def stage_csv(text: TextFile, header: CsvHeader, parts: Parts) -> None:
    """Read all records after the header into `parts`, the malformed ones as faults."""
    shape = Shape(header.delimiter, len(header.names))
    size = max(1, min(_BATCH_LINES, _BATCH_BYTES // text.mean_line))
    carried: pl.DataFrame | None = None
    lines = pl.scan_lines(text.path, glob=False, row_index_name=SOURCE_ROW, row_index_offset=1)
    batches = (
        lines.slice(header.lines)
        .select(pl.col(SOURCE_ROW).cast(pl.Int64), "line")
        .collect_batches(chunk_size=size, maintain_order=True)
    )
    for batch in batches:
        whole = batch if carried is None else pl.concat([carried, batch])
        records, carried = find_records(whole, shape, last=False)
        _stage(records, shape, parts)
    if carried is not None and carried.height:
        records, _ = find_records(carried, shape, last=True)
        _stage(records, shape, parts)


def _stage(records: pl.DataFrame, shape: Shape, parts: Parts) -> None:
    sound, faulty = sort_records(records, shape)
    plain = _parse(sound.filter("fits"), shape, parts)
    stray = _parse_stray(sound.filter(~pl.col("fits")), shape, parts)
    parts.add_records(pl.concat([plain, stray]).sort(SOURCE_ROW) if stray.height else plain)
    parts.add_faults(faulty)


def _parse(records: pl.DataFrame, shape: Shape, parts: Parts) -> pl.DataFrame:
    """Parse records of which every quote belongs to a quoted field."""
    raw = io.BytesIO()
    records.select("text").write_csv(raw, include_header=False, quote_style="never")
    schema = dict.fromkeys(parts.names, pl.String)
    if not records.height:
        return pl.DataFrame(schema={SOURCE_ROW: pl.Int64, **schema})
    parsed = pl.read_csv(raw.getvalue(), has_header=False, schema=schema, separator=shape.delimiter)
    if parsed.height != records.height:
        first = records[SOURCE_ROW].item(0)
        raise ReconciliationError(
            f"{parts.source_file}: {records.height} records from line {first} on "
            f"came out as {parsed.height}."
        )
    return parsed.insert_column(0, records[SOURCE_ROW])


def _parse_stray(records: pl.DataFrame, shape: Shape, parts: Parts) -> pl.DataFrame:
    """Parse records with quotes in the middle of a field (12" pipe), which are its text."""
    d = shape.delimiter
    fields = pl.concat_str(pl.lit(d), "text").str.extract_all(f'{d}(?:"(?:[^"]|"")*"|[^{d}]*)')
    split = records.select(SOURCE_ROW, fields=fields)
    field = [pl.col("fields").list.get(place).str.slice(1) for place in range(shape.fields)]
    return split.select(
        SOURCE_ROW,
        *(_unquoted(text).alias(name) for text, name in zip(field, parts.names, strict=True)),
    )


def _unquoted(field: pl.Expr) -> pl.Expr:
    inner = field.str.slice(1, field.str.len_chars() - 2).str.replace_all('""', '"', literal=True)
    return pl.when(field.str.starts_with('"')).then(inner).when(field != "").then(field)


def _no_header(source_file: str, why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{source_file}: the first line {why}.",
        expected="a header row with the names of the columns",
    )
