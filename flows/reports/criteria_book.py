"""The rule book as one HTML page: no network, the same bytes for the same rules and edition.

The page is made from templates/criteria_book.html.jinja; everything that is data is escaped there.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl

from flows.criteria.coverage import coverage_shares, term_coverage
from flows.criteria.dependants import coded_entries, dependants, term_criteria
from flows.criteria.words import example_words, field_words, phrase_roles
from flows.reports.page import render_page
from flows.reports.whole_file import write_whole
from reference.lookup import SLOTS, Lookup
from reference.rulebook import Criterion, RuleBook, narrower
from reference.sic import HOW_TO_GET_IT

_FEW_PHRASES = 40  # up to so many are open to view; more are folded

Row = dict[str, Any]


def write_book(out: Path, rules: RuleBook, lookup: Lookup, sic: dict[str, str]) -> None:
    """Write the book to `out`, in place of what is there, once it is whole.

    `sic` has the titles of SIC codes, or is empty. Raises OutputError if it cannot be written.
    """
    write_whole(out, book_page(rules, lookup, sic).encode())


def book_page(rules: RuleBook, lookup: Lookup, sic: dict[str, str]) -> str:
    """Make the page, as text."""
    group_titles = _group_titles(lookup)
    return render_page(
        "criteria_book.html.jinja",
        edition=lookup.edition,
        reference_version=lookup.reference_version[:12],
        criteria_version=rules.version[:12],
        rules=rules,
        examples=sum(len(criterion.examples) for criterion in rules.criteria),
        set_aside=_by_kind(rules),
        kinds=_kinds(rules, lookup, sic, group_titles),
        shares=coverage_shares(term_coverage(lookup)).to_dicts(),
        unwritten=_unwritten(lookup),
        titles=_by_letter(_titles(lookup, group_titles), "title"),
        how_to_get_sic_titles="" if sic else HOW_TO_GET_IT,
    )


def _group_titles(lookup: Lookup) -> dict[str, str]:
    """Titles of unit groups and sub-unit groups, by code."""
    units = lookup.groups.select("code", "title")
    sub_units = lookup.sub_unit_groups.select("sub_unit_group", "title")
    return dict(units.iter_rows()) | dict(sub_units.iter_rows())


def _by_kind(rules: RuleBook) -> dict[str, list[str]]:
    """The words that may be set aside, by their kind."""
    kinds: dict[str, list[str]] = {}
    for word in rules.wording.set_aside:
        kinds.setdefault(word.kind, []).append(word.word)
    return kinds


def _kinds(
    rules: RuleBook, lookup: Lookup, sic: dict[str, str], group_titles: dict[str, str]
) -> list[Row]:
    """The criteria by kind and first letter: what each says, and what depends on it."""
    names = {criterion.id: criterion.terms[0] for criterion in rules.criteria}
    wider = _wider(rules)
    asking = dependants(lookup)
    counts = dict(asking.filter(pl.col("steps") > 0)["id"].value_counts().iter_rows())
    direct = asking.filter(steps=0).join(_otherwise(lookup), on="title", how="left")
    entries = {key[0]: rows for key, rows in direct.partition_by("id", as_dict=True).items()}
    shown = [
        _said(criterion, sic)
        | {
            "includes": [(name, names[name]) for name in criterion.includes],
            "wider": [(name, names[name]) for name in wider.get(criterion.id, [])],
            "wider_count": counts.get(criterion.id, 0),
            "entries": _by_code(entries.get(criterion.id, direct.clear()), group_titles),
            "entry_count": len(entries.get(criterion.id, ())),
        }
        for criterion in rules.criteria
    ]
    return [
        {
            "kind": kind,
            "letters": _by_letter((one for one in shown if one["criterion"].kind == kind), "title"),
        }
        for kind in SLOTS
    ]


def _said(criterion: Criterion, sic: dict[str, str]) -> Row:
    """What a criterion itself says: SIC codes with titles, phrases, examples by result."""
    phrases = [
        {"fields": field_words(phrases, criterion.kind), "roles": phrase_roles(phrases)}
        for phrases in criterion.phrases
    ]
    phrase_count = sum(len(listed) for one in phrases for _, listed in one["roles"])
    return {
        "criterion": criterion,
        "title": criterion.terms[0],
        "codes": [(code, sic.get(code, "")) for code in criterion.sic2007],
        "phrases": phrases,
        "phrase_count": phrase_count,
        "open": phrase_count <= _FEW_PHRASES,
        "examples": [
            (met, [example_words(one) for one in criterion.examples if one.met is met])
            for met in (True, False)
        ],
    }


def _wider(rules: RuleBook) -> dict[str, list[str]]:
    """The criteria that include each one, also indirectly, by id."""
    by_id = {criterion.id: criterion for criterion in rules.criteria}
    found: dict[str, list[str]] = {}
    for criterion in rules.criteria:
        for name in narrower(criterion, by_id):
            found.setdefault(name, []).append(criterion.id)
    return found


def _otherwise(lookup: Lookup) -> pl.DataFrame:
    """The code of each title when no qualifier applies; one row per `title` that has one."""
    return (
        coded_entries(lookup)
        .filter("asks_nothing")
        .sort("record_number")
        .unique("title", keep="first", maintain_order=True)
        .select("title", otherwise="code")
    )


def _by_code(entries: pl.DataFrame, group_titles: dict[str, str]) -> list[Row]:
    """Titles of entries by the code they get, each with the code it would get otherwise."""
    rows = entries.sort("code", "title").unique(["code", "title"], maintain_order=True)
    return [
        {
            "code": code,
            "title": group_titles.get(code, ""),
            "titles": [(row["index_title"], row["otherwise"]) for row in group],
        }
        for code, group in groupby(rows.iter_rows(named=True), key=lambda row: row["code"])
    ]


def _titles(lookup: Lookup, group_titles: dict[str, str]) -> list[Row]:
    """Every title that a qualifier decides, with its codes and what each of them needs."""
    links = _links(lookup)
    decided = coded_entries(lookup).filter((~pl.col("asks_nothing")).any().over("title"))
    rows = decided.sort("title", "code", "asks_nothing", "record_number").iter_rows(named=True)
    return [
        {
            "title": entries[0]["index_title"],
            "codes": [
                {
                    "code": code,
                    "title": group_titles.get(code, ""),
                    "needs": [_needs(entry, links) for entry in group],
                }
                for code, group in groupby(entries, key=lambda row: row["code"])
            ],
        }
        for entries in (list(group) for _, group in groupby(rows, key=lambda row: row["title"]))
    ]


def _links(lookup: Lookup) -> dict[tuple[str, str], str]:
    """The written criterion to look up for each term, as far as there is one."""
    written = term_criteria(lookup).filter(pl.col("steps") == 0, pl.col("statement").is_not_null())
    first = written.unique(["kind", "words"], keep="first", maintain_order=True)
    return {(kind, words): name for kind, words, name in first.select("kind", "words", "id").rows()}


def _needs(entry: Row, links: dict[tuple[str, str], str]) -> list[Row]:
    """The qualifiers an entry asks for; none: it is the one for when nothing else applies."""
    terms = [
        (kind, entry[f"{kind}_qualifier"]) for kind in SLOTS if entry[f"{kind}_term"] is not None
    ]
    return [
        {"kind": kind, "term": term, "criterion": links.get((kind, term.lower()))}
        for kind, term in terms
    ]


def _unwritten(lookup: Lookup) -> list[Row]:
    """The terms without a written criterion for each of their parts, by kind."""
    links = _links(lookup)
    terms = term_coverage(lookup).filter(~pl.col("status").is_in(["written", "asks for nothing"]))
    rows = terms.sort("kind", "words").iter_rows(named=True)
    return [
        {
            "kind": kind,
            "terms": [
                (row["words"], row["uses"], links.get((kind, row["words"]))) for row in group
            ],
        }
        for kind, group in groupby(rows, key=lambda row: str(row["kind"]))
    ]


def _by_letter(rows: Iterable[Row], name: str) -> list[tuple[str, list[Row]]]:
    """Rows by the first letter of their name, in the order of names; digits stand before A."""

    def letter(row: Row) -> str:
        first = str(row[name])[:1].upper()
        return first if "A" <= first <= "Z" else "0-9"

    ordered = sorted(rows, key=lambda row: (letter(row), str(row[name]).lower()))
    return [(first, list(group)) for first, group in groupby(ordered, key=letter)]
