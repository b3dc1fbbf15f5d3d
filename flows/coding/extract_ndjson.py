"""Read an NDJSON extract: one JSON object a line.

The columns are the keys of all objects together, in the order they are first met; an object
without a key has null there. Numbers and booleans become text, nested values JSON text.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import polars as pl

from flows.coding.extract_bytes import UNDECODABLE, TextFile
from flows.coding.extract_staging import SOURCE_ROW, Parts
from schemas.errors import ReconciliationError, UnreadableFileError

_BATCH_BYTES = 64 << 20
_BATCH_LINES = 250_000
_FEW = 64


def read_ndjson_keys(text: TextFile, source_file: str) -> list[str]:
    """Return the keys of all objects; raises UnreadableFileError when no line is an object."""
    keys: dict[str, None] = {}
    for batch in _batches(text):
        objects = _judge(batch).filter(pl.col("reasons").list.len() == 0)
        keys.update(dict.fromkeys(_keys(objects["line"])))
    if not keys:
        raise UnreadableFileError(
            f"{source_file}: no line holds a JSON object with a key.",
            expected='one JSON object a line, such as {"record_id": "1", "job_title": "Nurse"}',
        )
    return list(keys)


def stage_ndjson(text: TextFile, keys: list[str], parts: Parts) -> None:
    """Read the keys of all objects into the columns of `parts`, the other lines as faults."""
    schema = dict.fromkeys(keys, pl.String)
    for batch in _batches(text):
        judged = _judge(batch)
        sound = judged.filter(pl.col("reasons").list.len() == 0)
        content = pl.col("line").str.replace_all(UNDECODABLE, "\\", literal=True)
        faulty = judged.filter(pl.col("reasons").list.len() > 0)
        parts.add_faults(faulty.select(SOURCE_ROW, "reasons", content=content))
        if not sound.height:
            continue
        parsed = pl.read_ndjson(_raw(sound["line"]), schema=schema)
        if parsed.height != sound.height:
            raise ReconciliationError(
                f"{parts.source_file}: {sound.height} objects came out as {parsed.height}."
            )
        parsed.columns = parts.names
        parts.add_records(parsed.insert_column(0, sound[SOURCE_ROW]))


def _batches(text: TextFile) -> Iterator[pl.DataFrame]:
    size = max(1, min(_BATCH_LINES, _BATCH_BYTES // text.mean_line))
    lines = pl.scan_lines(text.path, glob=False, row_index_name=SOURCE_ROW, row_index_offset=1)
    row = pl.col(SOURCE_ROW).cast(pl.Int64)
    # a byte-order mark is no part of the first object
    line = pl.col("line").str.strip_prefix("\ufeff")
    yield from lines.select(row, line).collect_batches(chunk_size=size, maintain_order=True)


def _judge(lines: pl.DataFrame) -> pl.DataFrame:
    """Add the reasons why a line is no record."""
    line = pl.col("line")
    told = lines.with_columns(
        is_object=line.str.contains(r"^\s*\{"),
        is_json=line.str.json_path_match("$").is_not_null() | line.str.contains(r"^\s*null\s*$"),
        nul=line.str.contains("\x00", literal=True),
        blank=line.str.strip_chars() == "",
    )
    judged = ~pl.col("blank") & ~pl.col("nul")
    reasons = [
        (pl.col("blank"), "blank line"),
        (pl.col("nul"), "holds a NUL byte"),
        (line.str.contains(UNDECODABLE, literal=True), "holds an undecodable byte"),
        (judged & ~pl.col("is_json"), "not valid JSON"),
        (judged & pl.col("is_json") & ~pl.col("is_object"), "not a JSON object"),
    ]
    found = [pl.when(condition).then(pl.lit(reason)) for condition, reason in reasons]
    listed = pl.concat_list(found).list.drop_nulls()
    return told.select(SOURCE_ROW, "line", reasons=listed)


def _keys(objects: pl.Series) -> list[str]:
    """Return the keys of some objects, in the order they are first met."""
    if not objects.len():
        return []
    try:
        return pl.read_ndjson(_raw(objects), infer_schema_length=None).columns
    except pl.exceptions.PolarsError:  # one key holds unlike nested values: look where
        if objects.len() <= _FEW:
            return list(dict.fromkeys(key for line in objects for key in json.loads(line)))
    middle = objects.len() // 2
    return list(dict.fromkeys([*_keys(objects[:middle]), *_keys(objects[middle:])]))


def _raw(lines: pl.Series) -> bytes:
    raw = io.BytesIO()
    lines.to_frame().write_csv(raw, include_header=False, quote_style="never")
    return raw.getvalue()
