"""What the accuracy benchmark's parts share: titles coded alone, and figures printed alike."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from flows.coding import code_records
from flows.settings import RunSettings
from reference.lookup import Lookup
from schemas.records import CANONICAL_COLUMNS

ASSIGN_FROM: int = RunSettings.model_fields["assign_likeness_from"].default


class Figure(NamedTuple):
    """One line of the table at the end."""

    part: str
    what: str
    value: str


@dataclass(frozen=True)
class Coding:
    """Titles coded alone, in their order, and the seconds that took.

    `coded` has the engine's columns and: job_title; got (the unit group given); first (got, or the
    likeliest unit group); safe (got, or the safe code if it has three digits or more); sure (the
    certainty, a number).
    """

    coded: pl.DataFrame
    seconds: float

    @property
    def rate(self) -> str:
        return f"{self.coded.height / self.seconds:,.0f}"


def code_titles(titles: pl.Series, lookup: Lookup) -> Coding:
    """Code records that have a job title and nothing else, as a run does unless told otherwise."""
    frame = pl.DataFrame({"job_title": titles}).select(
        pl.col(column) if column == "job_title" else pl.lit(None, pl.String).alias(column)
        for column in CANONICAL_COLUMNS
    )
    began = time.perf_counter()
    coded = code_records(frame.lazy(), lookup, assign_from=ASSIGN_FROM).collect()
    seconds = time.perf_counter() - began
    got = pl.col("unit_group").cast(pl.String)
    likeliest = pl.col("likely_codes").cast(pl.String).str.extract(r"^(\d{4})")
    safe = pl.col("safe_code").cast(pl.String).str.extract(r"^(\d{3,4})")
    return Coding(
        coded.with_columns(
            job_title=titles,
            got=got,
            first=pl.coalesce(got, likeliest),
            safe=pl.coalesce(got, safe),
            sure=pl.col("certainty").cast(pl.Float64),
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
