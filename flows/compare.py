"""Compare two runs record by record: changes.parquet, and compare.json that counts them by cause.

The records that differ are found in one streaming join of codes; only for them is more read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from flows.comparison import CODES, DETAILS, scan_coded, side_by_side, tell_causes
from flows.in_place import in_place
from flows.reports.manifest import file_sha256
from flows.results import MANIFEST, Results, read_results
from reference.edition_changes import EditionChanges, edition_changes, no_changes
from reference.store import load
from schemas.changes import BETWEEN_RUNS, ChangedRecord
from schemas.errors import EditionError, OutputError

COMPARED, CHANGES = "compare.json", "changes.parquet"
DIFFERS = {
    "kind": "kind of extract",
    "reference_version": "edition",
    "criteria_version": "criteria",
    "code_version": "code",
    "mapping_sha256": "mapping",
    "input_sha256": "input",
}
"""What can differ between two runs: where it stands in run.json, and what it is called."""
LARGEST = 20
"""Flows from one code to another that are listed: those of most weight."""
BATCH_ROWS = 500_000
_DIGITS = (1, 2, 3, 4, 6)


class Runs(NamedTuple):
    """The two runs that are compared: their folders, manifests and tallies."""

    folders: tuple[Path, Path]
    before: Results
    now: Results


def compare_runs(before: Path, now: Path, out: Path, *, replace: bool = False) -> dict[str, Any]:
    """Compare the results of two runs, and write the comparison to a folder; gives compare.json.

    Raises OutputError if a folder does not hold results, or `out` cannot be used.
    """
    runs = Runs((before, now), read_results(before), read_results(now))
    _check_files(runs, out)
    editions, notes = _editions(runs)
    with in_place(out, COMPARED, replace=replace) as folder:
        moved = folder / "moved.parquet"
        side_by_side(*_scan(runs, CODES)).sink_parquet(moved)
        told = tell_causes(_with_details(moved, runs), editions)
        told.sort("source_file", "source_row").sink_parquet(folder / CHANGES)
        report = _report(runs, pl.scan_parquet(moved, glob=False), folder / CHANGES, notes)
        moved.unlink()
        text = json.dumps(report, indent=2, ensure_ascii=False)
        (folder / COMPARED).write_text(text + "\n", encoding="utf-8")
    return report


def _check_files(runs: Runs, out: Path) -> None:
    for folder, results in zip(runs.folders, (runs.before, runs.now), strict=True):
        if folder.resolve().is_relative_to(out.resolve()):
            raise OutputError(
                f"{out} holds what is to be compared, which the comparison would replace.",
                fix="Name another folder with --out.",
            )
        for source in results.manifest["sources"]:
            for name in source["coded_files"]:
                if not (folder / name).is_file():
                    raise OutputError(
                        f"{folder / name} is missing.", expected="all of a run's files"
                    )


def _editions(runs: Runs) -> tuple[EditionChanges, list[str]]:
    """What the two editions differ in, if both are installed as they were used, and notes."""
    if runs.before.manifest["reference_version"] == runs.now.manifest["reference_version"]:
        return no_changes(), []
    indexes, notes = [], []
    for results in (runs.before, runs.now):
        name = results.manifest["edition"]
        try:
            edition = load(name)
        except EditionError:
            edition = None
        if edition and edition.reference_version == results.manifest["reference_version"]:
            indexes.append(edition.index)
        else:
            notes.append(
                f"Edition {name} is not installed as the run used it: which entries are new, gone "
                "or reworded is not told, nor are notes of the index cited."
            )
    return (no_changes() if notes else edition_changes(*indexes)), notes


def _scan(runs: Runs, columns: tuple[str, ...]) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    before, now = (
        scan_coded(folder, results.manifest, columns)
        for folder, results in zip(runs.folders, (runs.before, runs.now), strict=True)
    )
    return before, now


def _with_details(moved: Path, runs: Runs) -> pl.LazyFrame:
    """The changed records that both runs have, with what their causes are told with."""
    told = _in_both(pl.scan_parquet(moved, glob=False))
    ids = told.select("record_id")
    for frame, side in zip(_scan(runs, DETAILS), ("before", "now"), strict=True):
        details = frame.select(
            "record_id", *(pl.col(name).alias(f"{name}_{side}") for name in DETAILS)
        )
        told = told.join(details.join(ids, on="record_id", how="semi"), on="record_id", how="left")
    return told


def _in_both(moved: pl.LazyFrame) -> pl.LazyFrame:
    return moved.filter(pl.col("outcome_before").is_not_null(), pl.col("outcome_now").is_not_null())


def _report(runs: Runs, moved: pl.LazyFrame, changes: Path, notes: list[str]) -> dict[str, Any]:
    """Count the changes; raises if a row of them is not as it should be: a defect."""
    changed = pl.scan_parquet(changes, glob=False)
    for batch in changed.collect_batches(chunk_size=BATCH_ROWS):
        ChangedRecord.validate(batch)
    differs = [
        name for key, name in DIFFERS.items() if runs.before.manifest[key] != runs.now.manifest[key]
    ]
    if "input" in differs:
        notes = [*notes, "The extracts differ: records are matched by record_id alone."]
    only = {
        side: _total(moved.filter(pl.col(f"outcome_{other}").is_null())) for side, other in _OTHER
    }
    coded_in_both = _coded_in_both(runs, moved)
    return {
        "before": _described(runs.folders[0], runs.before),
        "now": _described(runs.folders[1], runs.now),
        "differs": differs,
        "notes": notes,
        "only_before": only["before"],
        "only_now": only["now"],
        "coded_in_both": coded_in_both,
        "changed": _total(changed),
        "change_kinds": _by_kind(changed),
        "levels": [_level(digits, changed, coded_in_both) for digits in _DIGITS],
        "largest_flows": _flows(changed),
        "outputs": {CHANGES: file_sha256(changes)},
    }


_OTHER = (("before", "now"), ("now", "before"))


def _described(folder: Path, results: Results) -> dict[str, Any]:
    manifest = results.manifest
    facts = {key: manifest[key] for key in ("run_id", "edition", *DIFFERS)}
    return (
        facts | {"run_json_sha256": file_sha256(folder / MANIFEST)} | _total(results.tallies.lazy())
    )


def _total(frame: pl.LazyFrame) -> dict[str, Any]:
    """How many records, and what weight; of tallies, those that they count."""
    counted = "records" in frame.collect_schema()
    records = pl.col("records").sum() if counted else pl.len()
    totals = frame.select(records.alias("records"), pl.col("weight").sum().round(3))
    return dict(totals.collect().row(0, named=True))


def _coded_in_both(runs: Runs, moved: pl.LazyFrame) -> dict[str, Any]:
    """How many records have a code in both runs: those that had one, but for what it lost."""
    coded = _total(runs.before.tallies.lazy().filter(pl.col("outcome") != "review"))
    lost = pl.col("outcome_now").is_null() | (pl.col("outcome_now") == "review")
    gone = _total(moved.filter(pl.col("outcome_before") != "review", lost))
    return {name: round(coded[name] - gone[name], 3) for name in coded}


def _by_kind(changed: pl.LazyFrame) -> dict[str, dict[str, Any]]:
    """Changed records by kind, in the vocabulary's order; all kinds, also those without any."""
    counted = changed.group_by("change_kind").agg(pl.len(), pl.col("weight").sum()).collect()
    found = {kind: {"records": n, "weight": round(w, 3)} for kind, n, w in counted.iter_rows()}
    return {kind: found.get(kind, {"records": 0, "weight": 0.0}) for kind in BETWEEN_RUNS}


