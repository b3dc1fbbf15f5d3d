"""A run's beginning and end: the work folder, the manifest, and results that appear in one step.

Everything is written to a work folder beside `out`, which takes its place at the end. A run that
is killed leaves no results where results are expected.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from flows.coding.extract import StagedFile, discover, source_names
from flows.coding.mapping import read_mapping
from flows.reports.manifest import (
    SourceFailure,
    SourceSummary,
    add_up,
    code_version,
    count_outcomes,
    file_sha256,
    run_identity,
)
from flows.settings import RunSettings
from reference.lookup import Lookup, compile_lookup
from reference.rulebook import load_rule_book
from reference.store import STARTER, latest, load
from schemas.errors import OutputError
from schemas.quarantine import QUARANTINE_SCHEMA
from schemas.review import REVIEW_SCHEMA

MANIFEST = "run.json"
STARTER_NOTICE = (
    "Coded with the embedded starter index, which knows the commonest titles only. Install the "
    "full ONS index: `soc-recode reference install soc2020-v13`."
)


@dataclass(frozen=True)
class Run:
    """An opened run: its settings, its files in order, and the folder it works in."""

    settings: RunSettings
    edition: str
    sources: dict[Path, str]
    """Each file and the name it is shown by, in order."""
    stems: dict[str, str]
    """By that name, how the file's results are called."""
    work: Path
    started: datetime
    clock: float = field(default_factory=time.perf_counter)

    @property
    def result(self) -> Path:
        """The folder that becomes `out`."""
        return self.work / "result"


@cache
def load_lookup(edition: str) -> Lookup:
    """Load an edition and compile it with the rule book; once per process."""
    reference = load(edition)
    return compile_lookup(
        edition=edition,
        reference_version=reference.reference_version,
        index=reference.index,
        structure=reference.structure,
        sub_unit_groups=reference.sub_unit_groups,
        rules=load_rule_book(),
    )


def open_run(paths: list[Path], settings: RunSettings) -> Run:
    """Check all that can be checked before records are read, and make the work folder.

    Raises UnreadableFileError, OutputError, EditionError, MappingError or CriteriaError.
    """
    sources = source_names(discover(paths))
    edition = settings.reference or latest()
    load_lookup(edition)
    if settings.mapping:
        read_mapping(settings.mapping)
    _check_out(settings)
    settings.out.parent.mkdir(parents=True, exist_ok=True)
    work = settings.out.parent / f".{settings.out.name}.partial"
    shutil.rmtree(work, ignore_errors=True)
    for folder in ("result/coded", "review", "quarantine", "staging"):
        (work / folder).mkdir(parents=True)
    return Run(settings, edition, sources, _stems(sources), work, datetime.now(UTC))


def _check_out(settings: RunSettings) -> None:
    out = settings.out
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file.", expected="a folder, or a name not yet in use")
    if not out.is_dir() or not any(out.iterdir()):
        return
    if not settings.replace:
        raise OutputError(
            f"{out} is not empty.", fix="Name another folder with --out, or give --replace."
        )
    if not (out / MANIFEST).is_file():
        raise OutputError(
            f"{out} holds something else than the results of a run, and is left alone.",
            expected=f"an empty folder, or one that holds a {MANIFEST}",
        )


def _stems(sources: dict[Path, str]) -> dict[str, str]:
    """A name for each file's results: its own without the ending, numbered where two share it."""
    seen: dict[str, int] = {}
    stems = {}
    for path, name in sources.items():
        seen[path.stem] = seen.get(path.stem, 0) + 1
        stems[name] = path.stem if seen[path.stem] == 1 else f"{path.stem}-{seen[path.stem]}"
    return stems


def identify(run: Run, staged: list[StagedFile]) -> dict[str, str]:
    """What the results depend on, with the run's id; goes into every Parquet file and run.json."""
    lookup = load_lookup(run.edition)
    mapping = run.settings.mapping
    facts = {
        "kind": run.settings.kind,
        "edition": run.edition,
        "reference_version": lookup.reference_version,
        "criteria_version": lookup.criteria_version,
        "code_version": code_version(),
        "mapping_sha256": file_sha256(mapping) if mapping else "",
        "input_sha256": " ".join(file.sha256 for file in staged),
    }
    return {"run_id": run_identity(facts), **facts}


def close_run(
    run: Run,
    identity: dict[str, str],
    staged: list[StagedFile],
    summaries: list[SourceSummary],
    failures: list[SourceFailure],
) -> dict[str, Any]:
    """Gather quarantine and review, check that counts add up, and put the results in place.

    Returns the manifest. Raises ReconciliationError; then there are no results.
    """
    counts = count_outcomes(summaries)
    _gather_quarantine(run, staged, identity)
    _gather(sorted((run.work / "review").iterdir()), REVIEW_SCHEMA).sink_parquet(
        run.result / "review.parquet", metadata=identity
    )
    manifest = _manifest(run, identity, summaries, failures, counts)
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    (run.result / MANIFEST).write_text(text + "\n", encoding="utf-8")
    _put_in_place(run)
    return manifest


def _gather(parts: list[Path], schema: pl.Schema) -> pl.LazyFrame:
    empty = pl.LazyFrame(schema=schema)
    return pl.concat([empty, *(pl.scan_parquet(part) for part in parts)])


def _gather_quarantine(run: Run, staged: list[StagedFile], identity: dict[str, str]) -> None:
    """Malformed lines and invalid records together, in the order of files and rows."""
    by_source = []
    for file in staged:
        parts = sorted((run.work / "quarantine").glob(f"{run.stems[file.source_file]}-*.parquet"))
        malformed = sorted(file.quarantined.iterdir()) if file.quarantined else []
        by_source.append(_gather([*malformed, *parts], QUARANTINE_SCHEMA).sort("source_row"))
    pl.concat([pl.LazyFrame(schema=QUARANTINE_SCHEMA), *by_source]).sink_parquet(
        run.result / "quarantine.parquet", metadata=identity
    )


def _manifest(
    run: Run,
    identity: dict[str, str],
    summaries: list[SourceSummary],
    failures: list[SourceFailure],
    counts: dict[str, int],
) -> dict[str, Any]:
    files = sorted(path for path in run.result.rglob("*.parquet"))
    eligible = counts["read"] - counts["quarantined"]
    assigned = counts["assigned"] + counts["assigned_by_default"]
    return {
        **identity,
        "notice": STARTER_NOTICE if run.edition == STARTER else None,
        "started": run.started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - run.clock, 3),
        "counts": counts,
        "autocoding_rate": round(assigned / eligible, 4) if eligible else None,
        "autocoding_rate_denominator": eligible,
        **{
            table: add_up(summaries, table)
            for table in ("match_methods", "precedence_rungs", "default_reasons", "review_reasons")
        },
        "sources": [summary.model_dump() for summary in summaries],
        "failures": [failure.model_dump() for failure in failures],
        "outputs": {
            path.relative_to(run.result).as_posix(): file_sha256(path) for path in files
        },
    }


def _put_in_place(run: Run) -> None:
    """Replace `out` by the finished results; an earlier run's are kept until that is done."""
    out, earlier = run.settings.out, run.work / "earlier"
    if out.exists():
        os.replace(out, earlier)  # noqa: PTH105  replaces an empty folder on every system
    os.replace(run.result, out)  # noqa: PTH105
    shutil.rmtree(run.work)
