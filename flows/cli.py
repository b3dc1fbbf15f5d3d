"""The command line, soc-recode: run, report, review, compare, explain, verify and more.

What a command needs is imported in it, so that `explain` answers in about a second and
`run --no-server` does without Prefect.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, NoReturn

from cyclopts import App, CycloptsError, Parameter
from pydantic import ValidationError

from flows.cli_compare import compare
from flows.cli_consoles import error_console, output_console
from flows.cli_criteria import app as criteria_app
from flows.cli_reference import app as reference_app
from flows.cli_report import report
from flows.cli_review import app as review_app
from flows.cli_verify import verify
from flows.defects import without_data
from flows.settings import DriftThresholds, ExtractKind, Gate, RunSettings
from schemas.errors import HeldError, SocRecodeError, UsageError

USAGE, INTERRUPTED, TERMINATED = UsageError.exit_code, 130, 143
BATCH_ROWS: int = RunSettings.model_fields["batch_rows"].default
ASSIGN_FROM: int = RunSettings.model_fields["assign_likeness_from"].default
REVIEW_ROWS: int = RunSettings.model_fields["review_rows"].default

Flag = Annotated[bool, Parameter(negative="")]

app = App(
    name="soc-recode",
    help="Codes jobs to UK SOC 2020 in bulk and says why for every record.",
    version=lambda: version("soc-recode"),
    suppress_keyboard_interrupt=False,
)
app.command(reference_app)
app.command(criteria_app)
app.command(verify)
app.command(compare)
app.command(report)
app.command(review_app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code (those of the errors are in schemas/errors.py)."""
    try:
        with _terminating(), without_data():
            return _call(arguments)
    except SocRecodeError as error:
        _complain(str(error))
        return error.exit_code
    except OSError as error:
        _complain(
            ": ".join(filter(None, [str(error.filename or ""), error.strerror or str(error)]))
        )
        return SocRecodeError.exit_code
    except KeyboardInterrupt:
        _complain("Interrupted; there are no half results.")
        return INTERRUPTED


def _call(arguments: Sequence[str] | None) -> int:
    tokens = None if arguments is None else list(arguments)
    try:
        code = app(
            tokens,
            error_console=error_console(),
            exit_on_error=False,
            result_action="return_value",
        )
    except CycloptsError:  # printed already
        return USAGE
    return code or 0


def _complain(message: str) -> None:
    error_console().print(f"soc-recode: {message}", style="red", soft_wrap=True)


@contextmanager
def _terminating() -> Iterator[None]:
    """Let SIGTERM end a command in order, as an interrupt does: no half results."""

    def stop(_number: int, _frame: object) -> NoReturn:
        raise SystemExit(TERMINATED)

    earlier = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)


@app.command
def run(
    extracts: list[Path],
    /,
    *,
    kind: ExtractKind,
    out: Path,
    mapping: Path | None = None,
    reference: str | None = None,
    overrides: Path | None = None,
    earlier: Path | None = None,
    gate: Gate | None = None,
    drift: DriftThresholds | None = None,
    replace: Flag = False,
    no_server: Flag = False,
    batch_rows: int = BATCH_ROWS,
    review_rows: int = REVIEW_ROWS,
    assign_likeness_from: int = ASSIGN_FROM,
) -> int:
    """Code extracts, and write the results to a folder.

    Args:
        extracts: Files, and folders of files: CSV, TSV, NDJSON, Parquet, XLSX.
        kind: survey: the respondent's own words; employer: also what the employer says of itself.
        out: The folder for the results; must not exist, or be empty.
        mapping: A TOML file that names your own columns.
        reference: The edition to code with, such as soc2020-v13; without it, the latest installed.
        overrides: A file of overrides, as `soc-recode review apply` stores them.
        earlier: The results of an earlier run of the series; this one is compared with them.
        gate: What happens if it is too far from them: hold (exit code 10, results kept) or warn.
        drift: How far it may be.
        replace: Replace the results of an earlier run, once the new ones are whole.
        no_server: Run without Prefect: no server, no record of the run in its UI.
        batch_rows: Records coded at a time: more is faster and takes more memory.
        review_rows: Distinct texts in the review workbook, those of the largest weight.
        assign_likeness_from: A title that is in the index in no reading is assigned the unit group
            it is most like if that is expected to be right for at least so many in a hundred such
            titles; 50 to 99, or 100 for never.

    """
    from flows.cli_progress import progress_shown  # noqa: PLC0415
    from flows.gate import raise_if_held  # noqa: PLC0415
    from flows.reports.summary import failure_lines, run_summary, warning_lines  # noqa: PLC0415

    if earlier is None and (gate or drift):
        raise UsageError("There is no earlier run to compare with.", fix="Name it with --earlier.")
    try:
        settings = RunSettings(
            kind=kind,
            out=out,
            mapping=mapping,
            reference=reference,
            overrides=overrides,
            earlier=earlier,
            gate=gate or "hold",
            drift=drift or DriftThresholds(),
            replace=replace,
            batch_rows=batch_rows,
            review_rows=review_rows,
            assign_likeness_from=assign_likeness_from,
        )
    except ValidationError as error:
        raise UsageError(_told_wrong(error)) from None
    first = "Reading" if no_server else "Starting Prefect and reading (--no-server: without it)"
    with progress_shown(error_console(), first):
        manifest = _run_plain(extracts, settings) if no_server else _run_flow(extracts, settings)
    output_console().print(run_summary(manifest, out))
    for line in [*failure_lines(manifest), *warning_lines(manifest)]:
        _complain(line)
    raise_if_held(manifest, out)
    failures: list[dict[str, Any]] = manifest["failures"]
    return int(failures[0]["exit_code"]) if failures else 0