def _level(digits: int, changed: pl.LazyFrame, whole: dict[str, Any]) -> dict[str, Any]:
    """Gross and net change at a level, of the records with a code in both runs.

    gross: records whose code differs; net: half the sum of the differences in each code's count,
    which is less where records change places. Per cent is of the weight.
    """
    before, now = (_code(side, digits) for side in ("before", "now"))
    pairs = (
        changed.select("weight", before=before, now=now)
        .drop_nulls()
        .filter(pl.col("before") != pl.col("now"))
        .group_by("before", "now")
        .agg(records=pl.len().cast(pl.Int64), weight=pl.col("weight").sum())
    )
    amounts = pl.col("records", "weight")
    ends = [pairs.select(amounts * sign, code=side) for side, sign in (("before", -1), ("now", 1))]
    net = pl.concat(ends).group_by("code").agg(amounts.sum()).select(amounts.abs().sum() / 2)
    found = {"gross": pairs.select(amounts.sum()).collect(), "net": net.collect()}
    level: dict[str, Any] = {"digits": digits}
    for name, totals in found.items():
        weight = totals["weight"].item()
        level[f"{name}_records"] = int(totals["records"].item())
        level[f"{name}_weight"] = round(weight, 3)
        level[f"{name}_percent"] = (
            round(100 * weight / whole["weight"], 3) if whole["weight"] else None
        )
    return level


def _code(side: str, digits: int) -> pl.Expr:
    """A record's code at a level; at 6 digits its unit group, if that is not divided."""
    group = pl.col(f"unit_group_{side}")
    return pl.coalesce(f"sub_unit_group_{side}", group) if digits > 4 else group.str.head(digits)


def _flows(changed: pl.LazyFrame) -> list[dict[str, Any]]:
    """The largest flows from one code, or review, to another, by weight."""
    ends = {side: pl.coalesce(_code(side, 6), pl.lit("review")) for side in ("before", "now")}
    flows = changed.group_by(end.alias(side) for side, end in ends.items()).agg(
        records=pl.len(), weight=pl.col("weight").sum().round(3)
    )
    ordered = flows.filter(pl.col("before") != pl.col("now")).sort(
        "weight", "records", "before", "now", descending=[True, True, False, False]
    )
    return ordered.head(LARGEST).collect().to_dicts()
