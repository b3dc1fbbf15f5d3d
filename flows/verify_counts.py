"""Compare the counts in run.json with the rows that are in the results.

Every record that was read is one row, of a coded file or of the quarantine; every record in review
is also a row of the review file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from flows.checks import Check, compare
from flows.recorded_run import RecordedRun, RecordedSource
from flows.reports.manifest import COUNTED, OUTCOMES, assigned_share
from flows.run import quarantine_reasons

UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
"""What reading a damaged Parquet file raises."""

_REVIEW_ROWS = "rows of review.parquet"


def check_counts(recorded: RecordedRun) -> list[Check]:
    """Compare counts with rows: a check per input, one for all of them, one per counted table."""
    coded = {name: _tally(recorded.parquet.get(name)) for name in recorded.source_of}
    review = _rows_by_source(recorded.parquet.get("review.parquet"))
    quarantined = _rows_by_source(recorded.parquet.get("quarantine.parquet"))
    checks, total = [], Counter[str]()
    for source in recorded.sources:
        there = _outcomes([coded[name] for name in source.coded_files])
        there |= {"quarantined": quarantined.pop(source.source_file, 0)}
        there |= {_REVIEW_ROWS: review.pop(source.source_file, 0)}
        total.update(_with_read(there))
        checks.append(_compare(source.source_file, _said(source), _with_read(there)))
    total.update({"quarantined": sum(quarantined.values()), _REVIEW_ROWS: sum(review.values())})
    said = {**recorded.manifest["counts"], _REVIEW_ROWS: recorded.manifest["counts"].get("review")}
    checks.append(_compare("all records", said, total))
    checks.append(_compare_rate(recorded, total))
    return [*checks, *_check_tables(recorded, list(coded.values()))]


def _said(source: RecordedSource) -> dict[str, int]:
    counts = {name: getattr(source, name) for name in ("read", *OUTCOMES)}
    return {**counts, _REVIEW_ROWS: source.review}


def _with_read(there: dict[str, int]) -> dict[str, int]:
    return {"read": sum(there.get(name, 0) for name in OUTCOMES), **there}


def _compare(name: str, said: Mapping[str, Any], there: Mapping[str, Any]) -> Check:
    """Compare what run.json says with what there is; a count that is not there is none."""
    different = [key for key in {**said, **there} if (said.get(key) or 0) != (there.get(key) or 0)]
    return compare(
        "counts",
        name,
        [f"{key}: {said.get(key)} in run.json, {there.get(key, 0)} found" for key in different],
    )


def _compare_rate(recorded: RecordedRun, total: Counter[str]) -> Check:
    names = ("autocoding_rate", "autocoding_rate_denominator")
    there = dict(zip(names, assigned_share(total), strict=True))
    return _compare("autocoding rate", {name: recorded.manifest[name] for name in names}, there)


def _check_tables(recorded: RecordedRun, tallies: list[pl.DataFrame]) -> list[Check]:
    """Compare each table of the manifest that counts records by the values of a coded column."""
    checks = []
    for table, column in COUNTED.items():
        there = Counter[str]()
        for tally in tallies:
            counted = tally.drop_nulls(column).group_by(column).agg(pl.col("len").sum())
            there.update(dict(counted.iter_rows()))
        checks.append(_compare(table, recorded.manifest.get(table) or {}, there))
    quarantine = recorded.parquet.get("quarantine.parquet")
    said = recorded.manifest["quarantine_reasons"]
    return [*checks, _compare("quarantine_reasons", said, _reasons(quarantine))]


def _tally(path: Path | None) -> pl.DataFrame:
    """Count a coded file's rows by outcome and the columns of COUNTED; none if it is unreadable."""
    columns = ["outcome", *COUNTED.values()]
    nothing = pl.DataFrame(schema={**dict.fromkeys(columns, pl.String), "len": pl.UInt32})
    if path is None:
        return nothing
    try:
        frame = pl.scan_parquet(path, glob=False).select(pl.col(columns).cast(pl.String))
        return frame.group_by(columns).len().sort(columns).collect()
    except UNREADABLE:
        return nothing


def _outcomes(tallies: list[pl.DataFrame]) -> dict[str, int]:
    counted = Counter[str]()
    for tally in tallies:
        counted.update(dict(tally.group_by("outcome").agg(pl.col("len").sum()).iter_rows()))
    return dict(counted)


def _rows_by_source(path: Path | None) -> dict[str, int]:
    if path is None:
        return {}
    try:
        frame = pl.scan_parquet(path, glob=False).group_by("source_file").len()
        return dict(frame.sort("source_file").collect().iter_rows())
    except UNREADABLE:
        return {}


def _reasons(quarantine: Path | None) -> dict[str, int]:
    try:
        return quarantine_reasons(quarantine) if quarantine else {}
    except UNREADABLE:
        return {}
