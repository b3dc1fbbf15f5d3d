"""Verify the results of an earlier run: compare what is there with what its run.json says.

Nothing is written or printed. Whether the code of a record is what it would be today is another
question, which flows.replay answers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from flows.checks import Check, compare
from flows.recorded_run import RecordedRun
from flows.reports.manifest import code_version, run_identity
from flows.reports.provenance import PROVENANCE, provenance_text
from flows.verify_counts import UNREADABLE, check_counts
from flows.verify_inputs import check_inputs, watched_sha256
from reference.rulebook import rules_version
from reference.store import show
from schemas.errors import EditionError

_POLARS_OWN = "ARROW:schema"
_SHOWN_CHARACTERS = 40


def verify_run(recorded: RecordedRun, places: list[Path]) -> list[Check]:
    """Compare inputs, outputs, facts and counts with run.json; a check for each, in that order.

    Inputs that are not where they were are looked for in `places`, files and folders.
    """
    return [
        *check_inputs(recorded, places),
        *_check_outputs(recorded),
        *_check_facts(recorded),
        *check_counts(recorded),
    ]


def check_installed(recorded: RecordedRun) -> list[Check]:
    """Compare the code, the criteria and the edition of the run with those installed now.

    A difference is no fault of the results, but a replay cannot be expected to agree.
    """
    said = recorded.manifest
    return [
        _now("code version", said["code_version"], code_version()),
        _now("criteria version", said["criteria_version"], rules_version()),
        _check_edition(said["edition"], said["reference_version"]),
    ]


def _check_edition(edition: str, reference_version: str) -> Check:
    name = f"edition {edition}"
    try:
        return _now(name, reference_version, show(edition)["reference_version"])
    except EditionError:
        return Check("installed", name, "missing", "is not installed")


def _now(name: str, then: str, now: str) -> Check:
    detail = f"{_short(then)} in the run, {_short(now)} now"
    return compare("installed", name, [] if then == now else [detail])


def _check_outputs(recorded: RecordedRun) -> list[Check]:
    """Compare the bytes of each output, and what its metadata says it was made with."""
    checks = [_check_output(recorded, name) for name in recorded.outputs]
    there = {path.relative_to(recorded.folder).as_posix() for path in _parquet(recorded.folder)}
    added = sorted(there - set(recorded.outputs))
    checks += [Check("output", name, "added", "is not in run.json") for name in added]
    unlisted = [name for name in recorded.source_of if name not in recorded.outputs]
    checks += [
        Check("output", name, "differs", "is a file of coded records, but not an output")
        for name in unlisted
    ]
    return [*checks, *_check_provenance(recorded)]


def _parquet(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.parquet") if path.is_file()]


def _check_output(recorded: RecordedRun, name: str) -> Check:
    path = recorded.folder / name
    if not path.is_file():
        return Check("output", name, "missing")
    differences = []
    if watched_sha256(path) != recorded.outputs[name]:
        differences.append("its bytes are not those that were written")
    if name in recorded.parquet:
        differences += _metadata_differences(recorded, name, path)
    return compare("output", name, differences)


def _metadata_differences(recorded: RecordedRun, name: str, path: Path) -> list[str]:
    """What the file says it was made with, where run.json says otherwise; a phrase for each."""
    said = {"run_id": recorded.manifest["run_id"], **recorded.facts}
    if source := recorded.source_of.get(name):
        said |= {"source_file": source.source_file, "source_sha256": source.sha256}
    try:
        there: dict[str, Any] = dict(pl.read_parquet_metadata(path))
    except UNREADABLE:
        return ["it cannot be read as Parquet"]
    there.pop(_POLARS_OWN, None)
    return [
        f"its {key} is {_short(there.get(key))}, {_short(said.get(key))} in run.json"
        for key in {**said, **there}
        if there.get(key) != said.get(key)
    ]


def _check_provenance(recorded: RecordedRun) -> list[Check]:
    """Compare provenance.json with what run.json gives; only the same code writes the same."""
    path = recorded.folder / PROVENANCE
    if not path.is_file():
        return [Check("output", PROVENANCE, "missing")]
    if recorded.manifest["code_version"] != code_version():
        return []
    try:
        same = json.loads(path.read_text("utf-8")) == json.loads(provenance_text(recorded.manifest))
    except (ValueError, TypeError):  # either of them holds what no run writes
        same = False
    return [compare("output", PROVENANCE, [] if same else ["it says other things than run.json"])]


def _check_facts(recorded: RecordedRun) -> list[Check]:
    """Compare the run's id with what it is made of, and the hash of the inputs with theirs."""
    run_id, computed = recorded.manifest["run_id"], run_identity(recorded.facts)
    inputs = " ".join(source.sha256 for source in recorded.sources)
    return [
        compare(
            "facts",
            "run_id",
            [] if run_id == computed else [f"{_short(run_id)}, but its facts give {computed}"],
        ),
        compare(
            "facts",
            "input_sha256",
            [] if recorded.manifest["input_sha256"] == inputs else ["is not that of the sources"],
        ),
    ]


def _short(value: object) -> str:
    text = "missing" if value is None else str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
