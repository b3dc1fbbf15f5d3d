"""Map the columns of an extract to the canonical ones, and say how each was found.

Three ways, the surest first: the organisation's mapping file, the canonical name itself, a header
commonly used for it (reference/wording/column_names.csv). Names are compared without case,
spaces and punctuation. Once a way has found a canonical column, a later way does not look for
it; what a way finds twice is an error, because which one is meant cannot be known.
"""

from __future__ import annotations

import csv
import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path

from schemas.errors import MappingError
from schemas.records import CANONICAL_COLUMNS, REQUIRED_COLUMNS

BY_MAPPING, BY_NAME, BY_KNOWN_HEADER = "mapping file", "name", "known header"
DELIMITERS = (",", "\t", ";")
_OPTIONS = ("delimiter", "encoding", "sheet")
_SHOWN_HEADERS = 40  # more would bury the message


@dataclass(frozen=True)
class Mapping:
    """An organisation's mapping file: its own column names, and how its files are written."""

    path: Path
    columns: dict[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class ColumnMap:
    """Canonical column -> input column, and canonical column -> how it was found."""

    columns: dict[str, str]
    how: dict[str, str]


def read_mapping(path: Path) -> Mapping:
    """Read a mapping TOML: [columns] canonical = "their name"; [options] delimiter and so on.

    The options are delimiter (text files), encoding (text files) and sheet (workbooks).

    Raises MappingError when it is not TOML, or holds a name or an option that does not exist.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MappingError(
            f"{path}: not a mapping file that can be read ({error}).",
            expected='a UTF-8 TOML file: [columns], then lines such as job_title = "Post Title"',
        ) from error
    columns = _section(path, content, "columns", CANONICAL_COLUMNS)
    options = _section(path, content, "options", _OPTIONS)
    _reject(path, "section", [name for name in content if name not in ("columns", "options")])
    if (delimiter := options.get("delimiter")) is not None and delimiter not in DELIMITERS:
        raise MappingError(
            f"{path}: delimiter {delimiter!r} is not one that can be read.",
            expected=r'"," or ";" or "\t" (tab)',
        )
    return Mapping(path, columns, **options)


def map_columns(headers: list[str], mapping: Mapping | None, source_file: str) -> ColumnMap:
    """Find the input column of every canonical column an extract has.

    Raises MappingError naming the file when a mapped column is not there, when two input columns
    fit one canonical column, or when record_id or job_title has none.
    """
    columns: dict[str, str] = {}
    how: dict[str, str] = {}
    for canonical in CANONICAL_COLUMNS:
        if mapping and canonical in mapping.columns:
            columns[canonical] = _mapped(headers, canonical, mapping, source_file)
            how[canonical] = BY_MAPPING
            continue
        taken = set(mapping.columns.values()) if mapping else set()
        for way, names in ((BY_NAME, {plain(canonical)}), (BY_KNOWN_HEADER, _known()[canonical])):
            found = [name for name in headers if plain(name) in names and name not in taken]
            if found:
                columns[canonical] = _only(found, canonical, source_file)
                how[canonical] = way
                break
    missing = [name for name in REQUIRED_COLUMNS if name not in columns]
    if missing:
        raise MappingError(
            f"{source_file}: no column for {' and '.join(missing)}. {_found(headers)}",
            expected=f"a header row with a column for each of {' and '.join(REQUIRED_COLUMNS)}",
            fix="Name them in a mapping file ([columns], then "
            + ", ".join(f'{name} = "their column name"' for name in missing)
            + "). If there are lines above the header row, or no header row, mend that first.",
        )
    return ColumnMap(columns, how)


def plain(name: str) -> str:
    """Return a column name as it is compared: no case, no spaces, no punctuation."""
    return re.sub(r"[\W_]+", "", name.casefold())


@cache
def _known() -> dict[str, set[str]]:
    """Canonical column -> the headers known to be used for it, as they are compared."""
    known: dict[str, set[str]] = {name: set() for name in CANONICAL_COLUMNS}
    text = (files("reference") / "wording" / "column_names.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        known[row["canonical"]].add(plain(row["header"]))
    return known


def _mapped(headers: list[str], canonical: str, mapping: Mapping, source_file: str) -> str:
    wanted = mapping.columns[canonical]
    if wanted in headers:
        return wanted
    found = [name for name in headers if plain(name) == plain(wanted)]
    if not found:
        raise MappingError(
            f"{source_file}: {mapping.path} maps {canonical} to {wanted!r}, "
            f"which is not a column of the file. {_found(headers)}",
            fix=f"Correct the name in {mapping.path}, or take the line for {canonical} out.",
        )
    return _only(found, canonical, source_file)


def _only(found: list[str], canonical: str, source_file: str) -> str:
    if len(found) > 1:
        raise MappingError(
            f"{source_file}: {len(found)} columns fit {canonical}: {_quoted(found)}.",
            expected="one",
            fix=f'Say which in a mapping file: [columns], then {canonical} = "{found[0]}".',
        )
    return found[0]


def _found(headers: list[str]) -> str:
    """Say which headers a file has, unless they look like a respondent's record."""
    recognised = {plain(name) for name in CANONICAL_COLUMNS}.union(*_known().values())
    named = any(plain(name) in recognised for name in headers)
    if not named and any(len(name) > 60 or re.search(r"\d\d", name) for name in headers):
        return f"Its first row ({len(headers)} columns) looks like a record, not like names."
    shown = _quoted(headers[:_SHOWN_HEADERS])
    more = len(headers) - _SHOWN_HEADERS
    return f"Columns found: {shown}" + (f" and {more} more." if more > 0 else ".")


def _quoted(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _section(
    path: Path, content: dict[str, object], name: str, allowed: tuple[str, ...]
) -> dict[str, str]:
    section = content.get(name, {})
    if not isinstance(section, dict):
        raise MappingError(f"{path}: {name} is not a section.", expected=f"a line [{name}]")
    _reject(path, f"name in [{name}]", [key for key in section if key not in allowed], allowed)
    wrong = [key for key, value in section.items() if not isinstance(value, str) or not value]
    if wrong:
        raise MappingError(
            f"{path}: [{name}] {', '.join(wrong)} is not text.", expected="a value in quotes"
        )
    return section


def _reject(
    path: Path, what: str, unknown: list[str], allowed: tuple[str, ...] = ("columns", "options")
) -> None:
    if unknown:
        raise MappingError(
            f"{path}: unknown {what}: {', '.join(unknown)}.", expected=", ".join(allowed)
        )
