"""The Prefect flow: the pipeline's steps as tasks, with retries, logs and artifacts.

Tasks pass paths and counts, never frames; no result is stored, only the error of a failed run;
logs hold no record's text.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
from prefect import flow, get_run_logger, task
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, TaskRun
from prefect.states import Completed

from flows import run as run_steps
from flows import sources
from flows.coding.extract import StagedFile
from flows.defects import without_data
from flows.gate import raise_if_held
from flows.pipeline import Steps, run_pipeline
from flows.progress import listening
from flows.reports.audit_tables import change_kinds
from flows.reports.manifest import SourceFailure, SourceSummary
from flows.reports.summary import outcome_table, results_markdown
from flows.results import read_results
from flows.run import Run
from flows.settings import DriftThresholds, ExtractKind, Gate, RunSettings

BATCH_ROWS: int = RunSettings.model_fields["batch_rows"].default
ASSIGN_FROM: int = RunSettings.model_fields["assign_likeness_from"].default
REVIEW_ROWS: int = RunSettings.model_fields["review_rows"].default
ROW_GROUP_ROWS: int = RunSettings.model_fields["row_group_rows"].default
SECONDS_BETWEEN_UPDATES = 1.0


def is_disk_error(_task: object, _run: TaskRun, state: State[Any]) -> bool:
    """Say whether a task failed with an OSError, which a network drive gives for a moment."""
    return isinstance(state.result(raise_on_failure=False), OSError)


STEP: dict[str, Any] = {"cache_policy": NO_CACHE, "persist_result": False}
READING: dict[str, Any] = {
    **STEP,
    "retries": 2,
    "retry_delay_seconds": [1, 10],
    "retry_condition_fn": is_disk_error,
}


@task(name="open run", **STEP)
def open_run(paths: list[Path], settings: RunSettings) -> Run:
    """Check what can be checked before records are read; raises as flows.run.open_run does."""
    with without_data():
        run = run_steps.open_run(paths, settings)
    get_run_logger().info(
        "%d files of kind %s, coded with %s", len(run.sources), settings.kind, run.edition
    )
    return run


@task(name="read", task_run_name="read {path.name}", **READING)
def extract_source(run: Run, path: Path) -> StagedFile | SourceFailure:
    """Read one file into the work folder; raises OSError when the retries are used up."""
    with without_data():
        file = sources.extract_source(run, path)
    if isinstance(file, SourceFailure):
        get_run_logger().error("%s", file.error)
    else:
        get_run_logger().info(
            "%s: %d records, %d malformed", file.source_file, file.rows_read, file.rows_quarantined
        )
    return file


@task(name="find duplicates", **READING)
def find_duplicates(run: Run, staged: list[StagedFile]) -> Path:
    """Write the record_ids that occur more than once over all files; gives the file's path."""
    with without_data():
        return sources.find_duplicates(run, staged)


@task(name="code", task_run_name="code {staged.source_file}", **READING)
def code_source(
    run: Run, staged: StagedFile, duplicates: Path, identity: dict[str, str]
) -> SourceSummary:
    """Validate and code one staged file; a retry writes the same parts again."""
    with without_data():
        coded = sources.code_source(run, staged, duplicates, identity)
    get_run_logger().info(
        "%s: %d read, %d assigned, %d assigned by default, %d for review, %d quarantined",
        *(coded.source_file, coded.read, coded.assigned),
        *(coded.assigned_by_default, coded.review, coded.quarantined),
    )
    return coded


@task(name="close run", **STEP)
def close_run(
    run: Run,
    identity: dict[str, str],
    staged: list[StagedFile],
    summaries: list[SourceSummary],
    failures: list[SourceFailure],
) -> dict[str, Any]:
    """Put the results in place; gives the manifest."""
    with without_data():
        manifest = run_steps.close_run(run, identity, staged, summaries, failures)
    get_run_logger().info("The results are in %s", run.settings.out)
    return manifest


