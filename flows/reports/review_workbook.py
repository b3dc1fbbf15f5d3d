"""The review workbook: a row for each distinct text in review, and cells for a person's decision.

Every cell is a text or a number, never a formula; all but the reviewer's are locked. The same
review.parquet gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range, xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from flows.reports.review_rows import choices_of, codes_of, review_rows
from reference.lookup import Lookup
from schemas.reviewed import REVIEWED_TEXTS

SHEET, GUIDE, CODES, OFFERED = "review", "how to use", "codes", "offered"
DECISION, SCOPE, REASON = "decision", "scope", "reason"
SCOPES = {"this text": "text", "this title": "title"}
"""What a reviewer can say a decision is about, and the scope it then has."""

_RANKED = {"rank": 6, "records": 9, "weight": 10, "job_title": 30}
_ENTERED = {DECISION: 32, SCOPE: 12, REASON: 30}
_TOLD = {
    "job_description": 40,
    "industry_description": 28,
    "sic2007": 9,
    "qualification": 16,
    "department": 16,
    "candidates": 36,
    "likely_codes": 40,
    "safe_code": 9,
    "alternatives": 60,
    "review_reason": 26,
    "missing_evidence": 22,
}
_WIDTHS = {**_RANKED, **_ENTERED, **_TOLD, "override_id": 16}
"""Every column and its width in characters: what is decided stands beside the title, and stays in
sight. review.parquet explains those that are not the reviewer's."""

_AT = {column: at for at, column in enumerate(_WIDTHS)}
_LINE = 15  # points
_MOST_LINES = 8
_CREATED = datetime(2020, 1, 1)  # any fixed date: the same review has the same bytes
_PROTECTION = {"autofilter": True, "sort": True, "format_rows": True, "format_columns": True}


def heading(column: str) -> str:
    """How a column is called in the workbook."""
    return column.replace("_", " ")


def write_review_workbook(
    review: Path, target: Path, lookup: Lookup, run_id: str, most_rows: int
) -> None:
    """Write the workbook of a run's review.parquet: the `most_rows` texts of the largest weight."""
    codes = codes_of(lookup.groups, lookup.sub_unit_groups)
    rows, distinct = review_rows(review, codes, most_rows)
    about = {"run": run_id, "edition": lookup.edition}
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties(
            {
                "title": "Titles for review",
                "comments": f"Run {run_id}, edition {lookup.edition}",
                "created": _CREATED,
            }
        )
        sheets = {name: book.add_worksheet(name) for name in (SHEET, GUIDE, CODES, OFFERED)}
        wrapped = {"text_wrap": True, "valign": "top", "font_size": 10}
        head = book.add_format({**wrapped, "bold": True, "bg_color": "#DCE6F1", "bottom": 1})
        told = book.add_format({**wrapped, "bottom": 7, "bottom_color": "#A6A6A6"})
        # 49 is Excel's own format for text: what is typed stays so, and 3412/07 becomes no date
        entered = book.add_format(
            {**wrapped, "locked": False, "num_format": 49, "bg_color": "#FFF9E5", "border": 7}
        )
        wrong = book.add_format({"bg_color": "#F8CBAD"})
        known = _write_codes(sheets[CODES], codes)
        _write_rows(sheets[SHEET], rows, head, told, entered)
        _lay_out(sheets[SHEET], rows)
        _offer_choices(sheets[SHEET], sheets[OFFERED], rows, known)
        _mark_unknown(sheets[SHEET], rows.height, known, wrong)
        _write_guide(sheets[GUIDE], about, rows.height, distinct, told)
        for sheet in sheets.values():
            sheet.protect("", _PROTECTION)


def _write_rows(
    sheet: Worksheet, rows: pl.DataFrame, head: Format, told: Format, entered: Format
) -> None:
    """Write the headings and the rows; a row is as high as its texts need, to eight lines."""
    sheet.write_row(0, 0, map(heading, _WIDTHS), head)
    shown = [column for column in _WIDTHS if column not in _ENTERED]
    for number, values in enumerate(rows.select(shown).iter_rows(), 1):
        sheet.set_row(number, _LINE * _lines(shown, values), told)
        for column, value in zip(shown, values, strict=True):
            if isinstance(value, str):
                sheet.write_string(number, _AT[column], value, told)
            elif value is not None:
                sheet.write_number(number, _AT[column], value, told)
        for column in _ENTERED:
            sheet.write_blank(number, _AT[column], None, entered)


