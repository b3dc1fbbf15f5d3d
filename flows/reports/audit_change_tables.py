"""The report's tables of what became of previous codes: causes, and net against gross change."""

from __future__ import annotations

from dataclasses import replace

from flows.reports import audit_tables as tables
from flows.reports.audit_cells import (
    Cell,
    Figure,
    Row,
    Show,
    Sum,
    Table,
    codes_differ,
    equals,
    ledger,
)
from flows.reports.audit_changes import LEVEL_NAMES, Changes
from schemas.coded import CHANGE_KINDS


def cause_rows(changes: Changes) -> list[tuple[str, Figure]]:
    """Records by cause, in the order of CHANGE_KINDS; those of every cause that occurs."""
    there = set(changes.moves["change_kind"])
    kinds = [kind for kind in CHANGE_KINDS if kind in there]
    return list(zip(kinds, changes.of_kinds(kinds), strict=True))


def cause_table(changes: Changes) -> Table:
    """Records by cause."""
    made = ledger(
        "causes",
        f"Records with a previous {changes.name} code, by what became of it",
        "cause",
        cause_rows(changes),
        ("all previous codes", changes.whole),
    )
    same = Sum(changes.withdrawn, changes.of_kinds(["withdrawn"]))
    return replace(made, sums=(*made.sums, same))


def consequence_table(changes: Changes) -> Table:
    """Records by what their change means in the Skilled Worker tables."""
    rows = []
    for row in tables.consequences(changes.tallies).to_dicts():
        told = row["skilled_worker_change"]
        given = row["records"], row["weight"]
        found = changes.found(given, equals("skilled_worker_change", told))
        rows.append((told or "the same tables, or not known", found))
    return ledger(
        "consequences",
        "Tables of the unit group, before and now",
        "tables",
        rows,
        ("all previous codes", changes.whole),
    )


def shift_table(changes: Changes) -> Table:
    """Net and gross change side by side; one row per level."""
    rows, sums = [], [Sum(changes.whole, (changes.both, changes.withdrawn))]
    for row in changes.shifts.to_dicts():
        gross, same = (changes.differing(row["level"], differ=differ) for differ in (True, False))
        net = changes.figures.named(
            f"net {changes.classification} {row['level']}", (row["net_records"], row["net_weight"])
        )
        plain = Cell(net, is_linked=False), Cell(net, "share", changes.both)
        weighted = Cell(net, "weight_share", changes.both)
        cells = (
            *plain,
            Cell(gross),
            Cell(gross, "share", changes.both),
            weighted,
            Cell(gross, "weight_share", changes.both),
        )
        digits = f"{row['level']} digit{'s' if row['level'] > 1 else ''}"
        rows.append(Row(f"{digits}: {LEVEL_NAMES[row['level']]}", cells))
        sums.append(Sum(changes.both, (gross, same)))
    dash = ("", "")
    return Table(
        "shifts",
        "Net and gross change of the records with a previous and a new code",
        "compared at",
        (
            "net",
            "net share",
            "gross",
            "gross share",
            "net share of weight",
            "gross share of weight",
        ),
        tuple(rows),
        Row("records with both codes", (*dash, *_whole(changes.both), *dash)),
        tuple(sums),
    )


def _whole(figure: Figure) -> tuple[Cell, Cell]:
    return Cell(figure), Cell(figure, "share", figure)


def cause_shift_table(changes: Changes, *, weighted: bool = False) -> Table:
    """Net and gross change of each cause at each level, in records or in weight."""
    frame = tables.shifts(changes.moves, "change_kind")
    show: Show = "weight" if weighted else "records"
    rows, kinds = [], [kind for kind, _ in cause_rows(changes) if kind != "withdrawn"]
    columns: dict[int, list[Figure]] = {level: [] for level in tables.LEVELS}
    for kind in kinds:
        cells: list[Cell] = []
        for row in frame.filter(change_kind=kind).sort("level").to_dicts():
            given = equals("change_kind", kind), codes_differ(row["level"])
            gross = changes.found((row["gross_records"], row["gross_weight"]), *given)
            name = f"net {changes.classification} {row['level']} {kind}"
            net = changes.figures.named(name, (row["net_records"], row["net_weight"]))
            columns[row["level"]].append(gross)
            cells += [Cell(net, show, is_linked=False), Cell(gross, show, is_linked=not weighted)]
        rows.append(Row(kind, tuple(cells)))
    totals: list[Cell] = []
    for row in changes.shifts.to_dicts():
        name = f"net {changes.classification} {row['level']}"
        net = changes.figures.named(name, (row["net_records"], row["net_weight"]))
        gross = changes.differing(row["level"])
        totals += [Cell(net, show, is_linked=False), Cell(gross, show, is_linked=not weighted)]
    return Table(
        "cause-weights" if weighted else "cause-shifts",
        f"Net and gross change by cause and level, {'weighted' if weighted else 'in records'}",
        "cause",
        ("net", "gross") * len(tables.LEVELS),
        tuple(rows),
        Row("all causes (net: of all together)", tuple(totals)),
        tuple(Sum(changes.differing(level), tuple(of)) for level, of in columns.items()),
        groups=tuple((f"{LEVEL_NAMES[level]}", 2) for level in tables.LEVELS),
    )
