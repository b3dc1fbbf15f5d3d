"""Number texts, and find equal rows by their numbers: comparing text is what takes time."""

from __future__ import annotations

import polars as pl

_MOST_NUMBERS = 2**63


class Numbering:
    """Numbers texts: the same text has the same number for as long as this lives."""

    def __init__(self) -> None:
        # An empty series keeps the numbers alive between batches: Polars forgets the categories
        # of a type, and numbers anew, once no series of that type is left.
        self._held = pl.Series([], dtype=pl.Categorical(pl.Categories.random()))

    def number(self, texts: pl.Expr) -> pl.Expr:
        """The number of each text; null for null. Several columns are numbered side by side."""
        return texts.cast(self._held.dtype).to_physical()


def first_of_each(numbers: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """The rows at which each distinct combination occurs first; and for each row, which of them."""
    combined = _combined(numbers)
    rows = combined.arg_unique()
    order = combined.gather(rows).to_frame().with_row_index("order")
    joined = combined.to_frame().join(order, on="combined", how="left", maintain_order="left")
    return rows, joined["order"]


def _combined(numbers: pl.DataFrame) -> pl.Series:
    """One number per row, equal where all columns are."""
    combined = pl.repeat(0, numbers.height, dtype=pl.UInt64, eager=True)
    values = 1
    largest = numbers.select(pl.all().max().cast(pl.Int64)).row(0)
    for column, most in zip(numbers, largest, strict=True):
        if most is None:
            continue
        if values * (most + 2) > _MOST_NUMBERS:
            combined = combined.rank("dense").cast(pl.UInt64)
            values = numbers.height + 1
        combined = combined * (most + 2) + column.cast(pl.UInt64).fill_null(most + 1)
        values *= most + 2
    return combined.alias("combined")
