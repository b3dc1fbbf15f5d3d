"""Take the decisions from a review workbook: check them all, and store them all or none."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

import fastexcel
import polars as pl

from flows.overrides import in_force, override_ids, write_overrides
from flows.reports.review_workbook import (
    DECISION,
    GUIDE,
    REASON,
    SCOPE,
    SCOPES,
    SHEET,
    heading,
)
from reference.keys import one_line
from schemas.errors import ReviewError
from schemas.overrides import OVERRIDES_SCHEMA
from schemas.reviewed import REVIEWED_TEXTS

_HEADINGS = {
    heading("override_id"): "key",
    DECISION: "decision",
    SCOPE: "said_scope",
    REASON: "reason",
}
_CODE = r"^([1-9]\d{3})(?:/?(\d\d))?(?: |$)"
"""A code, alone or with the title that the drop-down has after it."""


class Reviewed(NamedTuple):
    """The decisions of a workbook, and of which run and edition it is."""

    decided: pl.DataFrame
    """One row per decision: sheet_row, key, decision, said_scope, reason, REVIEWED_TEXTS."""
    run: str | None
    edition: str | None


class Stored(NamedTuple):
    """How many decisions were stored as new, in another's place, and found there already."""

    new: int
    superseding: int
    present: int


def read_review(workbook: Path) -> Reviewed:
    """Read the decided rows of a review workbook.

    Raises ReviewError if it is none.
    """
    try:
        book = fastexcel.read_excel(workbook)
        cells, guide = _cells(book, SHEET), _cells(book, GUIDE)
    except (fastexcel.FastExcelError, OSError):
        raise ReviewError(
            f"{workbook} is no review workbook that can be read.",
            expected=f"an XLSX file with the sheets {SHEET!r} and {GUIDE!r}, as a run writes it",
        ) from None
    names = {**{heading(name): name for name in REVIEWED_TEXTS}, **_HEADINGS}
    found = dict(zip(cells.row(0), cells.columns, strict=True)) if cells.height else {}
    absent = [name for name in names if name not in found]
    if absent:
        raise ReviewError(
            f"{workbook}, sheet {SHEET!r}: row 1 lacks {', '.join(absent)}.",
            expected="the headings as the run wrote them",
            fix="Copy the decisions into the workbook of the run.",
        )
    rows = cells.with_row_index("sheet_row", offset=1).slice(1)
    texts = rows.select("sheet_row", **{to: one_line(pl.col(found[h])) for h, to in names.items()})
    about = dict(guide.select("column_1", "column_2").iter_rows()) if guide.width > 1 else {}
    return Reviewed(texts.drop_nulls("decision"), about.get("run"), about.get("edition"))


def _cells(book: fastexcel.ExcelReader, name: str) -> pl.DataFrame:
    sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
    return sheet.rename({old: f"column_{at}" for at, old in enumerate(sheet.columns, 1)})


def check_decisions(
    reviewed: Reviewed,
    codes: pl.Series,
    earlier: pl.DataFrame,
    *,
    author: str,
    decided: date,
    edition: str,
    supersede: bool = False,
) -> pl.DataFrame:
    """Give the decisions as overrides (schemas/overrides.py), one row each, in the sheet's order.

    `codes` are those of the edition, `earlier` the overrides there are; a further column,
    earlier_code, has the code that is in force for the same texts. Raises ReviewError with every
    fault and its row.
    """
    digits = [pl.col("decision").str.extract(_CODE, group) for group in (1, 2)]
    scope = pl.col("said_scope").fill_null(next(iter(SCOPES)))
    rows = reviewed.decided.with_columns(
        code=pl.concat_str(digits, separator="/", ignore_nulls=True).replace("", None),
        scope=scope.replace_strict(SCOPES, default=None, return_dtype=pl.String),
        reason=pl.col("reason").fill_null(f"review of run {reviewed.run}"),
        decided=pl.lit(decided.isoformat()),
        author=pl.lit(author),
        edition=pl.lit(edition),
    )
    rows = rows.with_columns(
        override_ids(rows, pl.col("scope").fill_null("")),
        override_ids(rows, pl.lit("text")).alias("text_id"),
    )
    last = in_force(earlier).select("override_id", earlier_code="code", earlier_decided="decided")
    rows = rows.join(last, on="override_id", how="left", maintain_order="left")
    faults = pl.concat_list(_faults(codes, edition, supersede=supersede)).list.drop_nulls()
    _refuse(rows.select("sheet_row", fault=faults).explode("fault").drop_nulls("fault"))
    others = [name for name in REVIEWED_TEXTS if name != "job_title"]
    return (
        rows.with_columns(pl.when(scope="text").then(name).alias(name) for name in others)
        .unique("override_id", keep="first", maintain_order=True)
        .select(*OVERRIDES_SCHEMA, "earlier_code")
    )


