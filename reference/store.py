"""Installs, lists, verifies and reads reference editions; a folder per edition.

An edition's folder holds its three tables as Parquet and a manifest. What only an installation
needs (Pandera, the readers of workbooks, the network) is imported there, so that reading is quick.
"""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from reference.edition_folder import (
    MANIFEST,
    TABLES,
    content_hash,
    read_manifest,
    read_tables,
    sha256_of,
    write,
)
from reference.starter import read_starter
from schemas.errors import EditionError

if TYPE_CHECKING:
    from reference.sources import Source

STARTER = "starter"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_NUMBERED = re.compile(r"soc2020-v(\d+)")


@dataclass(frozen=True)
class Edition:
    """A reference edition in memory.

    `index` has one row per index entry, `structure` one per group of SOC 2020, `sub_unit_groups`
    one per sub-unit group in use; their columns are those of schemas/.
    """

    name: str
    manifest: dict[str, Any]
    index: pl.DataFrame
    structure: pl.DataFrame
    sub_unit_groups: pl.DataFrame

    @property
    def reference_version(self) -> str:
        """The SHA-256 of what the tables say, the same on every machine."""
        return str(self.manifest["reference_version"])


def install_file(path: Path, home: Path | None = None, name: str | None = None) -> Edition:
    """Install the edition in a workbook or a zip of CSV files, in place of one of its name.

    Its name is the one given, or soc2020-vN as the file says. Raises EditionError if the file is
    not a sound edition, OutputError if the folder of editions cannot be written; nothing is left
    behind then, and an edition installed before stays.
    """
    from reference.ons import read_edition  # noqa: PLC0415  imports Pandera
    from reference.sources import read_sources  # noqa: PLC0415

    path = Path(path)
    _check_name(name)
    sources = read_sources()
    digest = sha256_of(path) if path.is_file() else ""
    pinned = next((s for s in sources.values() if digest and s.sha256 == digest), None)
    numbered = _NUMBERED.fullmatch(name or (pinned.name if pinned else ""))
    read = read_edition(path, int(numbered[1]) if numbered else None)
    name = name or _name_of(path, read.version, sources)
    source = pinned or sources.get(name)
    tables = {table: getattr(read, table) for table in TABLES}
    about = {
        "source_file": path.name,
        "source_sha256": digest,
        "source_bytes": path.stat().st_size,
        "pinned": pinned is not None,
        "records_stated": read.stated_records,
        "natural_word_order": read.natural_word_order,
        "findings": [finding._asdict() for finding in read.findings],
    }
    write(editions_folder(home) / name, tables, _described(source) | about)
    return load(name, home)


def install(name: str, home: Path | None = None, sources: Path | None = None) -> Edition:
    """Download an edition that sources.toml pins, check its size and SHA-256, and install it.

    Raises EditionError for an edition that is unknown or not pinned and for a file that is not
    the pinned one, NetworkError if it cannot be downloaded.
    """
    from reference.sources import download, read_sources  # noqa: PLC0415  imports the network

    published = read_sources(sources)
    if name not in published:
        known = ", ".join(key for key, source in published.items() if source.is_pinned)
        raise EditionError(
            f'No published edition is called "{name}".',
            expected=f"one of {known}",
            fix="Install another edition from its file: `soc-recode reference install --file …`.",
        )
    with tempfile.TemporaryDirectory(prefix="soc-recode-") as folder:
        return install_file(download(published[name], Path(folder)), home, name)


def list_editions(home: Path | None = None) -> list[str]:
    """List the editions that `load` can read: the starter, then by name, numbered ones last."""
    folder = editions_folder(home)
    found = [path.parent.name for path in folder.glob(f"*/{MANIFEST}")] if folder.is_dir() else []
    return [STARTER, *sorted((name for name in found if _NAME.fullmatch(name)), key=_number)]


def latest(home: Path | None = None) -> str:
    """Name the highest installed soc2020-vN, or the starter if there is none."""
    last = list_editions(home)[-1]
    return last if _NUMBERED.fullmatch(last) else STARTER


