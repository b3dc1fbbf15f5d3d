"""Read extracts: find the files, stage each as Parquet, set malformed records aside.

    discover -> extract_file (one file at a time) -> scan_staged -> canonical

What cannot be read as a record goes to the quarantine with its file, row and reason; for every
file, rows_read = rows staged + rows quarantined. The input's own columns pass through untouched.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import polars as pl

from flows.coding.extract_bytes import open_text, sha256
from flows.coding.extract_csv import read_csv_header, stage_csv
from flows.coding.extract_ndjson import read_ndjson_keys, stage_ndjson
from flows.coding.extract_staging import SOURCE_ROW, Header, Parts, StagedFile, read_header
from flows.coding.extract_xlsx import read_sheet, stage_sheet
from flows.coding.mapping import Mapping
from schemas.errors import MappingError, UnreadableFileError
from schemas.records import CANONICAL_COLUMNS

__all__ = [
    "SOURCE_ROW",
    "SUFFIXES",
    "StagedFile",
    "canonical",
    "discover",
    "extract_file",
    "scan_staged",
]

_DELIMITED, _NDJSON = (".csv", ".tsv"), (".ndjson", ".jsonl")
SUFFIXES = (*_DELIMITED, *_NDJSON, ".parquet", ".xlsx")


def discover(paths: Iterable[Path]) -> list[Path]:
    """Return the extract files among files and folders, each once, in sorted order.

    In a folder (its subfolders are not searched), files of other kinds and hidden ones are passed
    over. Raises UnreadableFileError for a path that is not there, a file of another kind named
    by itself, and when there is no extract at all.
    """
    found: set[Path] = set()
    named = list(paths)
    for path in named:
        if path.is_dir():
            found.update(inside for inside in path.iterdir() if _is_extract(inside))
        elif not path.is_file():
            raise UnreadableFileError(f"{path}: there is no such file or folder.")
        elif path.suffix.lower() not in SUFFIXES:
            raise UnreadableFileError(
                f"{path}: files ending in {path.suffix or 'nothing'!r} cannot be read.",
                expected=", ".join(SUFFIXES),
            )
        else:
            found.add(path)
    if not found:
        raise UnreadableFileError(
            f"No extract found in {', '.join(map(str, named)) or 'an empty list of paths'}.",
            expected=f"files ending in {', '.join(SUFFIXES)}",
        )
    return sorted(found)


def source_names(paths: list[Path]) -> dict[Path, str]:
    """Return the name users see for each file: its own, with folders where two share one."""
    shared = {name for name, count in Counter(path.name for path in paths).items() if count > 1}
    return {path: path.as_posix() if path.name in shared else path.name for path in paths}


def extract_file(
    path: Path,
    mapping: Mapping | None,
    staging: Path,
    *,
    reserved: frozenset[str] = frozenset(),
    source_file: str | None = None,
) -> StagedFile:
    """Read one extract into a folder of its own in `staging`.

    An input column named as one of `reserved` (the output's own columns), or source_row, is
    staged as input_<name>. Raises UnreadableFileError when the file cannot be read at all,
    MappingError when its columns cannot be mapped.
    """
    name = source_file or path.name
    if not path.is_file():
        raise UnreadableFileError(f"{name}: there is no such file.")
    staging.mkdir(parents=True, exist_ok=True)
    digest = sha256(path)
    place = hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:8]
    target = staging / f"{path.stem}-{place}"
    scratch = Path(tempfile.mkdtemp(dir=staging, prefix=".extract-"))
    try:
        staged = _stage(path, mapping, scratch, reserved, name)
        shutil.rmtree(target, ignore_errors=True)
        os.replace(scratch, target)  # noqa: PTH105 (the one call that replaces on every system)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return replace(
        staged,
        sha256=digest,
        staged=path if staged.staged == path else target / staged.staged.name,
        quarantined=target / "quarantine" if staged.quarantined else None,
    )


def scan_staged(staged: StagedFile) -> pl.LazyFrame:
    """Scan the well-formed records of an extract: source_row and every input column, in order."""
    if staged.staged != staged.source:
        return pl.scan_parquet(staged.staged, glob=False)
    frame = pl.scan_parquet(staged.source, glob=False).rename(staged.renamed)
    rows = frame.with_row_index(SOURCE_ROW, offset=1)
    return rows.with_columns(pl.col(SOURCE_ROW).cast(pl.Int64))


def canonical(frame: pl.LazyFrame, columns: dict[str, str]) -> pl.LazyFrame:
    """Return the canonical records: source_row and every canonical column as text.

    `columns` maps canonical columns to those of the frame; one without is null. Text is stripped
    and "" is null. Numbers without a fraction are written without one (26110.0 is "26110").
    """
    schema = frame.collect_schema()
    return frame.select(
        SOURCE_ROW,
        *(
            as_text(columns[name], schema[columns[name]]).alias(name)
            if name in columns
            else pl.lit(None, pl.String).alias(name)
            for name in CANONICAL_COLUMNS
        ),
    )


def as_text(column: str, kind: pl.DataType) -> pl.Expr:
    """Return a column of this kind as the text of a canonical one."""
    value = pl.col(column)
    text = value.cast(pl.String)
    if kind.is_float():
        whole = value.is_finite() & (value == value.round()) & (value.abs() < 2**53)
        text = (
            pl.when(whole).then(value.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(text)
        )
    stripped = text.str.strip_chars()
    return pl.when(stripped != "").then(stripped)


def _is_extract(path: Path) -> bool:
    hidden = path.name.startswith((".", "~$"))  # "~$" is how Office marks an open workbook
    return path.is_file() and not hidden and path.suffix.lower() in SUFFIXES


def _stage(
    path: Path, mapping: Mapping | None, folder: Path, reserved: frozenset[str], name: str
) -> StagedFile:
    kind = path.suffix.lower()
    if kind == ".parquet":
        return _stage_parquet(path, mapping, reserved, name)
    if kind == ".xlsx":
        sheet = read_sheet(path, mapping, name)
        header = read_header(sheet.headers, mapping, reserved, name)
        parts = Parts(folder, name, header.names)
        stage_sheet(sheet, parts)
        return _with_parts(_describe(path, header, name), parts)
    if kind not in (*_DELIMITED, *_NDJSON):
        raise UnreadableFileError(
            f"{name}: files ending in {kind!r} cannot be read.", expected=", ".join(SUFFIXES)
        )
    text = open_text(path, name, mapping.encoding if mapping else None, folder)
    delimiter = None
    if kind in _NDJSON:
        keys = read_ndjson_keys(text, name)
        header = read_header(keys, mapping, reserved, name)
        parts = Parts(folder, name, header.names)
        stage_ndjson(text, keys, parts)
    else:
        csv = read_csv_header(text, mapping.delimiter if mapping else None, name)
        delimiter = csv.delimiter
        header = read_header(csv.names, mapping, reserved, name)
        parts = Parts(folder, name, header.names)
        stage_csv(text, csv, parts)
    if text.path != path:
        text.path.unlink()
    staged = replace(_describe(path, header, name), encoding=text.encoding, delimiter=delimiter)
    return _with_parts(staged, parts)


def _stage_parquet(
    path: Path, mapping: Mapping | None, reserved: frozenset[str], name: str
) -> StagedFile:
    """Describe a Parquet extract; it is scanned where it is, not copied."""
    try:
        frame = pl.scan_parquet(path, glob=False)
        schema = frame.collect_schema()
        rows = frame.select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnreadableFileError(
            f"{name}: this is not a Parquet file that can be read.",
            expected="a whole Parquet file; it may be cut short or of another kind",
        ) from error
    header = read_header(schema.names(), mapping, reserved, name)
    old = dict(zip(header.names, schema.names(), strict=True))
    for column, staged in header.columns.items():
        kind = schema[old[staged]]
        if kind.is_nested() or kind in (pl.Binary, pl.Duration, pl.Object):
            raise MappingError(
                f"{name}: {column} is mapped to {old[staged]!r}, which holds {kind}.",
                expected="a column of text, numbers or dates",
            )
    return replace(_describe(path, header, name), rows_read=rows)


def _describe(path: Path, header: Header, source_file: str) -> StagedFile:
    """Return what is known from the header; without parts, the source is its own staging."""
    return StagedFile(
        source=path,
        source_file=source_file,
        staged=path,
        columns=header.columns,
        how=header.how,
        renamed=header.renamed,
        rows_read=0,
        rows_quarantined=0,
        quarantined=None,
        encoding=None,
        delimiter=None,
        sha256="",
    )


def _with_parts(staged: StagedFile, parts: Parts) -> StagedFile:
    return replace(
        staged,
        staged=parts.folder / "records",
        rows_read=parts.records + parts.faults,
        rows_quarantined=parts.faults,
        quarantined=parts.folder / "quarantine" if parts.faults else None,
    )
