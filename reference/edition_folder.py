"""A folder of what was installed: tables as Parquet and a manifest, written whole or not.

An edition has one, and so have the tables of Appendix Skilled Occupations of one date.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from schemas.errors import EditionError, OutputError

TABLES = ("index", "structure", "sub_unit_groups")
MANIFEST = "manifest.json"
LAYOUT = 1  # raise it when the columns of a table change: older installations then say so


def write(folder: Path, tables: dict[str, pl.DataFrame], about: dict[str, Any]) -> None:
    """Write the tables and a manifest, in which `about` stands first, in place of the folder.

    Raises OutputError if it cannot be written; what was there before then stays.
    """
    with _staged(folder) as new:
        for table, frame in tables.items():
            frame.write_parquet(new / f"{table}.parquet")
        manifest = {
            "name": folder.name,
            **about,
            "rows": {table: frame.height for table, frame in tables.items()},
            "files": {path.name: sha256_of(path) for path in sorted(new.glob("*.parquet"))},
            "reference_version": content_hash(tables),
            "installed_by": f"soc-recode {_own_version()}",
            "installed_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "layout": LAYOUT,
        }
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        (new / MANIFEST).write_text(text, encoding="utf-8")


def read_manifest(folder: Path, called: str, again: str) -> dict[str, Any]:
    """Read the manifest of a folder that is there.

    `called` is what a person calls it, `again` how to install it again. Raises EditionError if
    it is damaged or another version's.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        layout = manifest["layout"]
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(called, f"its {MANIFEST} cannot be read", again) from error
    if layout != LAYOUT:
        raise _damaged(called, "it was installed by another version of soc-recode", again)
    return manifest


def read_tables(
    folder: Path, names: Iterable[str], called: str, again: str
) -> dict[str, pl.DataFrame]:
    """Read tables by name; `called`, `again` and EditionError as in `read_manifest`."""
    try:
        return {table: pl.read_parquet(folder / f"{table}.parquet") for table in names}
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _damaged(called, "its tables cannot be read", again) from error


def _damaged(called: str, what: str, again: str) -> EditionError:
    return EditionError(
        f"{called} cannot be used: {what}.",
        expected="the folder as this version of soc-recode writes it",
        fix=again,
    )


def content_hash(tables: dict[str, pl.DataFrame]) -> str:
    """Hash what the tables say, whatever file format or version of Polars holds them."""
    digest = hashlib.sha256()
    for table, frame in tables.items():
        # No text has a tab or a line break in it: white space was collapsed when it was read.
        text = pl.all().cast(pl.String).fill_null("")
        lines = frame.select(pl.concat_str(text, separator="\t")).to_series()
        digest.update("\n".join([table, "\t".join(frame.columns), *lines, ""]).encode())
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    """Hash a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _staged(folder: Path) -> Iterator[Path]:
    """Give an empty folder to fill, which then takes the place of `folder`."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            (staging / "new").mkdir()
            yield staging / "new"
            put_in_place(staging / "new", folder, aside=staging / "old")
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise OutputError(
            f"{folder.name} cannot be written to {folder.parent}: {error.strerror or error}.",
            expected="a folder that can be written",
            fix="Set SOC_RECODE_HOME to a folder of yours.",
        ) from error


def put_in_place(new: Path, folder: Path, aside: Path) -> None:
    """Move the new folder to where the old one is; if that fails, the old one is back there.

    Also if it is interrupted: what steps aside may be removed with the new one.
    """
    # A folder with files in it cannot be replaced in one step: the old one steps aside first.
    try:
        if folder.exists():
            folder.rename(aside)
        new.rename(folder)
    except BaseException:
        if aside.exists() and not folder.exists():
            aside.rename(folder)
        raise


def _own_version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  installs only

    try:
        return version("soc-recode")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "unknown"
