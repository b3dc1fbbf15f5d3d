"""A report's tables as text: numbers written, small ones withheld, filters numbered for links."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from flows.reports.audit_cells import Cell, Content, Figure, Row, Table

WITHHELD = "withheld"
NONE = "-"
_OPTIONS = ', missing_columns="insert", extra_columns="ignore"'
_FILES = {"coded": "coded/*.parquet", "quarantined": "quarantine.parquet"}
_COLUMNS = {
    "scheme": "compared_classification",
    "previous": "compared_code",
    "code": "unit_group",
}
_DIGITS = {"before": "compared_code", "now": "unit_group"}
"""Short names for what filters say over and over: files, columns, and so many digits of columns."""


@dataclass
class Shown:
    """How figures are shown on one page."""

    hidden: frozenset[str] = frozenset()
    below: int = 0
    has_weights: bool = True
    has_filters: bool = True
    are_columns_alike: bool = True
    """Whether all coded files have the same columns."""
    filters: dict[str, str] = field(default_factory=dict)
    """The Python to paste for each linked figure, after `setup`, by the id it is linked by."""
    _ids: dict[str, str] = field(default_factory=dict)

    def is_hidden(self, figure: Figure) -> bool:
        """Whether a figure is withheld."""
        return figure.name in self.hidden

    def text(self, cell: Content) -> str:
        """A cell as it is read."""
        if isinstance(cell, str):
            return cell
        figure, whole = cell.figure, cell.of
        if self.is_hidden(figure):
            return f"<{self.below}" if figure.records < self.below else WITHHELD
        if cell.show == "records":
            return f"{figure.records:,}"
        if cell.show == "weight":
            return f"{figure.weight:,.1f}"
        if whole is None or self.is_hidden(whole):
            return WITHHELD
        part, all_of = (
            (figure.records, whole.records)
            if cell.show == "share"
            else (figure.weight, whole.weight)
        )
        return f"{part / all_of:.1%}" if all_of else NONE

    def link(self, cell: Content) -> str:
        """The id of a cell's filter; nothing where it has none."""
        if isinstance(cell, str) or not self.has_filters:
            return ""
        figure = cell.figure
        is_found = cell.show == "records" and cell.is_linked and figure.records
        if not is_found or figure.conditions is None:
            return ""
        if figure.name not in self._ids:
            number = f"f{len(self._ids) + 1}"
            self._ids[figure.name] = number
            self.filters[number] = self.code(figure)
        return self._ids[figure.name]

    def setup(self) -> str:
        """The Python that the filters presuppose, to be run in the folder of results."""
        lines = ["import polars as pl"]
        for name, file in _FILES.items():
            alike = self.are_columns_alike or name == "quarantined"
            lines.append(f'{name} = pl.scan_parquet("{file}"{"" if alike else _OPTIONS})')
        lines += [f'{name} = pl.col("{column}")' for name, column in _COLUMNS.items()]
        lines += [
            f'{name} = lambda digits: pl.col("{column}").str.head(digits)'
            for name, column in _DIGITS.items()
        ]
        return "\n".join(lines)

    def code(self, figure: Figure) -> str:
        """The Python that finds a figure's records, after `setup`."""
        (scan,) = (name for name, file in _FILES.items() if file == figure.file)
        conditions = ", ".join(figure.conditions or ())
        for name, column in _DIGITS.items():
            conditions = conditions.replace(f'pl.col("{column}").str.head(', f"{name}(")
        for name, column in _COLUMNS.items():
            conditions = conditions.replace(f'pl.col("{column}")', name)
        return f"{scan}.filter({conditions})" if conditions else scan

    def table(self, table: Table) -> dict[str, Any]:
        """What the template needs of a table."""
        cut = table if self.has_weights else without_weights(table)
        rows = [self._row(row, cut) for row in cut.rows]
        return {
            "id": cut.id,
            "caption": cut.caption,
            "head": cut.head,
            "columns": cut.columns,
            "groups": cut.groups,
            "texts": cut.texts,
            "is_matrix": cut.is_matrix,
            "rows": rows,
            "total": self._row(cut.total, cut) if cut.total else None,
            "note": cut.note,
        }

    def _row(self, row: Row, table: Table) -> dict[str, Any]:
        cells = [self.cell(cell, in_matrix=table.is_matrix) for cell in row.cells]
        return {"head": row.head, "cells": cells}

    def cell(self, cell: Content, *, in_matrix: bool = False) -> dict[str, Any]:
        """What the template needs of a cell; in a matrix also its share, and how dark it is."""
        share = shade = ""
        if in_matrix and isinstance(cell, Cell) and cell.of is not None:
            told = self.text(replace(cell, show="share"))
            if told.endswith("%"):
                share, shade = told, f"{cell.figure.records / cell.of.records:.2f}".lstrip("0")
        return {"text": self.text(cell), "link": self.link(cell), "share": share, "shade": shade}


def without_weights(table: Table) -> Table:
    """The same table without the columns of weights."""
    first = next((row.cells for row in (*table.rows, table.total) if row), ())
    kept = [place for place, cell in enumerate(first) if not _is_weight(cell)]

    def cut(row: Row) -> Row:
        return replace(row, cells=tuple(row.cells[place] for place in kept))

    return replace(
        table,
        columns=tuple(table.columns[place] for place in kept),
        rows=tuple(cut(row) for row in table.rows),
        total=cut(table.total) if table.total else None,
    )


def _is_weight(cell: Content) -> bool:
    return isinstance(cell, Cell) and cell.show in ("weight", "weight_share")
