"""The tables of the Immigration Rules, Appendix Skilled Occupations: an optional reference.

None is shipped: a CSV file of the tables is installed beside the editions, one folder per date.
The Home Office lists each of the 412 unit groups of SOC 2020 in one table or several. What the
tables have, as of 25 November 2025:

- Tables 1 and 2 list the same 91 unit groups: those at graduate level (RQF 6) and above. Tables
  1a and 2aa list the same 170: those below it, for which the Rules have further conditions.
- Tables 1 and 1a give the going rates for options A to E of Skilled Worker (SW); 2 and 2aa those
  for options F to J, Global Business Mobility (GBM), Scale-up (SCU) and Graduate Trainee (GTR).
- Tables 3 and 3a list occupations paid by national pay scales, in health and education: 30 unit
  groups at graduate level and above, and 8 below. They are in no other table. Three have a row
  for each nation of the United Kingdom, so a unit group can have several rows of one table.
- Table 2a lists 9 unit groups that Table 6 has too; it has rates for options F and J only.
- Table 2b lists 17 that 1a and 2aa have too; it has minimum rates for GBM and GTR only.
- Table 6 lists 114 that are not eligible, with no rates: 104 of them are in no other table.
- 9119 is in Tables 1a and 2aa, with a note that only the jobs named there count, and in Table 6
  for all its other jobs. Other rows have notes as well, in the column of the title.

So the tables of a unit group tell which rows of the Rules to read, not what they come to for a
person or a job. This is information and not advice.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from reference.edition_folder import MANIFEST, read_manifest, read_tables, write
from reference.ons_csv import decode
from reference.starter import read_starter
from reference.store import data_home
from schemas.errors import EditionError

COLUMNS = (
    "table",
    "soc2020",
    "unit_group_title",
    "related_job_titles",
    "value_headers",
    "values",
)
_STORED = "skilled_occupations"
_NAME = re.compile(r"skilled-worker-(\d{4}-\d\d-\d\d)")
_TABLE = r"^Table ([1-9]\d*)([a-z]*)$"
_INSTALL = "`soc-recode reference install-rules --file CSV --date DATE`"
_SOUND_ROW = (
    'in each row 6 cells: a table such as "Table 1a", a unit group of SOC 2020, a title, '
    "and both value_headers and values or neither"
)


@dataclass(frozen=True)
class SkilledWorkerRules:
    """The tables of Appendix Skilled Occupations as they stood on a date, in memory.

    `tables` has one row per unit group that is listed, by code: unit_group, and tables, the names
    of those that list it, in their order ("Table 1a; Table 2aa; Table 2b"). `version` is the
    SHA-256 of what all rows say, the same on every machine.
    """

    date: datetime.date
    version: str
    tables: pl.DataFrame
    manifest: dict[str, Any]


def install_rules(path: Path, date: datetime.date, home: Path | None = None) -> SkilledWorkerRules:
    """Install the tables in a CSV file as those of a date, in place of those of the same date.

    Raises EditionError if the file is not sound (with every wrong row), OutputError if the folder
    cannot be written; nothing is left behind then, and what was installed before stays.
    """
    path = Path(path)
    content = _read_bytes(path)
    rows = _read_rows(decode(content, path.name), path.name)
    source = tomllib.loads((files("reference") / "sources.toml").read_text(encoding="utf-8"))
    about = {
        **source["skilled_worker"],
        "date": date.isoformat(),
        "source_file": path.name,
        "source_sha256": hashlib.sha256(content).hexdigest(),
        "source_bytes": len(content),
    }
    write(_folder(date, home), {_STORED: rows}, about)
    return load_rules(date, home)


def list_rules(home: Path | None = None) -> list[datetime.date]:
    """List the dates of the installed tables, the latest last."""
    folder = data_home(home) / "rules"
    names = [path.parent.name for path in folder.glob(f"*/{MANIFEST}")] if folder.is_dir() else []
    found = [matched[1] for name in names if (matched := _NAME.fullmatch(name))]
    return sorted(map(datetime.date.fromisoformat, found))


def load_rules(date: datetime.date, home: Path | None = None) -> SkilledWorkerRules:
    """Read the installed tables of a date; EditionError if there are none, or they are damaged."""
    folder = _folder(date, home)
    if not (folder / MANIFEST).is_file():
        installed = ", ".join(map(str, list_rules(home))) or "none is installed"
        raise EditionError(
            f"No Skilled Worker tables of {date} are installed.",
            expected=f"a date of installed ones: {installed}",
            fix=f"Install them: {_INSTALL}.",
        )
    called = f"The installed Skilled Worker tables of {date}"
    again = f"Install them again: {_INSTALL}."
    manifest = read_manifest(folder, called, again)
    rows = read_tables(folder, [_STORED], called, again)[_STORED]
    return SkilledWorkerRules(date, manifest["reference_version"], _by_unit_group(rows), manifest)


def latest_rules(home: Path | None = None) -> SkilledWorkerRules | None:
    """Read the installed tables of the latest date; None if there are none."""
    dates = list_rules(home)
    return load_rules(dates[-1], home) if dates else None


def _folder(date: datetime.date, home: Path | None) -> Path:
    return data_home(home) / "rules" / f"skilled-worker-{date.isoformat()}"


def _by_unit_group(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per unit group, by code, with its tables: by number, then by letters."""
    number = pl.col("table").str.extract(_TABLE, 1).cast(pl.Int64)
    letters = pl.col("table").str.extract(_TABLE, 2)
    return (
        rows.select("unit_group", "table")
        .unique()
        .sort("unit_group", number, letters)
        .group_by("unit_group", maintain_order=True)
        .agg(tables=pl.col("table").str.join("; "))
    )


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EditionError(
            f"{path} cannot be read: {error.strerror}.",
            expected="a CSV file of the tables of Appendix Skilled Occupations",
            fix="Check the path.",
        ) from error


