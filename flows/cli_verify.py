"""soc-recode verify: compare the results of a run with what its run.json says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from flows.cli_consoles import error_console, output_console
from schemas.errors import EditionError, UsageError, VerificationError

if TYPE_CHECKING:
    from flows.recorded_run import RecordedRun
    from flows.replay import Replay


def verify(
    results: Path,
    /,
    *,
    inputs: Annotated[list[Path] | None, Parameter(consume_multiple=True, negative="")] = None,
    replay: int | None = None,
    seed: int | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Compare the results of a run with its run.json; exits with 11 if anything differs.

    Args:
        results: The folder of the results.
        inputs: Files and folders in which to look for inputs that are not where they were.
        replay: Code so many random records again, and compare; a number above that of all: all.
        seed: Choose other records to code again; without it, always the same ones of a run.
        as_json: Print JSON.

    """
    from flows.cli_progress import progress_shown  # noqa: PLC0415
    from flows.recorded_run import read_recorded  # noqa: PLC0415
    from flows.reports.verification import verification_json, verification_report  # noqa: PLC0415
    from flows.verify import check_installed, verify_run  # noqa: PLC0415

    _check_usage(inputs or [], replay, seed)
    recorded = read_recorded(results)
    with progress_shown(error_console(), "Hashing and counting", unit="bytes"):
        checks = verify_run(recorded, inputs or [])
    installed = check_installed(recorded)
    replayed, impossible = _replay(recorded, replay, seed)
    if as_json:
        found = verification_json(recorded, checks, installed, replayed)
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        output_console().print(verification_report(recorded, checks, installed, replayed))
    differing = [check for check in checks if not check.agrees]
    if differing or (replayed and not replayed.agrees):
        raise _differs(len(differing), replayed)
    if impossible:
        raise impossible


def _check_usage(inputs: list[Path], replay: int | None, seed: int | None) -> None:
    if missing := [str(path) for path in inputs if not path.exists()]:
        raise UsageError(f"--inputs: there is no {', '.join(missing)}.")
    if replay is not None and replay < 1:
        raise UsageError(f"--replay: {replay} is no number of records.", expected="1 or more")
    if seed is not None and replay is None:
        raise UsageError("--seed says which records to code again.", fix="Give --replay as well.")


def _replay(
    recorded: RecordedRun, records: int | None, seed: int | None
) -> tuple[Replay | None, EditionError | None]:
    """Replay if that is wanted; without the edition it cannot be, which is said in the end."""
    from flows.cli_progress import progress_shown  # noqa: PLC0415
    from flows.replay import replay_run  # noqa: PLC0415

    if records is None:
        return None, None
    try:
        with progress_shown(error_console(), "Loading the edition"):
            return replay_run(recorded, records, seed), None
    except EditionError as error:
        return None, error


def _differs(differing: int, replayed: Replay | None) -> VerificationError:
    found = []
    if differing:
        found.append(f"{differing} of what was compared {'are' if differing > 1 else 'is'} not")
    if replayed and replayed.differing:
        found.append(f"{replayed.differing:,} of {replayed.records:,} records coded again are not")
    if replayed and replayed.faults:
        found.append(f"{len(replayed.faults)} files that cannot be coded again are not")
    return VerificationError(
        f"{', and '.join(found)} as the run recorded it.",
        fix="Run the extract again, or get the files as they were; what differs is listed above.",
    )
