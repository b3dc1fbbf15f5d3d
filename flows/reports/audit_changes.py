"""The previous codes of one classification: figures of the records that have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from flows.reports import audit_tables as tables
from flows.reports.audit_cells import Figure, Figures, amounts, code_is, codes_differ, equals

FOR_REVIEW = "for review"
LEVEL_NAMES = {1: "major groups", 2: "sub-major groups", 3: "minor groups", 4: "unit groups"}


@dataclass
class Changes:
    """The previous codes of one classification, and figures of them."""

    tallies: pl.DataFrame
    classification: str
    figures: Figures
    titles: dict[str, str]
    """Titles of SOC 2020 groups by code."""
    below: int = 0
    """Rows with fewer records are added up, where a list can do without them."""

    @property
    def is_newest(self) -> bool:
        """Whether previous and new codes are of the same classification."""
        return self.classification == "SOC2020"

    @property
    def name(self) -> str:
        """The classification as people write it."""
        return f"SOC {self.classification.removeprefix('SOC')}"

    @cached_property
    def moves(self) -> pl.DataFrame:
        """See flows/reports/audit_tables.py."""
        return tables.moves(self.tallies, self.classification)

    @cached_property
    def shifts(self) -> pl.DataFrame:
        """Net and gross change, one row per level."""
        return tables.shifts(self.moves)

    def found(self, amounts: tuple[int, float], *conditions: str) -> Figure:
        """The figure of records with a previous code of this classification."""
        own = equals("compared_classification", self.classification)
        return self.figures.found(amounts, own, *conditions)

    @cached_property
    def whole(self) -> Figure:
        """All records with a previous code of this classification."""
        return self.found(amounts(tables.added_up(self.moves)))

    @cached_property
    def withdrawn(self) -> Figure:
        """Those without a new code."""
        return self.found(self._amounts(pl.col("new").is_null()), code_is("unit_group", None))

    @cached_property
    def both(self) -> Figure:
        """Those with a previous and a new code."""
        given = self._amounts(pl.col("new").is_not_null())
        return self.found(given, 'pl.col("unit_group").is_not_null()')

    def differing(self, digits: int, *, differ: bool = True) -> Figure:
        """Those with both codes, which differ, or not, at a level."""
        old, new = (pl.col(name).str.head(digits) for name in ("old", "new"))
        given = self._amounts(old != new if differ else old == new)
        return self.found(given, codes_differ(digits, differ=differ))

    def _amounts(self, condition: pl.Expr) -> tuple[int, float]:
        return amounts(tables.added_up(self.moves.filter(condition)))

    def pair(self, old: str, new: str | None, digits: int, given: tuple[int, float]) -> Figure:
        """Those with this previous and this new code at a level."""
        conditions = code_is("compared_code", old, digits), code_is("unit_group", new, digits)
        return self.found(given, *conditions)

    def old_name(self, code: str) -> str:
        """A previous code, with its title where the edition has it."""
        return self._titled(code) if self.is_newest else code

    def new_name(self, code: str | None) -> str:
        """A new code with its title; review has a name, too."""
        return FOR_REVIEW if code is None else self._titled(code)

    def _titled(self, code: str) -> str:
        return f"{code} {self.titles.get(code, '')}".rstrip()

    def of_kinds(self, kinds: Sequence[str]) -> tuple[Figure, ...]:
        """Those of each of these causes, as far as there are any."""
        found = [(kind, self._amounts(pl.col("change_kind") == kind)) for kind in kinds]
        return tuple(
            self.found(given, equals("change_kind", kind)) for kind, given in found if given[0]
        )
