"""Reads a published edition of SOC 2020 Volume 2, the coding index, in every form ONS gave it."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from reference.ons_columns import (
    INDEX_HEADERS,
    STRUCTURE_HEADERS,
    Table,
    fault,
    find_columns,
    validate,
)
from reference.ons_csv import read_zip
from reference.ons_findings import Finding, find_faults
from reference.ons_workbook import RawEdition, RawTable, read_workbook
from reference.starter import skill_levels, with_skill_levels
from schemas.errors import EditionError
from schemas.index import IndexEntries
from schemas.structure import LEVELS, Structure, SubUnitGroups

_EXTENDED = ("sub_unit_group", "sub_unit_group_title")
_FIRST_EXTENDED_VERSION = 8
_CODES = ("unit_group", "sub_unit_group", "isco08", "soc2010", "soc2000", "soc90")


@dataclass(frozen=True)
class ReadEdition:
    """An edition as read: three valid tables, and what its manifest says of them."""

    version: int | None
    index: pl.DataFrame
    structure: pl.DataFrame
    sub_unit_groups: pl.DataFrame
    stated_records: int | None
    findings: list[Finding]
    natural_word_order: dict[str, Any]


def read_edition(path: Path, version: int | None = None) -> ReadEdition:
    """Read the edition in a workbook, or in a zip of CSV files, and validate it.

    `version` is what the caller knows; the workbook must not contradict it. The index has one row
    per entry, by record number; the structure one per group; the sub-unit groups one per group in
    use. Raises EditionError naming sheet or file, column and what was expected.
    """
    raw = _read_raw(path)
    version = _agreed_version(path, _stated_version(raw), version)
    entries = _entries(raw.index, version)
    stated_records = _stated_records(raw, path)
    if stated_records not in (None, entries.cells.height):
        raise EditionError(
            f"{entries.place} has {entries.cells.height:,} records.",
            expected=f'the {stated_records:,} that the sheet "FILE SPEC" states',
            fix="The file is damaged or was edited: download it again from the publisher.",
        )
    index = _index(entries)
    structure = _structure(raw.structure)
    _check_unit_groups(entries, index, structure)
    return ReadEdition(
        version=version,
        index=index.sort("record_number"),
        structure=structure,
        sub_unit_groups=_sub_unit_groups(entries),
        stated_records=stated_records,
        findings=find_faults(entries),
        natural_word_order=_word_order(entries),
    )


def natural_word_order(reversed_title: pl.Expr) -> pl.Expr:
    """Put a title in the order people write it: "Engineer, design" is "Design engineer".

    The parts are read backwards; the head word loses its capital unless it is an abbreviation.
    """
    parts = reversed_title.str.split(", ")
    head, qualifiers = parts.list.first(), parts.list.slice(1)
    is_word = head.str.contains(r"^\p{Lu}\p{Ll}")
    uncapitalised = head.str.head(1).str.to_lowercase() + head.str.slice(1)
    moved = pl.when(is_word).then(uncapitalised).otherwise(head)
    turned = qualifiers.list.reverse().list.join(" ") + " " + moved
    title = pl.when(qualifiers.list.len() == 0).then(head).otherwise(turned)
    return title.str.head(1).str.to_uppercase() + title.str.slice(1)


def _read_raw(path: Path) -> RawEdition:
    if not path.is_file():
        raise EditionError(
            f"There is no file {path.name} at the path given.",
            expected="a workbook or zip of SOC 2020 Volume 2",
            fix="Check the path.",
        )
    if not zipfile.is_zipfile(path):  # a workbook is a zip as well
        raise EditionError(
            f"{path.name} is neither a workbook nor a zip, or is cut short.",
            expected="an XLSX workbook of SOC 2020 Volume 2 or a zip of its CSV files",
            fix="Download the file again from the publisher.",
        )
    with zipfile.ZipFile(path) as archive:
        is_csv = any(name.lower().endswith(".csv") for name in archive.namelist())
    return read_zip(path) if is_csv else read_workbook(path)


def _stated_version(raw: RawEdition) -> int | None:
    """Find the version in FILE SPEC or the head of INFO; version 1 is "Original published"."""
    # Only INFO's first lines: below them it lists every version there has been.
    for line in raw.file_spec + raw.information[:2]:
        if found := re.match(r"version (\d+)\b", line, re.IGNORECASE):
            return int(found[1])
        if re.match(r"version number: original published", line, re.IGNORECASE):
            return 1
    return None


def _agreed_version(path: Path, stated: int | None, given: int | None) -> int | None:
    if stated is not None and given is not None and stated != given:
        raise EditionError(
            f"{path.name} says that it is version {stated}.",
            expected=f"version {given}, the name that was asked for",
            fix="Leave the name out to install it as what it says it is.",
        )
    return given if stated is None else stated


def _stated_records(raw: RawEdition, path: Path) -> int | None:
    """Find how many records FILE SPEC states; the CSV form has no such file, and states none."""
    for line in raw.file_spec:
        if found := re.match(r"number of records\b.*:\s*([\d,]+)", line, re.IGNORECASE):
            return int(found[1].replace(",", ""))
    if not raw.file_spec and not raw.information:
        return None
    raise EditionError(
        f'{path.name}, sheet "FILE SPEC" does not say how many records there are.',
        expected='a line "Number of records in the SOC2020 coding index: …"',
        fix="The file is damaged or was edited: download it again from the publisher.",
    )


def _entries(raw: RawTable, version: int | None) -> Table:
    """Name the columns of the index as published; every row has its codes, or says it is none."""
    extended = version is None or version >= _FIRST_EXTENDED_VERSION
    optional = ("index_title", "change") + (() if extended else _EXTENDED)
    table = find_columns(raw, INDEX_HEADERS, "index_title_reversed", optional)
    # A reference says so with braces: a blank code is a fault, and would pass as a reference.
    for column in ("unit_group", "sub_unit_group")[: 2 if extended else 1]:
        blank = table.rows.filter(table.cells[column].is_null())
        if not blank.is_empty():
            raise fault(table, column, blank, "blank", 'a code, or "}}}}" in a reference')
    return table


def _index(entries: Table) -> pl.DataFrame:
    """Make the index table, in the order of the sheet: codes of braces become null.

    The natural order of titles is derived where the edition publishes none.
    """
    columns = [
        pl.when(~pl.col(code).str.contains(r"^[}/]+$")).then(pl.col(code)).alias(code)
        for code in _CODES
    ]
    columns.append(pl.col("record_number").cast(pl.Int64, strict=False))
    if "index_title" not in entries.headers:
        columns.append(natural_word_order(pl.col("index_title_reversed")).alias("index_title"))
    order = list(IndexEntries.to_schema().columns)
    index = entries.cells.with_columns(columns).select(order)
    validate(IndexEntries, index, entries)
    return index


def _structure(raw: RawTable) -> pl.DataFrame:
    """Make one row per group, by code, with our skill levels (ONS: Volume 1's text only)."""
    table = find_columns(raw, STRUCTURE_HEADERS, "title")
    code = pl.coalesce(LEVELS)
    level = pl.coalesce(pl.when(pl.col(name).is_not_null()).then(pl.lit(name)) for name in LEVELS)
    cells = table.cells.select(code=code, level=level, title="title")
    has_code = cells["code"].is_not_null()
    groups = table._replace(cells=cells.filter(has_code), rows=table.rows.filter(has_code))
    structure = with_skill_levels(groups.cells, skill_levels())
    validate(Structure, structure, groups)
    parent = pl.col("code").str.head(pl.col("code").str.len_chars() - 1)
    orphan = structure.select(
        (pl.col("level") != "major") & ~parent.is_in(structure["code"].implode())
    )
    if orphan.to_series().any():
        rows = groups.rows.filter(orphan.to_series())
        raise fault(groups, "code", rows, "the group above is missing", "every group's parent")
    return structure.sort("code")


def _check_unit_groups(entries: Table, index: pl.DataFrame, structure: pl.DataFrame) -> None:
    known = structure.filter(pl.col("level") == "unit_group")["code"]
    unknown = ~index["unit_group"].is_in(known.implode())
    rows = entries.rows.filter(unknown.fill_null(False))
    if not rows.is_empty():
        found = f'"{index.filter(unknown)["unit_group"][0]}"'
        raise fault(entries, "unit_group", rows, found, "a unit group of the framework sheet")


def _sub_unit_groups(entries: Table) -> pl.DataFrame:
    """Make one row per sub-unit group that entries lead to, with the title most of them give."""
    group, title = "sub_unit_group", "sub_unit_group_title"
    counts = (
        entries.cells.with_columns(entries.rows)
        .filter(pl.col(group).str.contains(r"^\d"))
        .group_by(group, title)
        .agg(pl.len(), pl.col(entries.rows.name).min())
        .sort(group, "len", title, descending=[False, True, False])
        .unique(group, keep="first", maintain_order=True)
    )
    groups = counts.select(group, unit_group=pl.col(group).str.head(4), title=title)
    headers = entries.headers | {"title": entries.headers.get(title, title)}
    rows = counts[entries.rows.name]
    validate(SubUnitGroups, groups, entries._replace(headers=headers, rows=rows))
    return groups


def _word_order(entries: Table) -> dict[str, Any]:
    """Say whether the natural order is published, and how often the derived one is the same."""
    titles = entries.cells.select("index_title", "index_title_reversed")
    if "index_title" not in entries.headers:
        return {"source": "derived", "entries": titles.height}
    derived = natural_word_order(pl.col("index_title_reversed")).str.to_lowercase()
    same = titles.select((pl.col("index_title").str.to_lowercase() == derived).sum()).item()
    return {"source": "published", "entries": titles.height, "as_derived": same}
