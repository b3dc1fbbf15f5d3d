"""What a report's tables are made of: figures that know which records they count, and cells.

A figure is the same wherever it stands, because it is known by its filter: what is withheld in one
table is withheld in all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

Show = Literal["records", "weight", "share", "weight_share"]


@dataclass(frozen=True)
class Figure:
    """How many records, and what weight, a filter finds; known by `name`."""

    name: str
    """The filter itself; or, of a number that no filter finds, what it is."""
    records: int
    weight: float
    conditions: tuple[str, ...] | None = None
    """Polars expressions that all hold of the records; none: no filter finds them."""
    file: str = "coded/*.parquet"


@dataclass(frozen=True)
class Cell:
    """A figure as it is shown in a table: its records, its weight, or its share of another."""

    figure: Figure
    show: Show = "records"
    of: Figure | None = None
    is_linked: bool = True


Content = Cell | str


@dataclass(frozen=True)
class Row:
    """A row of a table: what it is of, and its cells."""

    head: str
    cells: tuple[Content, ...]
    note: str = ""


@dataclass(frozen=True)
class Sum:
    """A total and its parts, all of which a reader may see."""

    total: Figure
    parts: tuple[Figure, ...]
    gives_total: bool = False
    """Whether to withhold the total rather than a part, where one more is to be withheld."""


@dataclass(frozen=True)
class Table:
    """A table of the report. Every row has a cell for each of `columns`, after its head."""

    id: str
    caption: str
    head: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    total: Row | None = None
    sums: tuple[Sum, ...] = ()
    note: str = ""
    groups: tuple[tuple[str, int], ...] = ()
    """Headings over several columns, and how many; none: there are no such headings."""
    is_matrix: bool = False
    texts: int = 0
    """How many of the first columns hold text."""


@dataclass
class Figures:
    """Makes figures; one of the same name is the same figure."""

    made: dict[str, Figure] = field(default_factory=dict)

    def found(self, amounts: tuple[int, float], *conditions: str) -> Figure:
        """The figure of coded records for which all conditions hold."""
        return self._kept(Figure(", ".join(conditions), *amounts, conditions))

    def quarantined(self, records: int, *conditions: str) -> Figure:
        """The figure of quarantined records for which all conditions hold."""
        name = ", ".join(["quarantined", *conditions])
        return self._kept(Figure(name, records, float(records), conditions, "quarantine.parquet"))

    def named(self, name: str, amounts: tuple[int, float]) -> Figure:
        """A figure that no filter finds."""
        return self._kept(Figure(name, *amounts))

    def _kept(self, figure: Figure) -> Figure:
        return self.made.setdefault(figure.name, figure)


AMOUNT_COLUMNS = ("records", "weight", "share of records", "share of weight")


def amount_cells(figure: Figure, of: Figure | None = None) -> tuple[Cell, ...]:
    """Records and weight of a figure, and their shares of another."""
    cells = (Cell(figure), Cell(figure, "weight", is_linked=False))
    if of is None:
        return cells
    return (*cells, Cell(figure, "share", of), Cell(figure, "weight_share", of))


def ledger(
    id: str,
    caption: str,
    head: str,
    rows: Sequence[tuple[str, Figure]],
    total: tuple[str, Figure],
    *,
    note: str = "",
) -> Table:
    """A table of parts and their total, with the share that each part has of it."""
    return Table(
        id,
        caption,
        head,
        AMOUNT_COLUMNS,
        tuple(Row(name, amount_cells(figure, total[1])) for name, figure in rows),
        Row(total[0], amount_cells(total[1], total[1])),
        (Sum(total[1], tuple(figure for _, figure in rows)),),
        note,
    )


def equals(column: str, value: str | int | None) -> str:
    """The condition that a column has a value, as Python; null is no value."""
    if value is None:
        return f'pl.col("{column}").is_null()'
    return f'pl.col("{column}") == {json.dumps(value, ensure_ascii=False)}'


def code_is(column: str, code: str | None, digits: int = 4) -> str:
    """The condition that a code begins with so many digits."""
    if code is None:
        return f'pl.col("{column}").is_null()'
    cut = "" if (column, digits) == ("unit_group", 4) else f".str.head({digits})"
    return f'pl.col("{column}"){cut} == {json.dumps(code)}'


def codes_differ(digits: int, *, differ: bool = True) -> str:
    """The condition that previous and new code differ, or not, in the first digits; both given."""
    sign = "!=" if differ else "=="
    return (
        f'pl.col("compared_code").str.head({digits}) {sign} pl.col("unit_group").str.head({digits})'
    )


def kind_is_in(kinds: tuple[str, ...]) -> str:
    """The condition that a change is of one of these kinds."""
    return f'pl.col("change_kind").is_in({json.dumps(list(kinds))})'


def amounts(frame: pl.DataFrame, prefix: str = "") -> tuple[int, float]:
    """The records and the weight of all rows of a frame; weights are added in their order."""
    records, weight = frame[f"{prefix}records"], frame[f"{prefix}weight"]
    return int(records.sum()), float(weight.sum())
