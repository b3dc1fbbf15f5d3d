"""Reads the embedded default reference: the starter index and the SOC 2020 structure, as CSV."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

import polars as pl

from schemas.errors import EditionError

_COLUMNS = {
    "structure": ("code", "level", "title", "skill_level"),
    "sub_unit_groups": ("sub_unit_group", "title"),
    "index": (
        "index_entry_id",
        "index_title",
        "additional_qualifier",
        "industry_qualifier",
        "default_code",
        "unit_group",
        "sub_unit_group",
    ),
}
_LEVELS = {1: "major", 2: "sub_major", 3: "minor", 4: "unit_group"}
_DEFAULT_CODES = ["O", "I", "A", "Q", "QS", "M"]
_PARENT = pl.col("code").str.head(pl.col("code").str.len_chars() - 1)


@dataclass(frozen=True)
class Starter:
    """The starter edition's three tables, its content hash and its files' SHA-256."""

    index: pl.DataFrame
    structure: pl.DataFrame
    sub_unit_groups: pl.DataFrame
    reference_version: str
    files: dict[str, str]


class _Part(NamedTuple):
    """One of the three tables, read from its files in order of name."""

    table: pl.DataFrame
    sources: tuple[tuple[str, bytes], ...]


def read_starter(folder: Traversable | None = None) -> Starter:
    """Read the embedded edition, in the columns of every edition.

    The index has one row per entry, the structure one per group, the sub-unit groups one per
    group in use. Raises EditionError, with file and row, where the CSV is not well formed.
    """
    folder = folder or files("reference") / "starter"
    parts = {name: _read_part(folder, name) for name in _COLUMNS}
    _check_structure(parts["structure"])
    _check_sub_unit_groups(parts["sub_unit_groups"], parts["structure"].table)
    _check_index(parts["index"], parts["structure"].table, parts["sub_unit_groups"].table)
    sources = sorted(source for part in parts.values() for source in part.sources)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sources}
    manifest = "".join(f"{digest}  {name}\n" for name, digest in hashes.items())
    structure = parts["structure"].table
    return Starter(
        index=_index_table(parts["index"].table),
        structure=with_skill_levels(structure, _skill_levels(structure)).sort("code"),
        sub_unit_groups=_sub_unit_group_table(parts["sub_unit_groups"].table),
        reference_version=hashlib.sha256(manifest.encode()).hexdigest(),
        files=hashes,
    )


def skill_levels() -> dict[str, int]:
    """Give each sub-major group's skill level, 1 to 4 (ONS has them in Volume 1's text only)."""
    part = _read_part(files("reference") / "starter", "structure")
    _check_structure(part)
    return _skill_levels(part.table)


def with_skill_levels(structure: pl.DataFrame, levels: dict[str, int]) -> pl.DataFrame:
    """Give every group the skill level of its sub-major group; major groups have none."""
    level = pl.col("code").str.head(2).replace_strict(levels, default=None, return_dtype=pl.Int8)
    return structure.select("code", "level", "title", skill_level=level)


def _skill_levels(structure: pl.DataFrame) -> dict[str, int]:
    sub_major = structure.filter(pl.col("level") == "sub_major")
    return dict(zip(sub_major["code"], sub_major["skill_level"].cast(pl.Int64), strict=True))


def _read_part(folder: Traversable, name: str) -> _Part:
    """Read all files of one part in one parse, which keeps the starter quick to load."""
    paths = (path for path in (folder / name).iterdir() if path.name.endswith(".csv"))
    sources = tuple(
        (f"{name}/{path.name}", path.read_bytes()) for path in sorted(paths, key=lambda p: p.name)
    )
    header = ",".join(_COLUMNS[name]).encode()
    bodies = []
    for file, content in sources:
        first, _, body = content.partition(b"\n")
        if first.rstrip(b"\r") != header:
            raise EditionError(
                f"Starter file {file}, row 1: its header is not the one of its kind.",
                expected=header.decode(),
                fix="Mend the header of the file.",
            )
        bodies.append(body if body.endswith(b"\n") or not body else body + b"\n")
    table = _parse(b"".join([header, b"\n", *bodies]), name, sources)
    return _Part(table, sources)


def _parse(content: bytes, name: str, sources: tuple[tuple[str, bytes], ...]) -> pl.DataFrame:
    try:
        return pl.read_csv(io.BytesIO(content), infer_schema=False)
    except pl.exceptions.PolarsError as error:
        columns = len(_COLUMNS[name])
        for file, body in sources:
            for row, line in enumerate(body.decode(errors="replace").splitlines(), 1):
                if line.count(",") >= columns and '"' not in line:
                    raise EditionError(
                        f"Starter file {file}, row {row}: more than {columns} values.",
                        expected=f"{columns} values, with quotes around one that has a comma",
                        fix="Mend the row.",
                    ) from error
        raise EditionError(
            f"The starter files of {name} cannot be read as CSV: {error}",
            expected="UTF-8 text, separated by commas",
            fix="Mend the file that was changed last.",
        ) from error


def _check(part: _Part, sound: pl.Expr, expected: str) -> None:
    """Raise EditionError for the first row where `sound` is not true."""
    faulty = part.table.select(sound.fill_null(False).not_().arg_true()).to_series()
    if faulty.is_empty():
        return
    row = faulty[0]
    file = ""
    for file, content in part.sources:  # noqa: B007
        lines = content.count(b"\n") + (not content.endswith(b"\n")) - 1
        if row < lines:
            break
        row -= lines
    raise EditionError(
        f"Starter file {file}, row {row + 2}: {', '.join(_values(part.table, faulty[0]))}",
        expected=expected,
        fix="Mend the row." if faulty.len() == 1 else f"Mend the {faulty.len()} rows like it.",
    )


def _values(table: pl.DataFrame, row: int) -> list[str]:
    return [f"{name} {value}" for name, value in table.row(row, named=True).items() if value]


def _check_structure(part: _Part) -> None:
    code, level, skill = pl.col("code"), pl.col("level"), pl.col("skill_level")
    codes = part.table["code"].drop_nulls().to_list()
    _check(part, code.str.contains(r"^[1-9]\d{0,3}$"), "a code of one to four digits")
    _check(part, code.is_first_distinct(), "one row per code")
    expected_level = code.str.len_chars().replace_strict(_LEVELS, default=None)
    _check(part, level == expected_level, "the level that the length of the code says")
    _check(part, pl.col("title").is_not_null(), "a title")
    _check(part, (level == "major") | _PARENT.is_in(codes), "the group above it in the structure")
    sound = pl.when(level == "sub_major").then(skill.is_in(list("1234"))).otherwise(skill.is_null())
    _check(part, sound, "a skill level of 1 to 4 on sub-major groups, and nowhere else")


def _check_sub_unit_groups(part: _Part, structure: pl.DataFrame) -> None:
    code = pl.col("sub_unit_group")
    units = structure["code"].to_list()
    _check(part, code.str.contains(r"^\d{4}/\d{2}$"), "a sub-unit group such as 3412/07")
    _check(part, code.is_first_distinct(), "one row per sub-unit group")
    _check(part, code.str.head(4).is_in(units), "a unit group of the structure before the stroke")
    _check(part, pl.col("title").is_not_null(), "a title")


def _check_index(part: _Part, structure: pl.DataFrame, sub_unit_groups: pl.DataFrame) -> None:
    unit, sub_unit = pl.col("unit_group"), pl.col("sub_unit_group")
    default = pl.col("default_code")
    units = structure["code"].to_list()
    groups = sub_unit_groups["sub_unit_group"].to_list()
    key = pl.struct("index_title", "additional_qualifier", "industry_qualifier")
    lowered = key.struct.with_fields(pl.field("index_title").str.to_lowercase())
    entry = pl.col("index_entry_id")
    _check(part, entry.is_not_null() & entry.is_first_distinct(), "an index_entry_id of its own")
    _check(part, pl.col("index_title").is_not_null(), "a title")
    _check(part, default.is_null() | default.is_in(_DEFAULT_CODES), "O, I, A, Q, QS, M or blank")
    _check(part, unit.is_in(units) & (unit.str.len_chars() == 4), "a unit group of the structure")
    _check(part, sub_unit.is_in(groups), "a sub-unit group of sub_unit_groups/*.csv")
    _check(part, sub_unit.str.head(4) == unit, "a sub-unit group of its unit group")
    _check(
        part, lowered.is_first_distinct(), "one entry per title, additional and industry qualifier"
    )


def _index_table(entries: pl.DataFrame) -> pl.DataFrame:
    nothing = pl.lit(None, pl.String)
    return entries.select(
        "index_entry_id",
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("record_number"),
        "default_code",
        "index_title",
        nothing.alias("index_title_reversed"),
        "additional_qualifier",
        "industry_qualifier",
        nothing.alias("see"),
        "unit_group",
        "sub_unit_group",
        *(
            nothing.alias(name)
            for name in ("isco08", "soc2010", "soc2000", "soc90", "version_note", "change")
        ),
    )


def _sub_unit_group_table(groups: pl.DataFrame) -> pl.DataFrame:
    unit_group = pl.col("sub_unit_group").str.head(4)
    return groups.select("sub_unit_group", unit_group.alias("unit_group"), "title").sort(
        "sub_unit_group"
    )
