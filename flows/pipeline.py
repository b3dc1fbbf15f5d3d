"""The order of a run's steps, written once; Prefect, or nobody, orchestrates them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows import sources
from flows.coding.extract import StagedFile
from flows.reports.manifest import SourceFailure, SourceSummary
from flows.run import Run, close_run, identify, open_run
from flows.settings import RunSettings
from schemas.errors import MappingError, SocRecodeError, UnreadableFileError


@dataclass(frozen=True)
class Steps:
    """The steps as they are called: plain functions, or the tasks that wrap them."""

    open_run: Callable[[list[Path], RunSettings], Run] = open_run
    extract_source: Callable[[Run, Path], StagedFile | SourceFailure] = sources.extract_source
    find_duplicates: Callable[[Run, list[StagedFile]], Path] = sources.find_duplicates
    code_source: Callable[[Run, StagedFile, Path, dict[str, str]], SourceSummary] = (
        sources.code_source
    )
    close_run: Callable[..., dict[str, Any]] = close_run


def run_pipeline(
    paths: list[Path], settings: RunSettings, steps: Steps | None = None
) -> dict[str, Any]:
    """Code extracts into `settings.out`; returns the manifest that is written there as run.json.

    A file that cannot be read is named in the manifest's `failures`, and the other files' results
    stand; if none can be read, raises UnreadableFileError, or MappingError if that is why.
    """
    steps = steps or Steps()
    run = steps.open_run(paths, settings)
    try:
        return _run_steps(run, steps)
    except BaseException:  # also when it is interrupted: the work folder holds records
        try:
            _remove(run.work)
        except KeyboardInterrupt:  # Polars and Python can each report the same interruption
            _remove(run.work)
        raise


def _remove(folder: Path) -> None:
    """Remove a folder into which a file may still be written: an interrupted write ends late."""
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


def _run_steps(run: Run, steps: Steps) -> dict[str, Any]:
    extracted = [_extract(run, path, steps) for path in run.sources]
    staged = [file for file in extracted if isinstance(file, StagedFile)]
    failures = [file for file in extracted if isinstance(file, SourceFailure)]
    if not staged:
        raise _all_failed(failures)
    duplicates = steps.find_duplicates(run, staged)
    identity = identify(run, staged)
    summaries = [steps.code_source(run, file, duplicates, identity) for file in staged]
    return steps.close_run(run, identity, staged, summaries, failures)


def _extract(run: Run, path: Path, steps: Steps) -> StagedFile | SourceFailure:
    try:
        return steps.extract_source(run, path)
    except OSError as error:  # after the last retry, where there are any
        name = run.sources[path]
        reason = error.strerror or type(error).__name__
        return SourceFailure(
            source_file=name,
            error=f"{name}: cannot be read: {reason}.",
            exit_code=UnreadableFileError.exit_code,
        )


def _all_failed(failures: list[SourceFailure]) -> SocRecodeError:
    """Make the error for a run without a single file, of the first failure's kind."""
    kind = MappingError if failures[0].exit_code == MappingError.exit_code else UnreadableFileError
    return kind("\n".join(failure.error for failure in failures))
