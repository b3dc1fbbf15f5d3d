"""The report's tables of codes: those affected, and from which code to which."""

from __future__ import annotations

import polars as pl

from flows.reports import audit_tables as tables
from flows.reports.audit_cells import (
    Cell,
    Content,
    Figure,
    Row,
    Sum,
    Table,
    amount_cells,
    amounts,
    code_is,
    codes_differ,
    equals,
    kind_is_in,
)
from flows.reports.audit_changes import FOR_REVIEW, LEVEL_NAMES, Changes
from flows.reports.audit_matrices import wholes_of

FLOWS_DRAWN = {"code": 18, "review": 6}
"""How many of the largest flows are drawn: to another code, and to review."""
CELLS_LISTED = {3: 60, 4: 120}
"""How many of the largest changes are listed at a level; the others are added up."""

_NEWEST = {
    "had": ("records before", ()),
    "stayed": ("stayed", (codes_differ(4, differ=False),)),
    "left": ("out: another code", (codes_differ(4),)),
    "review": ("out: for review", (code_is("unit_group", None),)),
    "affected": ("affected: all out", (f"({codes_differ(4, differ=False)}).ne_missing(True)",)),
    "entered": ("in", (codes_differ(4),)),
}
_EARLIER = {
    "had": ("records before", ()),
    "carried": ("as the index has it", (kind_is_in(tables.CARRIED_OVER),)),
    "changed": ("changed", (kind_is_in(tables.CHANGED),)),
    "review": ("for review", (code_is("unit_group", None),)),
    "affected": ("affected", (kind_is_in((*tables.CHANGED, "withdrawn")),)),
    "unknown": ("not comparable", (equals("change_kind", "not_comparable"),)),
}
_PARTS_OF = {
    "affected": ("left", "changed", "review"),
    "had": ("stayed", "carried", "affected", "unknown"),
}


def code_table(changes: Changes) -> Table:
    """The codes with any change: records in, out, stayed, and the share affected."""
    columns = _NEWEST if changes.is_newest else _EARLIER
    frame = (tables.affected_codes if changes.is_newest else tables.affected_earlier_codes)(
        changes.moves
    )
    least = max(changes.below, 1)
    seen = pl.col("affected_records") >= least
    if changes.is_newest:
        seen |= pl.col("entered_records") >= least
    kept, rest = frame.filter(seen), frame.filter(~seen)
    listed = {row["code"]: _of_code(changes, row, columns) for row in kept.to_dicts()}
    rows = [_code_row(changes.old_name(code), one) for code, one in listed.items()]
    parts = list(listed.values())
    if rest.height:
        own = f"other {changes.classification} codes"
        others = {
            name: changes.figures.named(f"{own}: {name}", amounts(rest, f"{name}_"))
            for name in columns
        }
        parts.append(others)
        fewer = f"with fewer than {least} affected" if changes.below else "with no change"
        rows.append(_code_row(f"{rest.height:,} other codes, {fewer}", others))
    whole = {
        name: changes.found(amounts(frame, f"{name}_"), *conditions)
        for name, (_, conditions) in columns.items()
    }
    sums = [Sum(whole[name], tuple(one[name] for one in parts)) for name in columns]
    sums += [
        Sum(one[total], tuple(one[name] for name in names if name in one))
        for one in (*parts, whole)
        for total, names in _PARTS_OF.items()
    ]
    if not changes.is_newest:
        sums.append(Sum(whole["carried"], changes.of_kinds(tables.CARRIED_OVER)))
        sums.append(Sum(whole["changed"], changes.of_kinds(tables.CHANGED)))
        sums.append(Sum(whole["unknown"], changes.of_kinds(["not_comparable"])))
    return Table(
        "codes",
        f"{changes.name} {'unit groups' if changes.is_newest else 'codes'}, most affected first",
        "code" if changes.is_newest else "previous code",
        (*(title for title, _ in columns.values()), "share affected", "weight affected"),
        tuple(rows),
        _code_row("all codes", whole),
        tuple(sums),
    )


def _of_code(
    changes: Changes, row: dict[str, float], columns: dict[str, tuple[str, tuple[str, ...]]]
) -> dict[str, Figure]:
    figures = {}
    for name, (_, conditions) in columns.items():
        side = "unit_group" if name == "entered" else "compared_code"
        given = int(row[f"{name}_records"]), row[f"{name}_weight"]
        figures[name] = changes.found(given, code_is(side, str(row["code"])), *conditions)
    return figures


def _code_row(head: str, figures: dict[str, Figure]) -> Row:
    affected = figures["affected"]
    more = Cell(affected, "share", figures["had"]), Cell(affected, "weight", is_linked=False)
    return Row(head, (*map(Cell, figures.values()), *more))


