"""The report of a run as one HTML page: no network, the same bytes for the same results.

All it says is counted from tallies and manifest. The page is made from
templates/audit_report.html.jinja; everything that is data is escaped there.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from markupsafe import Markup

from flows.reports import audit_charts as charts
from flows.reports import audit_coding_tables as coding
from flows.reports import audit_tables as tables
from flows.reports.audit_cells import Cell, Figure, Figures, Sum, Table, amounts
from flows.reports.audit_change_tables import (
    cause_rows,
    cause_shift_table,
    cause_table,
    consequence_table,
    shift_table,
)
from flows.reports.audit_changes import Changes
from flows.reports.audit_code_tables import code_table, flow_table, largest_table
from flows.reports.audit_matrices import matrix_tables, skill_level_table, skill_table
from flows.reports.audit_shown import Shown
from flows.reports.audit_suppression import withheld
from flows.reports.page import render_page
from flows.reports.whole_file import write_whole
from flows.results import Results
from reference.lookup import Lookup
from schemas.coded import OUTCOMES
from schemas.errors import ReconciliationError

REPORT = "report.html"
SUPPRESS_BELOW = 10

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Section:
    """What the report says of the previous codes of one classification."""

    changes: Changes
    tables: dict[str, Table]
    drawn: list[tuple[str, str, str, Figure]]
    others: Figure


def write_report(out: Path, results: Results, lookup: Lookup, below: int = 0) -> None:
    """Write the report of a run's results to `out`, in place of what is there, once whole.

    `below`: numbers of fewer records are withheld, and filters left out; 0 shows all. Raises
    OutputError if it cannot be written.
    """
    write_whole(out, report_page(results, lookup, below).encode())


def report_page(results: Results, lookup: Lookup, below: int = 0) -> str:
    """Make the page, as text.

    Raises ReconciliationError if tallies and manifest do not count the same records.
    """
    manifest, tallies = results
    _check_counts(tallies, manifest)
    figures = Figures()
    codings = _coding_tables(tallies, manifest, figures)
    sections = [
        _section(Changes(tallies, name, figures, _titles(lookup), below), manifest)
        for name in tables.classifications(tallies)["compared_classification"]
    ]
    previous, sums = _with_previous(tallies, figures, sections)
    for part in (codings, *(section.tables for section in sections)):
        sums += [one for table in part.values() for one in table.sums]
    shown = Shown(
        hidden=withheld(figures.made.values(), sums, below),
        below=below,
        has_weights=bool((tallies["weight"] != tallies["records"]).any()),
        has_filters=not below,
        are_columns_alike=len(manifest["sources"]) < 2,
    )
    return render_page(
        "audit_report.html.jinja",
        manifest=manifest,
        below=below,
        has_weights=shown.has_weights,
        eligible=shown.cell(Cell(coding.eligible(tallies, figures))),
        previous=shown.cell(Cell(previous)),
        coding={name: shown.table(table) for name, table in codings.items()},
        certainty_chart=_drawn(charts.bars(_certainty_bars(codings["certainty"], shown))),
        sections=[_section_shown(section, shown) for section in sections],
        filters=_escaped(shown.filters),
        setup=shown.setup(),
    )


def _check_counts(tallies: pl.DataFrame, manifest: Manifest) -> None:
    counted = dict(tables.outcomes(tallies).select("outcome", "records").iter_rows())
    for outcome in OUTCOMES:
        if counted.get(outcome, 0) != manifest["counts"][outcome]:
            raise ReconciliationError(
                f"tallies.parquet counts {counted.get(outcome, 0)} records {outcome}, run.json "
                f"{manifest['counts'][outcome]}.",
                expected="both from the same run",
            )


def _with_previous(
    tallies: pl.DataFrame, figures: Figures, sections: list[Section]
) -> tuple[Figure, list[Sum]]:
    """The figure of the records that came with a previous code, and what it adds up with."""
    is_given = pl.col("compared_code").is_not_null()
    given, not_given = (
        figures.found(amounts(tables.added_up(tallies.filter(is_so))), condition)
        for is_so, condition in (
            (is_given, 'pl.col("compared_code").is_not_null()'),
            (~is_given, 'pl.col("compared_code").is_null()'),
        )
    )
    sums = [
        Sum(given, tuple(section.changes.whole for section in sections)),
        Sum(coding.eligible(tallies, figures), (given, not_given)),
    ]
    return given, sums


def _titles(lookup: Lookup) -> dict[str, str]:
    """Titles of SOC 2020 groups of all levels, by code."""
    return dict(lookup.groups.select("code", "title").iter_rows())


def _coding_tables(tallies: pl.DataFrame, manifest: Manifest, figures: Figures) -> dict[str, Table]:
    return {
        **coding.outcome_tables(tallies, manifest, figures),
        "levels": skill_level_table(tallies, figures, coding.eligible(tallies, figures)),
        **coding.evidence_tables(tallies, figures),
        "review": coding.review_table(tallies, figures),
        "certainty": coding.certainty_table(tallies, figures),
        "methods": coding.method_table(tallies, figures),
        "quarantine": coding.quarantine_table(manifest, figures),
    }


def _section(changes: Changes, manifest: Manifest) -> Section:
    flows, drawn, others = flow_table(changes)
    made = {"causes": cause_table(changes), "flows": flows, "codes": code_table(changes)}
    if changes.is_newest:
        made["shifts"] = shift_table(changes)
        made["cause_shifts"] = cause_shift_table(changes)
        made["cause_weights"] = cause_shift_table(changes, weighted=True)
        made["skills"] = skill_table(changes)
        if manifest.get("skilled_worker_date"):
            made["consequences"] = consequence_table(changes)
    for digits in (1, 2):
        made[f"to_{digits}"], made[f"from_{digits}"] = matrix_tables(changes, digits)
    for digits in (3, 4):
        made[f"largest_{digits}"] = largest_table(changes, digits)
    return Section(changes, made, drawn, others)


def _section_shown(section: Section, shown: Shown) -> dict[str, Any]:
    """What the template needs of a classification."""
    changes = section.changes
    flows = [
        charts.Flow((old, new), kind, one.records, shown.text(Cell(one)))
        for old, new, kind, one in section.drawn
        if not shown.is_hidden(one)
    ]
    smaller = f"all others · {shown.text(Cell(section.others))}"
    others = charts.Flow(("", ""), "", section.others.records, smaller)
    causes = [
        charts.Bar(kind, one.records, shown.text(Cell(one)), kind)
        for kind, one in cause_rows(changes)
        if not shown.is_hidden(one)
    ]
    is_comparable = changes.is_newest and changes.both.records > 0
    return {
        "classification": changes.classification,
        "name": changes.name,
        "is_newest": changes.is_newest,
        "is_comparable": is_comparable,
        "headline": _headline(changes, shown) if is_comparable else {},
        "kinds": [kind for kind, _ in cause_rows(changes)],
        "tables": {name: shown.table(table) for name, table in section.tables.items()},
        "causes_chart": _drawn(charts.bars(causes)),
        "shift_chart": _drawn(charts.net_and_gross(_shifts(changes, shown)))
        if is_comparable
        else "",
        "has_flows": bool(flows),
        "wide_flows": _drawn(charts.ribbons(flows, others, is_wide=True)) if flows else "",
        "narrow_flows": _drawn(charts.ribbons(flows, others, is_wide=False)) if flows else "",
    }


def _shifts(changes: Changes, shown: Shown) -> list[charts.Shift]:
    """Net and gross share of each level, as far as they are shown."""
    table = shown.table(shift_table(changes))
    found = []
    for row, told in zip(changes.shifts.to_dicts(), table["rows"], strict=True):
        net, gross = (told["cells"][place]["text"] for place in (1, 3))
        both = changes.both.records
        if net.endswith("%") and gross.endswith("%"):
            shares = row["net_records"] / both, row["gross_records"] / both
            found.append(charts.Shift(told["head"], *shares, net, gross))
    return found


def _headline(changes: Changes, shown: Shown) -> dict[str, Any]:
    """The net and gross share at 1 and at 4 digits, and what they are shares of."""
    rows = shown.table(shift_table(changes))["rows"]
    return {
        "both": shown.cell(Cell(changes.both)),
        "gross": shown.cell(Cell(changes.differing(4))),
        **{
            f"{name}_{digits}": rows[digits - 1]["cells"][place]["text"]
            for digits in tables.LEVELS
            for name, place in (("net", 1), ("gross", 3))
        },
    }


def _certainty_bars(table: Table, shown: Shown) -> list[charts.Bar]:
    """A bar for each band of certainty that is not withheld; none for records without any."""
    bars = []
    for row in table.rows:
        cell = row.cells[0]
        is_band = row.head[0].isdigit()
        if is_band and isinstance(cell, Cell) and not shown.is_hidden(cell.figure):
            bars.append(charts.Bar(row.head, cell.figure.records, shown.text(cell)))
    return bars


def _drawn(svg: str) -> Markup:
    """A picture that is made here, of escaped text."""
    return Markup(svg)


def _escaped(filters: dict[str, str]) -> dict[str, Markup]:
    """Filters as text between tags, where quotes need not be escaped: they are most of the page."""
    return {name: Markup(html.escape(code, quote=False)) for name, code in filters.items()}