def show(name: str, home: Path | None = None) -> dict[str, Any]:
    """Read an edition's manifest: where it came from, its rows, files, version and findings."""
    if name == STARTER:
        return load(STARTER).manifest
    path = editions_folder(home) / name / MANIFEST
    if not _NAME.fullmatch(name) or not path.is_file():
        raise EditionError(
            f'No edition "{name}" is installed.',
            expected=f"one of {', '.join(list_editions(home))}",
            fix="Install a published edition: `soc-recode reference install soc2020-v13`, or "
            "`soc-recode reference install --file WORKBOOK`.",
        )
    return read_manifest(path.parent, *_called(name))


def load(name: str, home: Path | None = None) -> Edition:
    """Read an installed edition, or the embedded one called "starter".

    Raises EditionError if it is not installed (with what is) or its files are damaged.
    """
    if name == STARTER:
        return _load_starter()
    manifest = show(name, home)
    folder = editions_folder(home) / name
    tables = read_tables(folder, TABLES, *_called(name))
    return Edition(name=name, manifest=manifest, **tables)


def verify(name: str, home: Path | None = None) -> list[str]:
    """Compare an edition's files with its manifest; each difference is a sentence, none is sound.

    The starter is part of the program and has nothing to compare with.
    """
    if name == STARTER:
        load(STARTER)
        return []
    manifest = show(name, home)
    folder = editions_folder(home) / name
    differences = []
    for file, digest in manifest["files"].items():
        if not (folder / file).is_file():
            differences.append(f"{file} is missing")
        elif sha256_of(folder / file) != digest:
            differences.append(f"{file} is not the file that was installed: its SHA-256 differs")
    if differences:
        return differences
    edition = load(name, home)
    tables = {table: getattr(edition, table) for table in TABLES}
    if content_hash(tables) != edition.reference_version:
        differences.append(f"the reference version in {MANIFEST} is not that of the tables")
    return differences


def editions_folder(home: Path | None = None) -> Path:
    """Name the folder of editions, in that of `data_home`."""
    return data_home(home) / "editions"


def data_home(home: Path | None = None) -> Path:
    """Name the folder of all that is installed: `home`, $SOC_RECODE_HOME or the user's own."""
    if home is None and not (home := _home_in_environment()):
        from platformdirs import user_data_path  # noqa: PLC0415  not needed with a home

        home = user_data_path("soc-recode")
    return Path(home)


def _home_in_environment() -> Path | None:
    home = os.environ.get("SOC_RECODE_HOME")
    return Path(home) if home else None


def _load_starter() -> Edition:
    starter = read_starter()
    tables = {table: getattr(starter, table) for table in TABLES}
    manifest = {
        "name": STARTER,
        "publisher": "soc-recode",
        "title": "Starter index and structure of SOC 2020, embedded",
        "rows": {table: frame.height for table, frame in tables.items()},
        "files": starter.files,
        "reference_version": starter.reference_version,
        "findings": [],
    }
    return Edition(name=STARTER, manifest=manifest, **tables)


def _check_name(name: str | None) -> None:
    if name is not None and (name == STARTER or not _NAME.fullmatch(name)):
        raise EditionError(
            f'An edition cannot be called "{name}".',
            expected=f'small letters, digits, ".", "_" and "-", and not "{STARTER}"',
            fix="Leave the name out, or give one such as soc2020-v14.",
        )


def _name_of(path: Path, version: int | None, sources: dict[str, Source]) -> str:
    """Name an edition by its version, or by a date of publication in its file's name."""
    if version is not None:
        return f"soc2020-v{version}"
    for source in sources.values():
        if any(f"{source.date:{form}}" in path.name for form in ("%Y%m%d", "%d%m%Y", "%Y-%m-%d")):
            return source.name
    raise EditionError(
        f"{path.name} does not say which edition it is: the CSV form has no version in it.",
        expected="the date of a known edition in the file's name, or a name",
        fix="Give the name, for example soc2020-v14.",
    )


def _number(name: str) -> tuple[int, str]:
    numbered = _NUMBERED.fullmatch(name)
    return (int(numbered[1]) if numbered else -1, name)


def _described(source: Source | None) -> dict[str, Any]:
    """Give what sources.toml says of the edition; nothing if it is not listed there."""
    if source is None:
        return {"publisher": None}
    keys = ("publisher", "title", "edition", "page", "licence")
    return {key: getattr(source, key) for key in keys} | {"date": source.date.isoformat()}


def _called(name: str) -> tuple[str, str]:
    """Say what the edition is called, and how to install it again."""
    again = f"Install it again: `soc-recode reference install {name}`, or with --file."
    return f"The installed edition {name}", again
