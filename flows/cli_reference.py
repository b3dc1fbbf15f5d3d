"""soc-recode reference: install, list, show, verify and compare editions of the coding index."""

from __future__ import annotations

import datetime  # the command line reads the types of arguments
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.table import Table
from rich.text import Text

from flows.cli_consoles import error_console, output_console
from schemas.errors import EditionError, UsageError

app = App(name="reference", help="Editions of the coding index: install, list, show, verify, diff.")


@app.command
def install(
    edition: str | None = None, /, *, file: Path | None = None, name: str | None = None
) -> None:
    """Install an edition: a published one by its name, or any from its file.

    Args:
        edition: A published edition, such as soc2020-v13; it is downloaded and its SHA-256 checked.
        file: A workbook or zip of CSV files, as ONS publishes it, that is already on this machine.
        name: With --file: what to call the edition, if the file does not say.

    """
    from reference import store  # noqa: PLC0415  imports Polars

    if (edition is None) == (file is None) or (name is not None and file is None):
        raise UsageError(
            "It is not clear which edition is meant.",
            expected="the name of a published edition, or --file with a --name if need be",
            fix="For example: `soc-recode reference install soc2020-v13`.",
        )
    installed = store.install_file(file, name=name) if file else store.install(str(edition))
    output_console().print(f"Installed {installed.name}: {installed.index.height:,} index entries.")
    findings = installed.manifest["findings"]
    if findings:
        output_console().print(
            f"{len(findings)} findings in the file: `soc-recode reference show {installed.name}`."
        )


@app.command
def install_rules(*, file: Path, date: datetime.date) -> None:
    """Install the Skilled Worker tables of the Immigration Rules as they stood on a date.

    Args:
        file: A CSV file of the tables of Appendix Skilled Occupations; the README has its columns.
        date: The day from which the tables are as in the file, such as 2025-11-25.

    """
    from reference import skilled_worker  # noqa: PLC0415  imports Polars

    rules = skilled_worker.install_rules(file, date)
    output_console().print(
        f"Installed the Skilled Worker tables of {date}: {_rows(rules.manifest):,} rows over "
        f"{rules.tables.height:,} of the 412 unit groups."
    )


@app.command(name="list")
def list_editions() -> None:
    """List the installed editions and rules, and the published editions to install by name."""
    from reference import store  # noqa: PLC0415
    from reference.sources import read_sources  # noqa: PLC0415

    table = Table("edition", "published", "entries", "", box=None, pad_edge=False)
    installed, used = store.list_editions(), store.latest()
    for name in installed:
        manifest = store.show(name)
        entries = f"{manifest['rows']['index']:,}"
        note = "used unless --reference names another" if name == used else ""
        table.add_row(name, manifest.get("date") or "", entries, note)
    for name, source in read_sources().items():
        if name not in installed and source.is_pinned:
            table.add_row(name, source.date.isoformat(), f"{source.rows:,}", "not installed")
    output_console().print(table)
    _list_rules()


def _list_rules() -> None:
    """List the installed Skilled Worker tables; nothing if there are none."""
    from reference.skilled_worker import list_rules, load_rules  # noqa: PLC0415

    table = Table("rules", "as of", "rows", box=None, pad_edge=False)
    for date in list_rules():
        manifest = load_rules(date).manifest
        table.add_row("Skilled Worker tables", str(date), f"{_rows(manifest):,}")
    if table.row_count:
        output_console().print()
        output_console().print(table)


def _rows(manifest: dict[str, Any]) -> int:
    return sum(manifest["rows"].values())


@app.command
def show(edition: str, /) -> None:
    """Show where an edition came from, its rows, its version, and what was found in its file."""
    from reference import store  # noqa: PLC0415

    manifest = store.show(edition)
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in _facts(manifest):
        table.add_row(name.replace("_", " "), Text(value))
    output_console().print(table)
    for finding in manifest["findings"]:
        output_console().print(f"- {_sentence(finding)}")


@app.command
def verify(edition: str, /) -> None:
    """Compare an installed edition with what was installed; exits with 3 if it differs."""
    from reference import store  # noqa: PLC0415

    differences = store.verify(edition)
    for difference in differences:
        error_console().print(f"- {difference}", soft_wrap=True)
    if differences:
        raise EditionError(
            f"The installed edition {edition} is not what was installed.",
            fix=f"Install it again: `soc-recode reference install {edition}`, or with --file.",
        )
    output_console().print(f"{edition} is as it was installed.")


@app.command
def diff(
    old: str,
    new: str,
    /,
    *,
    out: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Say which index entries changed from one installed edition to another, and how.

    Args:
        old: The earlier edition, such as soc2020-v12.
        new: The later edition, such as soc2020-v13.
        out: A CSV file for all that changed, a row per entry; one that is there is replaced.
        as_json: Print all that changed as JSON.

    """
    from flows.reports import edition_differences as report  # noqa: PLC0415  imports Polars
    from reference.differences import compare_editions  # noqa: PLC0415
    from reference.store import load  # noqa: PLC0415

    editions = load(old), load(new)
    differences = compare_editions(*editions)
    if out is not None:
        report.write_differences(out, differences)
    if as_json:
        print(report.differences_json(*editions, differences))
    else:
        output_console().print(report.differences_shown(*editions, differences, out=out))


def _facts(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """Give the single facts of a manifest, and the rows of its tables, as text."""
    rows = [(f"rows in {table}", f"{count:,}") for table, count in manifest["rows"].items()]
    plain = [
        (name, str(value))
        for name, value in manifest.items()
        if isinstance(value, str | int) and not isinstance(value, bool)
    ]
    return plain + rows


def _sentence(finding: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in finding.items() if value is not None)