def _lines(columns: Iterable[str], values: Iterable[Any]) -> int:
    """How many lines a row's longest text takes."""
    lines = (
        sum(1 + len(line) // _WIDTHS[column] for line in value.split("\n"))
        for column, value in zip(columns, values, strict=True)
        if isinstance(value, str)
    )
    return min(max(lines), _MOST_LINES)


def _lay_out(sheet: Worksheet, rows: pl.DataFrame) -> None:
    """Widths, frozen cells, filter and print; columns in which nothing stands are hidden."""
    empty = {column for column in _TOLD if rows.height and not rows[column].count()}
    for column, width in _WIDTHS.items():
        hidden = {"hidden": column in empty or column == "override_id"}
        sheet.set_column(_AT[column], _AT[column], width, None, hidden)
    last = max(rows.height, 1)
    sheet.autofilter(0, 0, last, len(_WIDTHS) - 2)
    sheet.freeze_panes(1, _AT[DECISION] + 1)
    sheet.ignore_errors({"number_stored_as_text": xl_range(1, 0, last, len(_WIDTHS) - 1)})
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)


def _write_codes(sheet: Worksheet, codes: pl.DataFrame) -> str:
    """Write every code of the edition, with its title, to a hidden sheet; gives their range."""
    for at, (code, title) in enumerate(codes.select("code", "title").iter_rows()):
        sheet.write_string(at, 0, f"{code} {title}")
        sheet.write_string(at, 1, code)
    sheet.hide()
    return f"{CODES}!$%s$1:$%s${codes.height}"


def _offer_choices(sheet: Worksheet, offered: Worksheet, rows: pl.DataFrame, known: str) -> None:
    """Give each decision its drop-down: the codes the row names, or if it names none, all.

    What is typed instead is only marked if it is no code: any code of the edition may be decided.
    """
    at = _AT[DECISION]
    message = {"input_title": "Decision", "input_message": "Choose, or type any code."}
    for number, (choices, first, last) in enumerate(choices_of(rows).iter_rows()):
        offered.write_row(number, 0, choices)
        width = max(len(choices), 1) - 1
        cells = xl_range_abs(number, 0, number, width)
        source = f"{OFFERED}!{cells}" if choices else known % ("A", "A")
        options = {"validate": "list", "source": f"={source}", "show_error": False, **message}
        sheet.data_validation(first, at, last, at, options)
    if rows.height:
        scopes = {"validate": "list", "source": list(SCOPES)}
        sheet.data_validation(1, _AT[SCOPE], rows.height, _AT[SCOPE], scopes)
    offered.hide()


def _mark_unknown(sheet: Worksheet, height: int, known: str, wrong: Format) -> None:
    """Colour a decision that is no code of the edition, alone or with its title."""
    if not height:
        return
    at = _AT[DECISION]
    cell = xl_rowcol_to_cell(1, at, col_abs=True)
    code = f'LEFT({cell}&" ",FIND(" ",{cell}&" ")-1)'
    criteria = f'=AND({cell}<>"",COUNTIF({known % ("B", "B")},{code})=0)'
    options = {"type": "formula", "criteria": criteria, "format": wrong}
    sheet.conditional_format(1, at, height, at, options)


def _write_guide(
    sheet: Worksheet, about: dict[str, str], shown: int, distinct: int, told: Format
) -> None:
    """Say how the workbook is used, and of which run it is."""
    left_out = distinct - shown
    rows = [
        *about.items(),
        ("rows", f"{shown:,} distinct texts, those of the largest weight first."),
        (
            "left out",
            f"{left_out:,} texts of less weight; review.parquet has every record.",
        ),
        (
            DECISION,
            "The code that jobs with these texts get: choose one, or type any unit group (3412) or "
            "sub-unit group (3412/07) of the edition. A code that the edition does not have is "
            "marked. A row without a decision stays in review.",
        ),
        (
            SCOPE,
            "“this text” (also if left empty): for records with all the same texts, whatever the "
            "edition says. “this title”: for every record with this job title that would go to "
            "review, whatever else it says.",
        ),
        (REASON, "Why, in a sentence. Left empty, the run is named as the reason."),
        (
            "other cells",
            "are locked: a decision counts for the texts as they are. There is no password.",
        ),
        (
            "then",
            "soc-recode review apply review.xlsx --author NAME --overrides overrides.csv, and "
            "soc-recode run … --overrides overrides.csv.",
        ),
        (
            "care",
            "The texts are respondents' words: keep this file, and overrides.csv, as you keep the "
            "extract. The texts in the columns: " + ", ".join(map(heading, REVIEWED_TEXTS)) + ".",
        ),
    ]
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 100)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    for at, pair in enumerate(rows):
        for column, text in enumerate(pair):
            sheet.write_string(at, column, text, told)