def _read_rows(text: str, file: str) -> pl.DataFrame:
    """Read and check the rows, in the file's order: source_row, then its columns.

    White space is collapsed and empty cells are null. Row 1 is that of the headers.
    """
    header, *cells = _read_cells(text, file) or [[]]
    names = [name.strip() for name in header]
    if sorted(names) != sorted(COLUMNS):
        raise EditionError(
            f"{file}, row 1 has the columns {', '.join(names) or 'of an empty file'}.",
            expected=f"the columns {', '.join(COLUMNS)}, in any order",
            fix="Give the tables as a CSV file with a row per row of a table.",
        )
    numbered = [(at, row) for at, row in enumerate(cells, start=2) if row]
    if not numbered:
        raise EditionError(f"{file} has no rows below its headers.", expected=_SOUND_ROW)
    _complain(file, [(at, f"{len(row)} cells") for at, row in numbered if len(row) != len(names)])
    table = pl.DataFrame(
        [(at, *row) for at, row in numbered],
        schema={"source_row": pl.Int64} | dict.fromkeys(names, pl.String),
        orient="row",
    )
    tidied = pl.col(*COLUMNS).str.replace_all(r"\s+", " ").str.strip_chars().replace("", None)
    rows = table.with_columns(tidied).select("source_row", *COLUMNS)
    _complain(file, _wrong_rows(rows))
    return rows.rename({"soc2020": "unit_group"})


def _read_cells(text: str, file: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    try:
        rows.extend(reader)
    except csv.Error as error:
        _complain(file, [(len(rows) + 1, str(error))])
    return rows


def _wrong_rows(rows: pl.DataFrame) -> list[tuple[int, str]]:
    """Each row that is not sound, and what it has."""
    groups = read_starter().structure.filter(level="unit_group")["code"].implode()
    table, code = pl.col("table"), pl.col("soc2020")
    one_sided = pl.col("value_headers").is_null() != pl.col("values").is_null()
    sound = [
        (table.str.contains(_TABLE), pl.format('the table "{}"', table.fill_null(""))),
        (code.is_in(groups), pl.format('the unit group "{}"', code.fill_null(""))),
        (pl.col("unit_group_title").is_not_null(), pl.lit("no title")),
        (~one_sided, pl.lit("value_headers or values alone")),
    ]
    found = [pl.when(~rule.fill_null(False)).then(words) for rule, words in sound]
    wrong = rows.select("source_row", found=pl.concat_str(found, separator=", ", ignore_nulls=True))
    return wrong.filter(pl.col("found") != "").rows()


def _complain(file: str, wrong: list[tuple[int, str]]) -> None:
    """Raise EditionError that names every wrong row; nothing if there is none."""
    if not wrong:
        return
    listed = "\n".join(f"  row {row}: {found}" for row, found in wrong)
    raise EditionError(
        f"{file} has {len(wrong):,} wrong {'row' if len(wrong) == 1 else 'rows'}:\n{listed}",
        expected=_SOUND_ROW,
        fix="Correct the file, or make it again from the publisher's page.",
    )
