"""The report's tables of all pairs of a previous and a new code or skill level, both ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

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
    equals,
)
from flows.reports.audit_changes import FOR_REVIEW, LEVEL_NAMES, Changes


@dataclass(frozen=True)
class Grid:
    """Records by what they had before and have after; a key that is null is none, or review."""

    pairs: dict[tuple[Any, Any], Figure]
    before: dict[Any, Figure]
    after: dict[Any, Figure]
    whole: Figure

    def sums(self) -> tuple[Sum, ...]:
        """What adds up: rows, columns, and their totals."""
        lines = [
            Sum(whole, tuple(one for pair, one in self.pairs.items() if pair[side] == key))
            for side, wholes in enumerate((self.before, self.after))
            for key, whole in wholes.items()
        ]
        ends = [Sum(self.whole, tuple(wholes.values())) for wholes in (self.before, self.after)]
        return (*lines, *ends)

    def turned(self) -> Grid:
        """The same, from after to before."""
        pairs = {(new, old): figure for (old, new), figure in self.pairs.items()}
        return Grid(pairs, self.after, self.before, self.whole)

    def table(
        self,
        name: str,
        caption: str,
        heads: tuple[str, Callable[[Any], str], Callable[[Any], str]],
    ) -> Table:
        """One row per key before, one column per key after, each with its total.

        `heads`: of the first column, how a row is called, how a column is.
        """
        corner, row_name, column_name = heads
        rows = []
        for key, whole in self.before.items():
            several = [self.pairs.get((key, other)) for other in self.after]
            cells: list[Content] = [Cell(one, "records", whole) if one else "" for one in several]
            rows.append(Row(row_name(key), (*cells, Cell(whole))))
        totals = [Cell(one) for one in self.after.values()]
        return Table(
            name,
            f"{caption} (records, and their share of the row)",
            corner,
            (*map(column_name, self.after), "all"),
            tuple(rows),
            Row("all", (*totals, Cell(self.whole))),
            self.sums(),
            is_matrix=True,
        )


def matrix_tables(changes: Changes, digits: int) -> tuple[Table, Table]:
    """Where those with each previous code went, and where those with each new code came from.

    Whole matrices, for levels with few codes.
    """
    frame = tables.matrix(changes.moves, digits)
    pairs = {
        (row["old"], row["new"]): changes.pair(
            row["old"], row["new"], digits, (row["records"], row["weight"])
        )
        for row in frame.to_dicts()
    }
    before, after = (wholes_of(changes, frame, side, digits) for side in ("old", "new"))
    grid = Grid(pairs, before, after, changes.whole)
    level = LEVEL_NAMES[digits].capitalize()

    def plain(code: str | None) -> str:
        return code or FOR_REVIEW

    return (
        grid.table(
            f"matrix-{digits}-to",
            f"{level}: of those with each previous code, now",
            ("previous code", changes.old_name, plain),
        ),
        grid.turned().table(
            f"matrix-{digits}-from",
            f"{level}: of those now in each code, before",
            ("new code", changes.new_name, plain),
        ),
    )


def wholes_of(
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


def skill_table(changes: Changes) -> Table:
    """Skill levels before and after."""
    frame = tables.skill_levels(changes.tallies)
    columns = {"old": "previous_skill_level", "new": "skill_level"}
    pairs = {
        (row["old"], row["new"]): changes.found(
            (row["records"], row["weight"]),
            *(equals(column, row[side]) for side, column in columns.items()),
        )
        for row in frame.to_dicts()
    }
    before, after = (
        {
            row[side]: changes.found((row["records"], row["weight"]), equals(column, row[side]))
            for row in tables.added_up(frame, side).to_dicts()
        }
        for side, column in columns.items()
    )
    made = Grid(pairs, before, after, changes.whole).table(
        "skill-levels",
        "Skill level before (rows) and after (columns)",
        ("before", lambda level: _level(level, "of a code not in the edition"), _level),
    )
    same = (Sum(changes.withdrawn, (after[None],)),) if None in after else ()
    return replace(made, sums=(*made.sums, *same))


def _level(level: int | None, otherwise: str = FOR_REVIEW) -> str:
    return otherwise if level is None else f"level {level}"


def skill_level_table(tallies: pl.DataFrame, figures: Figures, whole: Figure) -> Table:
    """Skill levels of all coded records, with a previous code or without."""
    rows = tables.added_up(tallies, "skill_level").to_dicts()
    parts = [
        (
            _level(row["skill_level"]),
            figures.found(
                (row["records"], row["weight"]), equals("skill_level", row["skill_level"])
            ),
        )
        for row in rows
    ]
    without = [one for row, (_, one) in zip(rows, parts, strict=True) if row["skill_level"] is None]
    reviewed = figures.found(
        amounts(tables.added_up(tallies.filter(outcome="review"))), equals("outcome", "review")
    )
    return Table(
        "levels",
        "Skill level of the new codes",
        "skill level",
        ("records", "weight", "share of records"),
        tuple(Row(name, amount_cells(one, whole)[:3]) for name, one in parts),
        Row("eligible", amount_cells(whole, whole)[:3]),
        (Sum(whole, tuple(one for _, one in parts)), Sum(reviewed, tuple(without))),
    )
