"""soc-recode criteria: list, show, measure, check and print the rule book."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cyclopts import App
from rich.text import Text

from flows.cli_consoles import error_console, output_console
from schemas.errors import CriteriaError

if TYPE_CHECKING:
    from reference.lookup import Lookup

app = App(name="criteria", help="The written criteria: list, show, coverage, check, book.")


@app.command(name="list")
def list_criteria(
    *, kind: Literal["additional", "industry"] | None = None, reference: str | None = None
) -> None:
    """List the written criteria, with the number of index entries that ask for each.

    Args:
        kind: Only those for additional, or for industry qualifiers.
        reference: The edition to count in; without it, the latest installed.

    """
    from flows.criteria.dependants import dependants  # noqa: PLC0415  imports Polars
    from flows.reports.criteria_tables import criteria_list  # noqa: PLC0415
    from reference.rulebook import load_rule_book  # noqa: PLC0415

    lookup = _lookup(reference)
    asking = dependants(lookup).filter(steps=0)
    uses = dict(asking["id"].value_counts().iter_rows())
    criteria = [one for one in load_rule_book().criteria if kind in (None, one.kind)]
    output_console().print(criteria_list(sorted(criteria, key=lambda one: one.id), uses))
    output_console().print(f"{len(criteria):,} criteria; uses in edition {lookup.edition}.")


@app.command
def show(term: str, /, *, reference: str | None = None, sic: Path | None = None) -> None:
    """Show what satisfies a term: statement, evidence, source, examples, entries that ask for it.

    Args:
        term: A qualifier term as the index writes it, such as "computing/IT", or a criterion's id.
        reference: The edition whose terms and entries are meant; without it, the latest installed.
        sic: ONS's workbook of the SIC 2007 structure, for the titles of SIC codes.

    """
    from flows.criteria.dependants import dependants  # noqa: PLC0415
    from flows.criteria.named import read_name  # noqa: PLC0415
    from flows.reports.criteria_tables import reading_shown  # noqa: PLC0415
    from reference.rulebook import load_rule_book  # noqa: PLC0415

    lookup = _lookup(reference)
    readings = read_name(term, load_rule_book(), lookup)
    titles, entries = _sic_titles(sic), dependants(lookup)
    for reading in readings:
        output_console().print(reading_shown(reading, entries, titles))
    output_console().print(f"\nEdition {lookup.edition}.")


@app.command
def coverage(*, reference: str | None = None, sic: Path | None = None, top: int = 20) -> None:
    """Say how many terms and uses have a written criterion, and which common ones have none.

    Args:
        reference: The edition to measure; without it, the latest installed.
        sic: ONS's workbook of the SIC 2007 structure: also list the SIC classes that satisfy no
            industry term, and the industry terms that no SIC class satisfies.
        top: How many of the commonest unwritten terms to list, for each kind.

    """
    from flows.criteria.coverage import sic_gaps, term_coverage  # noqa: PLC0415
    from flows.reports.criteria_tables import coverage_shown, sic_gaps_shown  # noqa: PLC0415
    from reference.sic import read_sic  # noqa: PLC0415

    structure = None if sic is None else read_sic(sic)
    lookup = _lookup(reference)
    output_console().print(coverage_shown(term_coverage(lookup), top))
    if structure is not None:
        output_console().print()
        output_console().print(sic_gaps_shown(sic_gaps(lookup, structure)))
    output_console().print(f"\nA use is a coded entry with the term. Edition {lookup.edition}.")


@app.command
def check(*, reference: str | None = None, sic: Path | None = None) -> None:
    """Check the whole rule book and run every example; exits with 6 if anything is wrong.

    Args:
        reference: The edition whose terms are meant; without it, the latest installed.
        sic: ONS's workbook of the SIC 2007 structure: also check that every SIC code exists.

    """
    from flows.criteria.check import check_rules  # noqa: PLC0415
    from reference.rulebook import load_rule_book  # noqa: PLC0415
    from reference.sic import read_sic  # noqa: PLC0415
    from reference.store import STARTER, latest, load  # noqa: PLC0415

    structure = None if sic is None else read_sic(sic)
    name = reference or latest()
    edition = load(name)
    rules = load_rule_book()
    # The starter index is a selection: that it lacks a term says nothing of the term.
    findings = check_rules(rules, None if name == STARTER else edition.index, structure)
    for finding in findings:
        error_console().print(Text(f"- {finding.criterion}: {finding.found}"), soft_wrap=True)
    examples = sum(len(criterion.examples) for criterion in rules.criteria)
    checked = f"{len(rules.criteria):,} criteria and {examples:,} examples"
    if findings:
        raise CriteriaError(
            f"Of {checked}, {len({finding.criterion for finding in findings}):,} criteria are at "
            f"fault: {len(findings):,} findings, listed above.",
            fix="Correct the criteria and run `soc-recode criteria check` again.",
        )
    output_console().print(f"{checked} are sound.")
    if name == STARTER:
        output_console().print("Not checked: terms (needs a full edition, not the starter).")
    if structure is None:
        output_console().print("Not checked: whether SIC codes exist (needs --sic).")


@app.command
def book(*, out: Path, reference: str | None = None, sic: Path | None = None) -> None:
    """Write the rule book as one HTML page that can be searched; needs no network.

    Args:
        out: The file to write; one that is there is replaced.
        reference: The edition whose entries are shown; without it, the latest installed.
        sic: ONS's workbook of the SIC 2007 structure, for the titles of SIC codes.

    """
    from flows.reports.criteria_book import write_book  # noqa: PLC0415
    from reference.rulebook import load_rule_book  # noqa: PLC0415

    titles = _sic_titles(sic)
    write_book(out, load_rule_book(), _lookup(reference), titles)
    size = out.stat().st_size / 1_000_000
    text = Text(f"The book is in {out} ({size:.1f} MB).", no_wrap=True, overflow="ignore")
    output_console().print(text)


def _lookup(reference: str | None) -> Lookup:
    from flows.lookups import load_lookup  # noqa: PLC0415
    from reference.store import latest  # noqa: PLC0415

    return load_lookup(reference or latest())


def _sic_titles(sic: Path | None) -> dict[str, str]:
    """Titles of SIC codes by code; none without the workbook."""
    from reference.sic import read_sic  # noqa: PLC0415

    if sic is None:
        return {}
    return dict(read_sic(sic).select("code", "title").iter_rows())
