"""A run's beginning and end: the work folder, the manifest, and results that appear in one step.

Everything is written to a work folder beside `out`, which takes its place at the end. A run that
is killed leaves no results where results are expected.
"""

from __future__ import annotations

import glob
import json
import shutil
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from flows.coding.extract import StagedFile, discover, source_names
from flows.coding.mapping import read_mapping
from flows.gate import judge
from flows.in_place import check_place, make_work_folder, put_back, put_in_place
from flows.lookups import load_lookup
from flows.overrides import read_overrides
from flows.reports.manifest import (
    COUNTED,
    SourceFailure,
    SourceSummary,
    assigned_share,
    code_version,
    count_outcomes,
    count_table,
    file_sha256,
    run_identity,
)
from flows.reports.overrides_used import overrides_used
from flows.reports.provenance import PROVENANCE, provenance_text
from flows.reports.review_workbook import write_review_workbook
from flows.results import MANIFEST, TALLIES, Results, read_results
from flows.settings import RunSettings
from flows.tallies import add_up
from reference.skilled_worker import SkilledWorkerRules, latest_rules
from reference.store import STARTER, latest, show
from schemas.errors import OutputError
from schemas.quarantine import QUARANTINE_SCHEMA
from schemas.review import REVIEW_SCHEMA

WORK_FOLDERS = [
    "result/coded",
    "review",
    "quarantine",
    "tallies",
    "overridden",
    "staging",
    "compared",
]
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
    skilled_worker: SkilledWorkerRules | None
    """The latest tables that are installed, if any."""
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
    put_back(settings.out)
    sources, edition = check_run(paths, settings)
    work = make_work_folder(settings.out, WORK_FOLDERS)
    if settings.earlier:  # its own copy: the gate must not fail when all is coded
        for name in (MANIFEST, TALLIES):
            shutil.copyfile(settings.earlier / name, work / "compared" / name)
    if settings.overrides:
        shutil.copyfile(settings.overrides, work / "overrides.csv")
    return Run(settings, edition, sources, _stems(sources), work, datetime.now(UTC), latest_rules())


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
    if settings.earlier:
        read_results(settings.earlier)
    if settings.overrides:
        read_overrides(settings.overrides)
    _check_out(settings, list(sources))
    return sources, edition


def _check_out(settings: RunSettings, sources: list[Path]) -> None:
    out = settings.out
    inputs = [*sources, *filter(None, (settings.mapping, settings.overrides))]
    if any(path.resolve().is_relative_to(out.resolve()) for path in inputs):
        raise OutputError(
            f"{out} holds what is to be read, which the results would replace.",
            fix="Name another folder with --out.",
        )
    if settings.earlier and settings.earlier.resolve().is_relative_to(out.resolve()):
        raise OutputError(
            f"{settings.earlier} is what the run is compared with, and would be replaced.",
            fix="Name another folder with --out.",
        )
    check_place(out, MANIFEST, replace=settings.replace)


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
        "likeness_version": lookup.like_version,
        "assign_likeness_from": str(run.settings.assign_likeness_from),
        "skilled_worker_version": run.skilled_worker.version if run.skilled_worker else "",
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
    tallies = add_up(sorted((run.work / "tallies").iterdir()))
    tallies.write_parquet(run.result / TALLIES, metadata=identity)
    manifest = _manifest(run, identity, summaries, failures, counts)
    manifest["gate"] = _judged(run, identity, tallies)
    _write_report(run, Results(manifest, tallies))
    manifest["outputs"] = _hashes(run.result)
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    (run.result / MANIFEST).write_text(text + "\n", encoding="utf-8")
    (run.result / PROVENANCE).write_text(provenance_text(manifest), encoding="utf-8")
    put_in_place(run.settings.out)
    return manifest


def _judged(run: Run, identity: dict[str, str], tallies: pl.DataFrame) -> dict[str, Any] | None:
    """Give what the gate says (flows/gate.py), if the run is compared with an earlier one."""
    told = run.settings
    if not told.earlier:
        return None
    earlier = read_results(run.work / "compared")
    return judge(Results(identity, tallies), earlier, told.drift, told.gate).model_dump()


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
    share, eligible = assigned_share(counts)
    return {
        **identity,
        "run_id_depends_on": [fact for fact in identity if fact != "run_id"],
        "edition_source": _edition_source(run.edition),
        "skilled_worker_date": run.skilled_worker.date.isoformat() if run.skilled_worker else None,
        "settings": _settings(run.settings),
        "notice": STARTER_NOTICE if run.edition == STARTER else None,
        "started": run.started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - run.clock, 3),
        "counts": counts,
        "autocoding_rate": share,
        "autocoding_rate_denominator": eligible,
        **{
            table: count_table(summaries, table) for table in (*COUNTED, "missing_evidence_weights")
        },
        "overrides": _overrides(run),
        "quarantine_reasons": quarantine_reasons(run.result / "quarantine.parquet"),
        "sources": [summary.model_dump() for summary in summaries],
        "failures": [failure.model_dump() for failure in failures],
    }


def _edition_source(edition: str) -> dict[str, Any]:
    """Who published the edition, and the file it was installed from, as far as is known."""
    known = show(edition)
    keys = ("publisher", "title", "date", "licence", "page", "source_file", "source_sha256")
    return {key: known[key] for key in keys if known.get(key)}


def _settings(settings: RunSettings) -> dict[str, Any]:
    """What the run was told, but for where its results go; paths so that they can be found again.

    None of this goes into the Parquet files: they are the same on every machine.
    """
    told = settings.model_dump(mode="json", exclude={"out", "replace"})
    files = {name: getattr(settings, name) for name in ("mapping", "overrides", "earlier")}
    return told | {name: str(path.absolute()) if path else None for name, path in files.items()}


def _write_report(run: Run, results: Results) -> None:
    from flows.reports.audit_report import REPORT, write_report  # noqa: PLC0415  imports Altair

    write_report(run.result / REPORT, results, load_lookup(run.edition))


def _hashes(result: Path) -> dict[str, str]:
    """The SHA-256 of each file of the results, by its name."""
    files = sorted(path for path in result.rglob("*") if path.is_file())
    return {path.relative_to(result).as_posix(): file_sha256(path) for path in files}


def _overrides(run: Run) -> dict[str, Any] | None:
    if not run.overrides:
        return None
    met = sorted((run.work / "overridden").iterdir())
    return overrides_used(read_overrides(run.overrides), met, load_lookup(run.edition))


def quarantine_reasons(quarantine: Path) -> dict[str, int]:
    """Quarantined records by reason, largest first; a record can have several reasons."""
    reasons = pl.scan_parquet(quarantine, glob=False).select(pl.col("reasons").explode())
    counted = reasons.group_by("reasons").len().sort("len", "reasons", descending=[True, False])
    return dict(counted.collect().iter_rows())
