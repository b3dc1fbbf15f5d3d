"""Keeps compiled lookups on disk, so that one explanation need not compile 32,000 entries anew.

A folder per edition, in it one per compilation; its name depends on everything the tables depend
on, so a kept lookup is never out of date. It is a convenience: where it cannot be read or written,
compiling goes on without it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import fields
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from reference.lookup import Lookup

_TEXTS = "texts.json"


def compilation_key(reference_version: str, criteria_version: str) -> str:
    """Name a compilation by the edition's content, the rules' and all that compiles them."""
    libraries = [f"{name} {version(name)}" for name in ("polars", "numpy", "scipy")]
    digest = hashlib.sha256(" ".join([reference_version, criteria_version, *libraries]).encode())
    for file in sorted(files("reference").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith((".py", ".toml")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:32]


def read_compiled(folder: Path) -> Lookup | None:
    """Read a kept lookup; None if there is none, or it cannot be read."""
    try:
        found: dict[str, Any] = json.loads((folder / _TEXTS).read_text(encoding="utf-8"))
        for file in folder.glob("*.arrow"):
            found[file.stem] = pl.read_ipc(file)
        found["set_aside"] = tuple(found["set_aside"])
        return Lookup(**found)
    except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError):
        return None


def keep_compiled(lookup: Lookup, folder: Path) -> None:
    """Keep a lookup in `folder`, in place of the edition's others; does nothing if it cannot."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".compiled-"))
    except OSError:
        return
    try:
        texts = {}
        for field in fields(lookup):
            value = getattr(lookup, field.name)
            if isinstance(value, pl.DataFrame):
                value.write_ipc(work / f"{field.name}.arrow")
            else:
                texts[field.name] = value
        (work / _TEXTS).write_text(json.dumps(texts), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)  # one that could not be read
        work.rename(folder)
        for other in folder.parent.iterdir():
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)
    except OSError:
        shutil.rmtree(work, ignore_errors=True)
