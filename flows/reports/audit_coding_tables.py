"""The report's tables of how records were coded: outcomes, rates, evidence, reasons, certainty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from flows.reports import audit_tables as tables
from flows.reports.audit_cells import (
    AMOUNT_COLUMNS,
    Cell,
    Figure,
    Figures,
    Row,
    Sum,
    Table,
    amount_cells,
    amounts,
    equals,
    ledger,
)
from flows.reports.summary import OUTCOMES

NO_EVIDENCE = "no evidence given"
"""How the reasons begin of defaults taken because a record says nothing of a qualifier."""

_NOT_GIVEN = f'pl.col("default_reason").str.starts_with("{NO_EVIDENCE}")'


def eligible(tallies: pl.DataFrame, figures: Figures) -> Figure:
    """The figure of all records that were coded, or sent to review."""
    return figures.found(amounts(tables.added_up(tallies)))


def outcome_tables(
    tallies: pl.DataFrame, manifest: dict[str, Any], figures: Figures
) -> dict[str, Table]:
    """Outcomes of all records read, the autocoding rate at 4 and 6 digits, and each file's."""
    counts, all_eligible = manifest["counts"], eligible(tallies, figures)
    coded = {row["outcome"]: (row["records"], row["weight"]) for row in _rows(tallies)}
    parts = {
        name: figures.found(coded.get(name, (0, 0.0)), equals("outcome", name))
        for name in ("assigned", "assigned_by_default", "review")
    }
    parts["quarantined"] = figures.quarantined(counts["quarantined"])
    read = figures.named("read", (counts["read"], 0.0))
    outcomes = Table(
        "outcomes",
        "What became of the records",
        "outcome",
        ("records", "share of those read"),
        tuple(Row(OUTCOMES[name], _plain(part, read)) for name, part in parts.items()),
        Row("read", _plain(read, read)),
        (
            Sum(read, (all_eligible, parts["quarantined"]), gives_total=True),
            Sum(read, tuple(parts.values())),
            Sum(all_eligible, tuple(parts[name] for name in coded)),
        ),
    )
    rates = _rates(tallies, figures, parts["review"])
    return {"outcomes": outcomes, "rates": rates, "files": _files(manifest, figures)}


def _rows(tallies: pl.DataFrame) -> list[dict[str, Any]]:
    return tables.outcomes(tallies).to_dicts()


def _plain(figure: Figure, of: Figure) -> tuple[Cell, ...]:
    return Cell(figure), Cell(figure, "share", of)


def _rates(tallies: pl.DataFrame, figures: Figures, review: Figure) -> Table:
    """The autocoding rate, with its denominator in the last row."""
    whole = eligible(tallies, figures)
    digits = {row["digits"]: row for row in tables.coded_digits(tallies).to_dicts()}
    unit, sub_unit = (
        figures.found(
            (digits[number]["records"], digits[number]["weight"]),
            f'pl.col("{column}").is_not_null()',
        )
        for number, column in ((4, "unit_group"), (6, "sub_unit_group"))
    )
    undivided = figures.found(
        (unit.records - sub_unit.records, unit.weight - sub_unit.weight),
        'pl.col("unit_group").is_not_null()',
        'pl.col("sub_unit_group").is_null()',
    )
    return Table(
        "rates",
        "Autocoding rate: records with a code, of those that are not quarantined",
        "code",
        AMOUNT_COLUMNS,
        (
            Row("unit group (4 digits)", amount_cells(unit, whole)),
            Row("sub-unit group (6 digits)", amount_cells(sub_unit, whole)),
        ),
        Row("eligible: read, and not quarantined", amount_cells(whole, whole)),
        (Sum(whole, (unit, review)), Sum(unit, (sub_unit, undivided))),
    )


def _files(manifest: dict[str, Any], figures: Figures) -> Table:
    """Outcomes by file; one row per file."""
    rows, sums, names = [], [], ("read", *OUTCOMES)
    columns: dict[str, list[Figure]] = {name: [] for name in names}
    for source in manifest["sources"]:
        one = [
            figures.named(f"{name} of file {source['source_file']}", (source[name], 0.0))
            for name in names
        ]
        for name, figure in zip(names, one, strict=True):
            columns[name].append(figure)
        rows.append(Row(source["source_file"], tuple(map(Cell, one))))
        sums.append(Sum(one[0], tuple(one[1:])))
    totals = {name: (manifest["counts"][name], 0.0) for name in names}
    whole = {
        "read": figures.named("read", totals["read"]),
        "quarantined": figures.quarantined(totals["quarantined"][0]),
        **{
            name: figures.found(totals[name], equals("outcome", name))
            for name in ("assigned", "assigned_by_default", "review")
        },
    }
    return Table(
        "files",
        "Outcomes by file",
        "file",
        ("read", *OUTCOMES.values()),
        tuple(rows),
        Row("all files", tuple(Cell(whole[name]) for name in names)),
        (*sums, *(Sum(whole[name], tuple(columns[name])) for name in names)),
    )


