"""A run's beginning and end: the work folder, the manifest, and results that appear in one step.

Everything is written to a work folder beside `out`, which takes its place at the end. A run that
is killed leaves no results where results are expected.
"""

from __future__ import annotations

import glob
import json
import os
import shutil
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from flows.coding.extract import StagedFile, discover, source_names
from flows.coding.mapping import read_mapping
from flows.lookups import load_lookup
from flows.overrides import read_overrides
from flows.reports.manifest import (
    COUNTED,
    SourceFailure,
    SourceSummary,
    code_version,
    count_outcomes,
    count_table,
    file_sha256,
    run_identity,
)
from flows.reports.overrides_used import overrides_used
from flows.reports.review_workbook import write_review_workbook
from flows.settings import RunSettings
from flows.tallies import add_up
from reference.store import STARTER, latest
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

    @property
    def overrides(self) -> Path | None:
        """The run's own copy of the file of overrides, if it was given one."""
        return self.work / "overrides.csv" if self.settings.overrides else None


def open_run(paths: list[Path], settings: RunSettings) -> Run:
    """Check a run as `check_run` does, and make its work folder.

    Raises what `check_run` raises; OutputError if the folder cannot be made.
    """
    out = settings.out.resolve()
    _put_back(out, _work_folder(out) / "earlier")
    sources, edition = check_run(paths, settings)
    work = _make_work_folder(out)
    if settings.overrides:
        shutil.copyfile(settings.overrides, work / "overrides.csv")
    return Run(settings, edition, sources, _stems(sources), work, datetime.now(UTC))


def check_run(paths: list[Path], settings: RunSettings) -> tuple[dict[Path, str], str]:
    """Check all that can be checked before records are read; gives the files and the edition.

    Raises UnreadableFileError, OutputError, EditionError, MappingError, CriteriaError or
    ReviewError.
    """
    sources = source_names(discover(paths))
    edition = settings.reference or latest()
    load_lookup(edition)
    if settings.mapping:
        read_mapping(settings.mapping)
    if settings.overrides:
        read_overrides(settings.overrides)
    _check_out(settings, list(sources))
    return sources, edition


def _work_folder(out: Path) -> Path:
    return out.parent / f".{out.name}.partial"


def _make_work_folder(out: Path) -> Path:
    work = _work_folder(out)
    shutil.rmtree(work, ignore_errors=True)
    try:
        for folder in ("result/coded", "review", "quarantine", "tallies", "overridden", "staging"):
            (work / folder).mkdir(parents=True)
    except OSError as error:
        raise OutputError(
            f"{out} cannot be written: {error.strerror}.", expected="a folder that can be made"
        ) from error
    return work


def _check_out(settings: RunSettings, sources: list[Path]) -> None:
    out = settings.out
    inputs = [*sources, *filter(None, (settings.mapping, settings.overrides))]
    if any(path.resolve().is_relative_to(out.resolve()) for path in inputs):
        raise OutputError(
            f"{out} holds what is to be read, which the results would replace.",
            fix="Name another folder with --out.",
        )
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file.", expected="a folder, or a name not yet in use")
    if out.resolve().is_mount():
        raise OutputError(
            f"{out} is where a disk is mounted, which cannot be replaced in one step.",
            fix=f"Name a folder in it, such as {out / 'results'}.",
        )
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
    stems: dict[str, str] = {}
    taken: set[str] = set()  # without case, which not every disk tells apart
    for path, name in sources.items():
        stem, number = path.stem, 1
        while stem.casefold() in taken:
            number += 1
            stem = f"{path.stem}-{number}"
        taken.add(stem.casefold())
        stems[name] = stem
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
        "overrides_sha256": file_sha256(run.overrides) if run.overrides else "",
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
    write_review_workbook(
        run.result / "review.parquet",
        run.result / "review.xlsx",
        load_lookup(run.edition),
        run_id=identity["run_id"],
        most_rows=run.settings.review_rows,
    )
    add_up(sorted((run.work / "tallies").iterdir())).write_parquet(
        run.result / "tallies.parquet", metadata=identity
    )
    manifest = _manifest(run, identity, summaries, failures, counts)
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    (run.result / MANIFEST).write_text(text + "\n", encoding="utf-8")
    _put_in_place(run)
    return manifest


def _gather(parts: list[Path], schema: pl.Schema) -> pl.LazyFrame:
    empty = pl.LazyFrame(schema=schema)
    return pl.concat([empty, *(pl.scan_parquet(part, glob=False) for part in parts)])


def _gather_quarantine(run: Run, staged: list[StagedFile], identity: dict[str, str]) -> None:
    """Malformed lines and invalid records together, in the order of files and rows."""
    by_source = []
    for file in staged:
        stem = glob.escape(run.stems[file.source_file])
        parts = sorted((run.work / "quarantine").glob(f"{stem}-{'[0-9]' * 5}.parquet"))
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
    files = sorted(path for kind in ("parquet", "xlsx") for path in run.result.rglob(f"*.{kind}"))
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
            table: count_table(summaries, table) for table in (*COUNTED, "missing_evidence_weights")
        },
        "overrides": _overrides(run),
        "quarantine_reasons": _quarantine_reasons(run.result / "quarantine.parquet"),
        "sources": [summary.model_dump() for summary in summaries],
        "failures": [failure.model_dump() for failure in failures],
        "outputs": {path.relative_to(run.result).as_posix(): file_sha256(path) for path in files},
    }


def _overrides(run: Run) -> dict[str, Any] | None:
    if not run.overrides:
        return None
    met = sorted((run.work / "overridden").iterdir())
    return overrides_used(read_overrides(run.overrides), met, load_lookup(run.edition))


def _quarantine_reasons(quarantine: Path) -> dict[str, int]:
    """Quarantined records by reason, largest first; a record can have several reasons."""
    reasons = pl.scan_parquet(quarantine, glob=False).select(pl.col("reasons").explode())
    counted = reasons.group_by("reasons").len().sort("len", "reasons", descending=[True, False])
    return dict(counted.collect().iter_rows())


def _put_in_place(run: Run) -> None:
    """Replace `out` by the finished results; an earlier run's are kept until that is done."""
    out, earlier = run.settings.out.resolve(), run.work / "earlier"
    try:
        if out.exists():
            os.replace(out, earlier)  # noqa: PTH105  replaces an empty folder on every system
        os.replace(run.result, out)  # noqa: PTH105
    except BaseException:
        _put_back(out, earlier)
        raise
    shutil.rmtree(run.work)


def _put_back(out: Path, earlier: Path) -> None:
    """Give earlier results their place again, if they were to be replaced and were not."""
    if earlier.exists() and not out.exists():
        os.replace(earlier, out)  # noqa: PTH105
