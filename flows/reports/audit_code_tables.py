"""The report's tables of codes: those affected, from which code to which, and skill levels."""

from __future__ import annotations

import polars as pl

from flows.reports import audit_tables as tables
from flows.reports.audit_cells import (
    Cell,
    Content,
    Figure,
    Figures,
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


def matrix_tables(changes: Changes, digits: int) -> tuple[Table, Table]:
    """Where those with each previous code went, and where those with each new code came from.

    Whole matrices, for levels with few codes.
    """
    frame = tables.matrix(changes.moves, digits)
    from_old = _wholes(changes, frame, "old", digits)
    to_new = _wholes(changes, frame, "new", digits)
    olds, news = list(from_old), list(to_new)
    pairs = {
        (row["old"], row["new"]): changes.pair(
            row["old"], row["new"], digits, (row["records"], row["weight"])
        )
        for row in frame.to_dicts()
    }
    sums = [
        Sum(whole, tuple(pairs[pair] for pair in pairs if pair[side] == code))
        for side, wholes in enumerate((from_old, to_new))
        for code, whole in wholes.items()
    ] + [Sum(changes.whole, tuple(one.values())) for one in (from_old, to_new)]
    level = LEVEL_NAMES[digits]

    def rows(forth: bool) -> tuple[Row, ...]:
        heads, across, wholes = (olds, news, from_old) if forth else (news, olds, to_new)
        name = changes.old_name if forth else changes.new_name
        found = []
        for head in heads:
            several = [pairs.get((head, other) if forth else (other, head)) for other in across]
            cells = [Cell(one, "records", wholes[head]) if one else "" for one in several]
            found.append(Row(name(head), (*cells, Cell(wholes[head]))))
        return tuple(found)

    def made(forth: bool) -> Table:
        across, wholes = (news, to_new) if forth else (olds, from_old)
        asked = (
            "of those with each previous code, now"
            if forth
            else "of those now in each code, before"
        )
        totals: tuple[Content, ...] = tuple(Cell(one) for one in wholes.values())
        return Table(
            f"matrix-{digits}-{'to' if forth else 'from'}",
            f"{level.capitalize()}: {asked} (records, and their share of the row)",
            "previous code" if forth else "new code",
            (*(code or FOR_REVIEW for code in across), "all"),
            rows(forth),
            Row("all", (*totals, Cell(changes.whole))),
            tuple(sums) if forth else (),
            is_matrix=True,
        )

    return made(forth=True), made(forth=False)


def largest_table(changes: Changes, digits: int) -> Table:
    """The largest changes from one code to another at a level, and the rest added up.

    For earlier classifications, whose codes are of another frame, the largest flows.
    """
    every = tables.matrix(changes.moves, digits)
    frame = every.filter(pl.col("new").is_not_null())
    moved = frame.filter(pl.col("old") != pl.col("new")) if changes.is_newest else frame
    kept, rest = _largest(moved, CELLS_LISTED[digits], changes.below)
    before = _wholes(changes, every, "old", digits)
    now = _wholes(changes, frame, "new", digits)
    rows, parts, dash = [], [], ("", "")
    for row in kept.to_dicts():
        old, new = row["old"], row["new"]
        figure = changes.pair(old, new, digits, (row["records"], row["weight"]))
        parts.append(figure)
        shares = Cell(figure, "share", before[old]), Cell(figure, "share", now[new])
        cells = changes.new_name(new), *amount_cells(figure), *shares
        rows.append(Row(changes.old_name(old), cells))
    ends = [("any code", FOR_REVIEW, changes.withdrawn)]
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


def _wholes(
    changes: Changes, frame: pl.DataFrame, side: str, digits: int
) -> dict[str | None, Figure]:
    """All records with each previous, or each new, code at a level."""
    column = "compared_code" if side == "old" else "unit_group"
    return {
        row[side]: changes.found(
            (row["records"], row["weight"]), code_is(column, row[side], digits)
        )
        for row in tables.added_up(frame, side).to_dicts()
    }


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
    aside = int(moved["records"].sum() - chosen["records"].sum())
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
    table = Table(
        "flows",
        "The largest flows, as drawn above",
        "from",
        ("to", "cause", "records", "weight", "share of records"),
        (*rows, rest_row) if rest.height else tuple(rows),
        Row("all that moved or are for review", ("", "", *amount_cells(total, total)[:3])),
        (Sum(total, (*(one for *_, one in drawn), others)),),
        texts=2,
    )
    return table, drawn, others


def skill_table(changes: Changes) -> Table:
    """Skill levels before and after."""
    frame = tables.skill_levels(changes.tallies)
    olds = frame["old"].unique().sort(nulls_last=True).to_list()
    news = frame["new"].unique().sort(nulls_last=True).to_list()
    rows, sums = [], []
    before = {code: _skill(changes, frame, code, "old") for code in olds}
    after = {code: _skill(changes, frame, code, "new") for code in news}
    pairs = {
        (row["old"], row["new"]): changes.found(
            (row["records"], row["weight"]),
            equals("previous_skill_level", row["old"]),
            equals("skill_level", row["new"]),
        )
        for row in frame.to_dicts()
    }
    for old in olds:
        cells = [pairs.get((old, new)) for new in news]
        whole = before[old]
        shown = [Cell(one, "records", whole) if one else "" for one in cells]
        name = "of a code not in the edition" if old is None else f"level {old}"
        rows.append(Row(name, (*shown, Cell(whole))))
    for side, wholes in enumerate((before, after)):
        sums += [
            Sum(whole, tuple(pairs[pair] for pair in pairs if pair[side] == code))
            for code, whole in wholes.items()
        ]
        sums.append(Sum(changes.whole, tuple(wholes.values())))
    totals = tuple(Cell(one) for one in after.values())
    return Table(
        "skill-levels",
        "Skill level before (rows) and after (columns): records, and their share of the row",
        "before",
        (*(FOR_REVIEW if new is None else f"level {new}" for new in news), "all"),
        tuple(rows),
        Row("all", (*totals, Cell(changes.whole))),
        tuple(sums),
        is_matrix=True,
    )


def _skill(changes: Changes, frame: pl.DataFrame, level: int | None, side: str) -> Figure:
    column = "previous_skill_level" if side == "old" else "skill_level"
    part = frame.filter(pl.col(side).eq_missing(pl.lit(level, pl.Int8)))
    return changes.found(amounts(part), equals(column, level))


def skill_level_table(tallies: pl.DataFrame, figures: Figures, whole: Figure) -> Table:
    """Skill levels of all coded records, with a previous code or without."""
    rows = tables.added_up(tallies, "skill_level").to_dicts()
    parts = [
        (
            FOR_REVIEW if row["skill_level"] is None else f"level {row['skill_level']}",
            figures.found(
                (row["records"], row["weight"]), equals("skill_level", row["skill_level"])
            ),
        )
        for row in rows
    ]
    return Table(
        "levels",
        "Skill level of the new codes",
        "skill level",
        ("records", "weight", "share of records"),
        tuple(Row(name, amount_cells(one, whole)[:3]) for name, one in parts),
        Row("eligible", amount_cells(whole, whole)[:3]),
        (Sum(whole, tuple(one for _, one in parts)),),
    )
