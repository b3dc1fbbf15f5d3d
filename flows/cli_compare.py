"""soc-recode compare: which records' codes differ between two runs, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.cli_consoles import output_console


def compare(
    run_a: Path,
    run_b: Path,
    /,
    *,
    out: Path,
    replace: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Compare two runs record by record: which codes differ, and by what cause.

    Args:
        run_a: The results of the run before: of an earlier edition, say.
        run_b: The results of the run now.
        out: The folder for the comparison; must not exist, or be empty.
        replace: Replace an earlier comparison, once the new one is whole.

    """
    from flows.compare import compare_runs  # noqa: PLC0415
    from flows.reports.comparison import comparison_summary  # noqa: PLC0415

    report = compare_runs(run_a, run_b, out, replace=replace)
    output_console().print(comparison_summary(report, out))