@dataclass
class ProgressArtifact:
    """The flow run's progress in the UI: records coded of all records read."""

    artifact: UUID
    records: int = 0
    done: dict[str, int] = field(default_factory=dict)
    updated: float = field(default_factory=time.monotonic)

    def extract_source(self, run: Run, path: Path) -> StagedFile | SourceFailure:
        """Read a file, and count its records among those to come."""
        file = extract_source(run, path)
        self.records += file.rows_read if isinstance(file, StagedFile) else 0
        return file

    def hear(self, source_file: str, done: int, _total: int) -> None:
        """Show how far the run is, at most about once a second."""
        self.done[source_file] = done
        if time.monotonic() - self.updated >= SECONDS_BETWEEN_UPDATES:
            self.show(100 * sum(self.done.values()) / max(self.records, 1))

    def show(self, percent: float) -> None:
        """Set the artifact; a server that does not answer is no reason to stop coding."""
        with suppress(httpx.HTTPError):
            update_progress_artifact(self.artifact, min(percent, 100.0))
        self.updated = time.monotonic()


# JSON: Prefect always stores the error of a failed run, and would pickle it
@flow(name="recode", persist_result=False, result_serializer="json")
def recode(
    paths: list[Path],
    out: Path,
    *,
    kind: ExtractKind = "survey",
    mapping: Path | None = None,
    reference: str | None = None,
    overrides: Path | None = None,
    earlier: Path | None = None,
    gate: Gate = "hold",
    drift: DriftThresholds = DriftThresholds(),  # noqa: B008  frozen
    replace: bool = False,
    batch_rows: int = BATCH_ROWS,
    review_rows: int = REVIEW_ROWS,
    assign_likeness_from: int = ASSIGN_FROM,
    row_group_rows: int = ROW_GROUP_ROWS,
) -> dict[str, Any]:
    """Code extracts to SOC 2020; gives the manifest that is also written to `out` as run.json.

    A file that cannot be read is named in the manifest and in the state of the flow run. Raises
    HeldError, when the results are in place, if the gate holds the run.

    Args:
        paths: Extract files, and folders of them; absolute, if a worker is to run this.
        out: The folder for the results.
        kind: survey (the respondent's own words) or employer (also what the employer says).
        mapping: A TOML file that names an organisation's own columns.
        reference: The edition's name, such as soc2020-v13; none: the latest that is installed.
        overrides: A file of overrides: people's decisions, which come before the engine's.
        earlier: The results of an earlier run of the series, which this one is compared with.
        gate: What happens when it is too far from that: hold (the flow run fails) or warn.
        drift: How far it may be.
        replace: Whether results of an earlier run in `out` may be replaced.
        batch_rows: Records coded at a time.
        review_rows: Distinct texts in the review workbook.
        assign_likeness_from: The certainty, in per cent, from which a title that is in the index
            in no reading is assigned the unit group it is most like; 100: never.
        row_group_rows: Records in a row group of the coded files.

    """
    settings = RunSettings(
        kind=kind,
        mapping=mapping,
        reference=reference,
        overrides=overrides,
        out=out,
        earlier=earlier,
        gate=gate,
        drift=drift,
        replace=replace,
        batch_rows=batch_rows,
        review_rows=review_rows,
        assign_likeness_from=assign_likeness_from,
        row_group_rows=row_group_rows,
    )
    artifact = create_progress_artifact(0.0, key="recode-progress", description="Records coded")
    progress = ProgressArtifact(cast(UUID, artifact))
    steps = Steps(open_run, progress.extract_source, find_duplicates, code_source, close_run)
    with listening(progress.hear), without_data():
        manifest = run_pipeline(paths, settings, steps)
    progress.show(100.0)
    create_table_artifact(
        outcome_table(manifest), key="recode-outcomes", description="Records by outcome, per file"
    )
    if changes := change_kinds(read_results(out).tallies).to_dicts():
        create_table_artifact(
            changes, key="recode-changes", description="Records with a previous code, by cause"
        )
    create_markdown_artifact(results_markdown(manifest, out), key="recode-results")
    raise_if_held(manifest, out)
    return _finished(manifest)


def reach_server() -> None:
    """Start the server that lasts as long as the process, if no other is configured."""
    get_client(sync_client=True)


def _finished(manifest: dict[str, Any]) -> dict[str, Any]:
    """Give the manifest, in a state that says so if files could not be read, or the gate warns."""
    gate = manifest["gate"]
    said = list(gate["breaches"]) if gate else []
    if not manifest["failures"] and not said:
        return manifest
    name = "CompletedWithWarnings"
    if manifest["failures"]:
        name = "CompletedWithFailures"
        files = ", ".join(failure["source_file"] for failure in manifest["failures"])
        said.insert(0, f"Not read: {files}")
    state: State[dict[str, Any]] = Completed(name=name, message="; ".join(said), data=manifest)
    return cast(dict[str, Any], state)  # Prefect gives its data to the caller
