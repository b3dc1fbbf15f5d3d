"""The file of overrides: a team's decisions as CSV, in an order that keeps its history readable.

One line each, sorted by override_id and date, so that what two people add can be merged by line. A
text that begins like a formula is written after an apostrophe, which keeps a spreadsheet program
from running it, and does not count when texts are compared.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl
from pandera.errors import SchemaErrors

from flows.coding import Overrides
from flows.reports.whole_file import write_whole
from reference.keys import one_line, text_key
from reference.lookup import Lookup
from schemas.errors import ReviewError
from schemas.overrides import OVERRIDES_SCHEMA, Override
from schemas.reviewed import REVIEWED_TEXTS

_ORDER = ("override_id", "decided")
_SHOWN = 20
_FIX = "Mend these rows, or take the file as it was last committed."


def override_ids(texts: pl.DataFrame, scope: pl.Expr) -> pl.Series:
    """The id of an override on each row's REVIEWED_TEXTS: "o-" and 12 hex digits.

    It depends on the scope and the texts that count in it, but not on their case and spacing.
    """
    given = {name: text_key(pl.col(name)).fill_null("") for name in REVIEWED_TEXTS}
    counting = [
        text if name == "job_title" else pl.when(scope == "text").then(text)
        for name, text in given.items()
    ]
    joined = texts.select(
        pl.concat_str([scope, *counting], separator="\x1f", ignore_nulls=True)
    ).to_series()
    digests = (hashlib.sha256(text.encode()).hexdigest()[:12] for text in joined)
    return pl.Series("override_id", [f"o-{digest}" for digest in digests], dtype=pl.String)


def read_overrides(path: Path) -> pl.DataFrame:
    """Read and check a file of overrides; one row per decision, in the order in which they count.

    Raises ReviewError, which names the rows that do not hold, and quotes no text.
    """
    try:
        rows = pl.read_csv(path, infer_schema=False, truncate_ragged_lines=False)
    except OSError as error:
        raise ReviewError(f"{path} cannot be read: {error.strerror or 'no such file'}.") from None
    except pl.exceptions.PolarsError:
        raise ReviewError(f"{path} is not CSV in UTF-8 with columns.", fix=_FIX) from None
    if set(rows.columns) != set(OVERRIDES_SCHEMA):
        raise ReviewError(
            f"{path} has not the columns of a file of overrides.",
            expected=", ".join(OVERRIDES_SCHEMA),
            fix=_FIX,
        )
    overrides = rows.select(
        pl.col(name).str.replace(r"^'([=+\-@])", "${1}") for name in OVERRIDES_SCHEMA
    )
    _check(overrides, path)
    return overrides.sort(_ORDER, maintain_order=True)


def in_force(overrides: pl.DataFrame) -> pl.DataFrame:
    """The last decision of each override_id, of `read_overrides`; one row each."""
    return overrides.unique("override_id", keep="last", maintain_order=True)


def write_overrides(path: Path, overrides: pl.DataFrame) -> None:
    """Write a file of overrides, whole or not at all; the same decisions give the same bytes.

    Raises OutputError if it cannot be written.
    """
    lines = pl.col(OVERRIDES_SCHEMA.names())
    rows = overrides.select(one_line(lines).str.replace(r"^([=+\-@])", "'${1}"))
    write_whole(path, rows.sort(_ORDER, maintain_order=True).write_csv().encode())


def _check(overrides: pl.DataFrame, path: Path) -> None:
    faults = _failed_checks(overrides)
    if not faults:
        ids = override_ids(overrides, pl.col("scope"))
        strange = (overrides["override_id"] != ids).arg_true()
        faults = [(row, "override_id is not that of the scope and the texts") for row in strange]
    if faults:
        told = [f"row {row + 2}: {fault}" for row, fault in sorted(faults)]
        more = [f"and {len(told) - _SHOWN} more"] if len(told) > _SHOWN else []
        found = "\n  ".join([f"{path} is not a sound file of overrides:", *told[:_SHOWN], *more])
        raise ReviewError(found, expected="what schemas/overrides.py says", fix=_FIX)


def _failed_checks(overrides: pl.DataFrame) -> list[tuple[int, str]]:
    """The row, from 0, and the column and check of each failure."""
    try:
        Override.validate(overrides, lazy=True)
    except SchemaErrors as error:
        expected = {name: one.description for name, one in Override.to_schema().columns.items()}
        cases = error.failure_cases.select(pl.col("index").fill_null(-1), "column").unique()
        return [(row, f"{column} is not {expected[column]}") for row, column in cases.iter_rows()]
    return []


def load_overrides(path: Path, lookup: Lookup) -> Overrides:
    """The overrides of a file that are in force, made ready to code with an edition.

    Raises ReviewError as `read_overrides` does.
    """
    return Overrides.of_overrides(in_force(read_overrides(path)), lookup)