def evidence_tables(tallies: pl.DataFrame, figures: Figures) -> dict[str, Table]:
    """Why defaults were taken, and which evidence would settle most."""
    defaults = tallies.filter(pl.col("default_reason").is_not_null())
    silent = pl.col("default_reason").str.starts_with(NO_EVIDENCE)
    whole = figures.found(
        amounts(tables.added_up(defaults)), equals("outcome", "assigned_by_default")
    )
    sides = [
        (
            "no evidence was given",
            figures.found(amounts(tables.added_up(defaults.filter(silent))), _NOT_GIVEN),
        ),
        (
            "evidence was given, and excluded the qualifiers",
            figures.found(amounts(tables.added_up(defaults.filter(~silent))), f"~{_NOT_GIVEN}"),
        ),
    ]
    why = ledger("defaults", "Why the default was taken", "because", sides, ("all defaults", whole))
    return {
        "defaults": why,
        "default_reasons": reasons(
            tallies, figures, "default_reason", "Defaults by reason, as records have it", whole
        ),
        "missing": _missing(tallies, figures),
    }


def reasons(
    tallies: pl.DataFrame, figures: Figures, column: str, caption: str, whole: Figure
) -> Table:
    """Records by the values of a column, of all that have one."""
    parts = [
        (row[column], figures.found((row["records"], row["weight"]), equals(column, row[column])))
        for row in tables.by_reason(tallies, column).to_dicts()
    ]
    return ledger(column, caption, column.replace("_", " "), parts, ("all of them", whole))


def _missing(tallies: pl.DataFrame, figures: Figures) -> Table:
    """Which evidence that was not given would settle most; by weight."""
    frame = tables.missing_evidence(tallies)
    rows, sums, sides = [], [], {"review": '== "review"', "default": '!= "review"'}
    total = figures.found(amounts(frame), 'pl.col("missing_evidence").is_not_null()')
    columns: dict[str, list[Figure]] = {"": [], "review_": [], "default_": []}

    def parts(prefix: str, *conditions: str) -> Callable[[tuple[int, float]], Figure]:
        outcome = f'pl.col("outcome") {sides[prefix]}'
        return lambda given: figures.found(given, *conditions, outcome)

    for row in frame.to_dicts():
        condition = equals("missing_evidence", row["missing_evidence"])
        all_of = figures.found((row["records"], row["weight"]), condition)
        two = [
            parts(side, condition)((row[f"{side}_records"], row[f"{side}_weight"]))
            for side in sides
        ]
        for kept, figure in zip(columns.values(), (all_of, *two), strict=True):
            kept.append(figure)
        cells = (*amount_cells(all_of, total)[:3], *map(Cell, two))
        rows.append(Row(row["missing_evidence"], cells))
        sums.append(Sum(all_of, tuple(two)))
    given = 'pl.col("missing_evidence").is_not_null()'
    two = [parts(side, given)(amounts(frame, f"{side}_")) for side in sides]
    sums += [
        Sum(whole, tuple(of)) for whole, of in zip((total, *two), columns.values(), strict=True)
    ]
    return Table(
        "missing",
        "Evidence that was not given, and would settle a record",
        "field",
        ("records", "weight", "share of records", "of them for review", "of them by default"),
        tuple(rows),
        Row("all of them", (*amount_cells(total, total)[:3], *map(Cell, two))),
        (*sums, Sum(total, tuple(two))),
    )


def review_table(tallies: pl.DataFrame, figures: Figures) -> Table:
    """Why records are for review."""
    review = amounts(tables.added_up(tallies.filter(outcome="review")))
    whole = figures.found(review, equals("outcome", "review"))
    return reasons(tallies, figures, "review_reason", "Why records are for review", whole)


def method_table(tallies: pl.DataFrame, figures: Figures) -> Table:
    """How titles were found in the index."""
    found = tallies.filter(pl.col("match_method").is_not_null())
    whole = figures.found(amounts(tables.added_up(found)), 'pl.col("match_method").is_not_null()')
    return reasons(tallies, figures, "match_method", "How titles were found in the index", whole)


def certainty_table(tallies: pl.DataFrame, figures: Figures) -> Table:
    """Records by band of their certainty."""
    frame = tables.certainty_bands(tallies)
    whole = eligible(tallies, figures)
    parts = []
    for at in [*range(0, 100, tables.BAND), None]:
        band = frame.filter(pl.col("at").eq_missing(pl.lit(at, pl.Int64)))
        if at is None:
            name, condition = "none is given", equals("certainty", None)
        else:
            last = at + tables.BAND - 1 if at + tables.BAND < 100 else 100
            name = f"{at} to {last}"
            condition = f'pl.col("certainty").is_between({at}, {last})'
        for outcome in ("assigned", "assigned_by_default", "review"):
            part = band.filter(outcome=outcome)
            if at is None or part.height:
                told = f"{name}, {OUTCOMES[outcome]}"
                figure = figures.found(amounts(part), condition, equals("outcome", outcome))
                parts.append((told, figure))
    return ledger(
        "certainty", "Records by certainty, in bands", "certainty", parts, ("eligible", whole)
    )


def quarantine_table(manifest: dict[str, Any], figures: Figures) -> Table:
    """Quarantined records by reason; a record can have several."""
    whole = figures.quarantined(manifest["counts"]["quarantined"])
    rows = [
        Row(
            reason,
            _plain(
                figures.quarantined(count, f'pl.col("reasons").list.contains({reason!r})'), whole
            ),
        )
        for reason, count in manifest["quarantine_reasons"].items()
    ]
    return Table(
        "quarantine",
        "Quarantined records by reason (a record can have several)",
        "reason",
        ("records", "share of those quarantined"),
        tuple(rows),
        Row("quarantined", _plain(whole, whole)),
    )
