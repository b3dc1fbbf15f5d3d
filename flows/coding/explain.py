"""Explain: one record through the very same engine, with every entry that was considered."""

from __future__ import annotations

from typing import Any

import polars as pl

from flows.coding.audit import CODED_COLUMNS
from flows.coding.normalise import RECORD_COLUMNS, normalise_records
from flows.coding.qualify import GIVEN_BY
from flows.coding.stages import match_titles, work_out
from reference.lookup import SLOTS, Lookup
from reference.rulebook import RuleBook
from reference.terms import TermCompiler

Row = dict[str, Any]


def explain_record(record: dict[str, str | None], lookup: Lookup, rules: RuleBook) -> Row:
    """Code one record and say why.

    `record` holds canonical columns (schemas/records.py); what is missing is null. Returns a
    dictionary fit for JSON: record, edition, criteria_version, result (the coded columns), title
    (how it was matched), entries (each entry of the title, with its qualifiers met, not met or
    not given, and by what), would_change (the other codes, and what each would need).
    """
    frame = pl.DataFrame(
        {name: [record.get(name)] for name in RECORD_COLUMNS},
        schema=dict.fromkeys(RECORD_COLUMNS, pl.String),
    )
    normalised = normalise_records(frame.lazy())
    titles = match_titles(normalised.select("job_title"), lookup)
    cases = normalised.with_row_index("case").join(titles, on="job_title")
    workings = work_out(cases.collect().lazy(), lookup)
    case = workings.cases.collect().row(0, named=True)
    decided = workings.decided.select(CODED_COLUMNS).collect()
    result = decided.cast({pl.Categorical: pl.String}).row(0, named=True)
    met = {row["term"]: row for row in workings.met.collect().iter_rows(named=True)}
    entries = [
        _considered(entry, case, met, result) for entry in _title_entries(case["title_id"], lookup)
    ]
    return {
        "record": {name: value for name, value in record.items() if value},
        "edition": lookup.edition,
        "criteria_version": lookup.criteria_version,
        "result": result,
        "title": {
            "index_title": entries[0]["index_title"] if entries else None,
            **{k: case[k] for k in ("match_method", "words_set_aside", "title_qualifier")},
        },
        "entries": entries,
        "would_change": _would_change(entries, result, lookup, rules),
    }


def _title_entries(title_id: int | None, lookup: Lookup) -> list[Row]:
    if title_id is None:
        return []
    numbers = lookup.title_entries.filter(title_id=title_id).select("entry")
    return numbers.join(lookup.entries, on="entry", maintain_order="left").to_dicts()


def _considered(entry: Row, case: Row, met: dict[int, Row], result: Row) -> Row:
    """One entry of the title: what it asks for, and what the record says to that."""
    statuses: Row = {}
    for kind in SLOTS:
        term = entry[f"{kind}_term"]
        given = any(case[field] is not None for field in GIVEN_BY[kind])
        if term is None:
            statuses[kind] = "none"
        elif term in met:
            statuses[kind] = "met"
        else:
            statuses[kind] = "not met" if given else "not given"
        statuses[f"{kind}_evidence"] = met[term]["evidence"] if term in met else None
    chosen = result["index_entry_id"] == entry["index_entry_id"] and all(
        result[name] == entry[name] for name in ("additional_qualifier", "reference_followed")
    )
    columns = (
        "index_entry_id",
        "index_title",
        "additional_qualifier",
        "industry_qualifier",
        "default_code",
        "unit_group",
        "sub_unit_group",
        "see",
        "reference_followed",
    )
    return {
        **{name: entry[name] for name in columns},
        **statuses,
        "rung": result["precedence_rung"] if chosen else None,
        "chosen": chosen,
    }


def _would_change(entries: list[Row], result: Row, lookup: Lookup, rules: RuleBook) -> list[Row]:
    """The first entry of each other code, with the criteria of what it asks for."""
    titles = dict(lookup.sub_unit_groups.select("sub_unit_group", "title").iter_rows())
    had = result["sub_unit_group"] or result["unit_group"]
    others: dict[str, Row] = {}
    for entry in entries:
        code = entry["sub_unit_group"] or entry["unit_group"]
        if code is None or code == had or code in others:
            continue
        terms = [(kind, entry[f"{kind}_qualifier"]) for kind in SLOTS if entry[kind] != "none"]
        others[code] = {
            "sub_unit_group": entry["sub_unit_group"],
            "unit_group": entry["unit_group"],
            "title": titles.get(code),
            "needs": " and ".join(f"{kind} qualifier “{term}”" for kind, term in terms)
            or "no other qualifier",
            "statement": " ".join(_statements(terms, rules)) or None,
        }
    return list(others.values())


def _statements(terms: list[tuple[Any, str]], rules: RuleBook) -> list[str]:
    """What satisfies the terms, in the words of the criteria; derived ones have none."""
    compiler = TermCompiler(rules)
    for kind, term in terms:
        compiler.levels(kind, term)
    written = {criterion.id: criterion.statement for criterion in rules.criteria}
    return [written[name] for name in compiler.criteria if name in written]
