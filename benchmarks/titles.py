"""What the accuracy benchmark's parts share: titles coded alone, and figures printed alike."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from flows.coding import code_records
from reference.lookup import Lookup
from schemas.records import CANONICAL_COLUMNS

_OPTIONAL = ("candidates", "certainty", "safe_code")
"""Columns that an engine may lack, or leave empty: nothing fails without them."""


class Figure(NamedTuple):
    """One line of the table at the end."""

    part: str
    what: str
    value: str


@dataclass(frozen=True)
class Coding:
    """Titles coded alone, in their order, and the seconds that took.

    `coded` has the engine's columns, those of _OPTIONAL at least as nulls, and: job_title; got
    (the unit group given); first (got, or the unit group of the first candidate); safe (got, or
    the safe code's first four digits if it has three or more); sure (the certainty, a number).
    """

    coded: pl.DataFrame
    seconds: float

    @property
    def rate(self) -> str:
        return f"{self.coded.height / self.seconds:,.0f}"


def code_titles(titles: pl.Series, lookup: Lookup) -> Coding:
    """Code records that have a job title and nothing else."""
    frame = pl.DataFrame({"job_title": titles}).select(
        pl.col(column) if column == "job_title" else pl.lit(None, pl.String).alias(column)
        for column in CANONICAL_COLUMNS
    )
    began = time.perf_counter()
    coded = code_records(frame.lazy(), lookup).collect()
    seconds = time.perf_counter() - began
    absent = [
        pl.lit(None, pl.String).alias(name) for name in _OPTIONAL if name not in coded.columns
    ]
    text = {name: pl.col(name).cast(pl.String) for name in ("unit_group", *_OPTIONAL)}
    got, digits = text["unit_group"], text["safe_code"].str.extract(r"^(\d{3,4})")
    return Coding(
        coded.with_columns(absent).with_columns(
            job_title=titles,
            got=got,
            first=pl.coalesce(got, text["candidates"].str.extract(r"\b(\d{4})\b")),
            safe=pl.coalesce(got, digits),
            sure=text["certainty"].cast(pl.Float64, strict=False),
        ),
        seconds,
    )


def percent(count: int, of: int) -> str:
    return f"{count / of:.1%}" if of else "-"


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]], indent: str = "  ") -> None:
    """Print rows in columns: the first to the left, the others to the right."""
    lines = [headers, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headers))]
    for line in lines:
        first, *others = (
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print(indent + "  ".join([first, *others]).rstrip())


def print_counts(what: str, column: pl.Series) -> None:
    """Print how often each value of a column occurs, commonest first; null is "none"."""
    counts = column.cast(pl.String).fill_null("none").alias("value").value_counts(sort=True)
    rows = [
        (str(value), f"{count:,}", percent(count, column.len()))
        for value, count in counts.sort("count", "value", descending=[True, False]).iter_rows()
    ]
    print_table((what, "titles", "share"), rows)