def largest_table(changes: Changes, digits: int) -> Table:
    """The largest changes from one code to another at a level, and the rest added up.

    For earlier classifications, whose codes are of another frame, the largest flows.
    """
    every = tables.matrix(changes.moves, digits)
    frame = every.filter(pl.col("new").is_not_null())
    moved = frame.filter(pl.col("old") != pl.col("new")) if changes.is_newest else frame
    kept, rest = _largest(moved, CELLS_LISTED[digits], changes.below)
    before = wholes_of(changes, every, "old", digits)
    now = wholes_of(changes, frame, "new", digits)
    rows: list[Row] = []
    parts: list[Figure] = []
    dash = ("", "")
    for row in kept.to_dicts():
        old, new = row["old"], row["new"]
        figure = changes.pair(old, new, digits, (row["records"], row["weight"]))
        parts.append(figure)
        shares = [Cell(figure, "share", of) for of in (before[old], now[new])]
        cells: tuple[Content, ...] = changes.new_name(new), *amount_cells(figure), *shares
        rows.append(Row(changes.old_name(old), cells))
    ends: list[tuple[str, str, Figure]] = [("any code", FOR_REVIEW, changes.withdrawn)]
    if changes.is_newest:
        ends.insert(0, ("the same code", "", changes.differing(digits, differ=False)))
    if rest.height:
        name = f"smaller {changes.classification} {digits}"
        others = changes.figures.named(name, amounts(rest))
        ends.insert(0, (f"{rest.height:,} smaller", "", others))
    rows += [Row(old, (new, *amount_cells(figure), *dash)) for old, new, figure in ends]
    return Table(
        f"largest-{digits}",
        f"{LEVEL_NAMES[digits].capitalize()}: the largest "
        + ("changes" if changes.is_newest else "flows"),
        "from",
        (
            "to",
            "records",
            "weight",
            "of those with the previous code",
            "of those with the new code",
        ),
        tuple(rows),
        Row("all previous codes", ("", *amount_cells(changes.whole), *dash)),
        (Sum(changes.whole, (*parts, *(figure for *_, figure in ends))),),
        texts=1,
    )


def _largest(
    frame: pl.DataFrame, count: int, below: int, aside: int = 0
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows with most records, and the rest: neither with fewer than `below` records.

    `aside`: records that will be added to the rest.
    """
    ordered = tables.largest_first(frame)
    count = min(count, ordered.filter(pl.col("records") >= below).height)
    while count and 0 < ordered[count:]["records"].sum() + aside < below:
        count -= 1
    return ordered[:count], ordered[count:]


def flow_table(changes: Changes) -> tuple[Table, list[tuple[str, str, str, Figure]], Figure]:
    """The flows to be drawn, largest first, by cause, and all others added up.

    Also gives what a picture needs: from, to, cause and figure of each flow; and the others.
    """
    moved = tables.largest_first(
        changes.moves.filter(
            (pl.col("old") != pl.col("new")) | pl.col("new").is_null()
            if changes.is_newest
            else pl.col("change_kind").is_in([*tables.CHANGED, "withdrawn"])
        )
    )
    is_review = pl.col("new").is_null()
    place = pl.int_range(pl.len()).over(is_review)
    many = pl.when(is_review).then(FLOWS_DRAWN["review"]).otherwise(FLOWS_DRAWN["code"])
    chosen = moved.filter(place < many)
    aside = amounts(moved)[0] - amounts(chosen)[0]
    kept, _ = _largest(chosen, chosen.height, changes.below, aside)
    rest = moved.join(
        kept, on=["old", "new", "change_kind"], how="anti", nulls_equal=True, maintain_order="left"
    )
    drawn = []
    for row in kept.to_dicts():
        figure = changes.found(
            (row["records"], row["weight"]),
            equals("change_kind", row["change_kind"]),
            code_is("compared_code", row["old"]),
            code_is("unit_group", row["new"]),
        )
        names = changes.old_name(row["old"]), changes.new_name(row["new"])
        drawn.append((*names, row["change_kind"], figure))
    name = f"smaller flows {changes.classification}"
    others = changes.figures.named(name, amounts(rest))
    total = changes.figures.named(f"flows {changes.classification}", amounts(moved))
    rows = [Row(old, (new, kind, *amount_cells(one, total)[:3])) for old, new, kind, one in drawn]
    rest_row = Row(f"{rest.height:,} smaller flows", ("", "", *amount_cells(others, total)[:3]))
    changed = (changes.differing(4),) if changes.is_newest else changes.of_kinds(tables.CHANGED)
    table = Table(
        "flows",
        "The largest flows, as drawn above",
        "from",
        ("to", "cause", "records", "weight", "share of records"),
        (*rows, rest_row) if rest.height else tuple(rows),
        Row("all that moved or are for review", ("", "", *amount_cells(total, total)[:3])),
        (
            Sum(total, (*(one for *_, one in drawn), others)),
            Sum(total, (*changed, changes.withdrawn)),
        ),
        texts=2,
    )
    return table, drawn, others
