"""soc-recode report: the report of a run, as a page to hand on."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from flows.cli_consoles import output_console
from schemas.errors import UsageError


def report(run: Path, /, *, out: Path, suppress_below: int = 10) -> None:
    """Write the report of a run as a page to hand on: small numbers withheld, no filters.

    Args:
        run: The folder of the run's results.
        out: The file to write; one that is there is replaced.
        suppress_below: Numbers of fewer records are withheld, and others from which they could be
            worked out; 0 shows all, with filters.

    """
    from flows.lookups import load_lookup  # noqa: PLC0415  imports Polars
    from flows.reports.audit_report import write_report  # noqa: PLC0415
    from flows.results import read_results  # noqa: PLC0415

    if suppress_below < 0:
        raise UsageError(f"--suppress-below is {suppress_below}.", expected="0 or more records")
    results = read_results(run)
    write_report(out, results, load_lookup(results.manifest["edition"]), suppress_below)
    size = out.stat().st_size / 1_000_000
    text = Text(f"The report is in {out} ({size:.1f} MB).", no_wrap=True, overflow="ignore")
    output_console().print(text)
