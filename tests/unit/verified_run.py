"""Alters the results of a run as someone would who wants it not to be noticed, for the tests."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl

from flows.reports.provenance import provenance_text


def edit_manifest(out: Path, edit: Callable[[dict], object]) -> None:
    """Change run.json, and provenance.json with it."""
    manifest = json.loads((out / "run.json").read_text())
    edit(manifest)
    (out / "run.json").write_text(json.dumps(manifest))
    (out / "provenance.json").write_text(provenance_text(manifest))


def rewrite(out: Path, name: str, edit: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """Change a Parquet file, and its hash in run.json and provenance.json with it."""
    path = out / name
    metadata = pl.read_parquet_metadata(path)
    metadata.pop("ARROW:schema")
    edit(pl.read_parquet(path)).write_parquet(path, metadata=metadata)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    edit_manifest(out, lambda manifest: manifest["outputs"].update({name: digest}))


def put(column: str, row: int, value: object) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Give one source row another value in a column."""

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        new = pl.when(source_row=row).then(pl.lit(value)).otherwise(column)
        return frame.with_columns(new.alias(column))

    return change