def _told_wrong(error: ValidationError) -> str:
    return "; ".join(
        f"--{'.'.join(map(str, fault['loc'])).replace('_', '-')}: {fault['msg']}"
        for fault in error.errors()
    )


def _run_plain(extracts: list[Path], settings: RunSettings) -> dict[str, Any]:
    from flows.pipeline import run_pipeline  # noqa: PLC0415

    return run_pipeline(extracts, settings)


def _run_flow(extracts: list[Path], settings: RunSettings) -> dict[str, Any]:
    from flows.cli_server import prepare_server  # noqa: PLC0415
    from flows.results import read_results  # noqa: PLC0415
    from flows.run import check_run  # noqa: PLC0415

    check_run(extracts, settings)  # what is wrong is said before a server takes its time to start
    prepare_server()
    from flows.recode import recode  # noqa: PLC0415  imports Prefect

    try:
        manifest: dict[str, Any] = recode(paths=extracts, **dict(settings))
    except HeldError:  # the flow run has failed; its results are shown before that is said
        manifest = read_results(settings.out).manifest
    return manifest


@app.command
def explain(
    title: str,
    /,
    *,
    description: str | None = None,
    industry: str | None = None,
    sic: str | None = None,
    qualification: str | None = None,
    department: str | None = None,
    reference: str | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    every_entry: Annotated[bool, Parameter(name="--all", negative="")] = False,
    assign_likeness_from: int = ASSIGN_FROM,
) -> None:
    """Code one job, and say why: the entries considered and what would change the code.

    Args:
        title: The job title, in the respondent's words.
        description: What is mainly done in the job.
        industry: What the organisation mainly makes or does.
        sic: Its SIC 2007 code, of two to five digits.
        qualification: The qualification held or required.
        department: The department the job is in.
        reference: The edition to code with; without it, the latest installed.
        as_json: Print JSON.
        every_entry: Show every entry considered, however many.
        assign_likeness_from: As in `run`: the certainty from which a title that is in the index in
            no reading is assigned the unit group it is most like.

    """
    from flows.coding.explain import explain_record  # noqa: PLC0415
    from flows.lookups import load_lookup  # noqa: PLC0415
    from flows.reports.explanation import explanation  # noqa: PLC0415
    from reference.store import latest  # noqa: PLC0415

    record = {
        "job_title": title.strip() or None,
        "job_description": description,
        "industry_description": industry,
        "sic2007": sic,
        "qualification": qualification,
        "department": department,
    }
    if record["job_title"] is None:
        raise UsageError("The title is empty.", expected="a job title, such as “technical author”")
    lookup = load_lookup(reference or latest())
    explained = explain_record(record, lookup, assign_from=assign_likeness_from)
    if as_json:
        print(json.dumps(explained, ensure_ascii=False, indent=2))
    else:
        output_console().print(explanation(explained, every_entry=every_entry))


if __name__ == "__main__":
    raise SystemExit(main())