def store_decisions(path: Path, earlier: pl.DataFrame, made: pl.DataFrame) -> Stored:
    """Add the overrides of `check_decisions` that say something new to the file of `earlier` ones.

    Raises OutputError if it cannot be written.
    """
    added = made.filter(pl.col("earlier_code").ne_missing(pl.col("code")))
    superseding = added["earlier_code"].count()
    if added.height:
        write_overrides(path, pl.concat([earlier, added.drop("earlier_code")]))
    return Stored(added.height - superseding, superseding, made.height - added.height)


def _faults(codes: pl.Series, edition: str, *, supersede: bool) -> list[pl.Expr]:
    """What is wrong with a row, each null if it holds; no text of a respondent is in it."""
    code, decision = pl.col("code"), pl.col("decision")
    is_short = decision.str.contains(r"^[\d/.,-]{1,10}$")
    found = pl.coalesce(code, pl.when(is_short).then(decision), pl.lit("no code"))
    earlier, since = pl.col("earlier_code"), pl.col("earlier_decided")
    changed = earlier.is_not_null() & (earlier != code)
    kept = pl.lit("the texts are not as the run wrote them; expected: the locked cells unaltered")
    known = pl.format("the decision is {}; expected: a code of edition {}", found, pl.lit(edition))
    scopes = " or ".join(f"“{name}”" for name in SCOPES)
    said = pl.lit(f"the scope is something else; expected: {scopes}")
    agreed = pl.format(
        "the decision is {}, but {} was decided as {} on {}; expected: the same, or --supersede",
        *(found, "override_id", earlier, since),
    )
    later = pl.format("{} was decided later, on {}; expected: a later --date", "override_id", since)
    clashes = [_clash(by, words) for by, words in (("text_id", "texts"), ("override_id", "title"))]
    return [
        pl.when(pl.col("key").ne_missing(pl.col("text_id"))).then(kept),
        pl.when(~code.is_in(codes.implode()).fill_null(value=False)).then(known),
        pl.when(pl.col("scope").is_null()).then(said),
        pl.coalesce(clashes),
        pl.when(changed & pl.lit(not supersede)).then(agreed),
        pl.when(changed & (since > pl.col("decided"))).then(later),
    ]


def _clash(by: str, words: str) -> pl.Expr:
    """What is wrong where a row above, the same in `by`, has another code."""
    code = pl.col("code")
    above, row = (column.first().over(by) for column in (code, pl.col("sheet_row")))
    said = pl.format(
        "the decision is {}, but {} in row {} for the same {}; expected: one decision",
        *(code, above, row, pl.lit(words)),
    )
    return pl.when(code != above).then(said)


def _refuse(faults: pl.DataFrame) -> None:
    if faults.height:
        told = [f"row {row}: {fault}" for row, fault in faults.iter_rows()]
        rows = faults["sheet_row"].n_unique()
        raise ReviewError(
            "\n  ".join([f"{rows:,} of the decided rows do not hold; nothing was stored.", *told]),
            fix="Mend these rows in the workbook, and apply it again.",
        )
