"""Explain: records through the very same stages, with every entry that was considered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import polars as pl

from flows.coding.audit import CODED_COLUMNS
from flows.coding.liken import NEVER
from flows.coding.normalise import RECORD_COLUMNS, normalise_records
from flows.coding.qualify import GIVEN_BY, read_texts, spoken_texts
from flows.coding.stages import match_titles, work_out
from reference.lookup import SLOTS, Lookup

Row = dict[str, Any]

_SHOWN = (
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

_MATCHED = ("title_read_as", "words_set_aside", "title_qualifier")


def explain_record(
    record: dict[str, str | None], lookup: Lookup, *, assign_from: int = NEVER
) -> Row:
    """Code one record and say why; see `explain_records`."""
    return explain_records([record], lookup, assign_from=assign_from)[0]


def explain_records(
    records: Sequence[dict[str, str | None]], lookup: Lookup, *, assign_from: int = NEVER
) -> list[Row]:
    """Code records and say why; one explanation per record, in their order.

    A record holds canonical columns (schemas/records.py); what is missing is null. An explanation
    is a dictionary fit for JSON: record, edition, criteria_version, result (the coded columns),
    title (how it was matched), entries (each entry of the title, with its qualifiers met, not met
    or not given, and by what), would_change (the other codes, and what each would need).
    """
    frame = pl.DataFrame(
        {name: [record.get(name) or None for record in records] for name in RECORD_COLUMNS},
        schema=dict.fromkeys(RECORD_COLUMNS, pl.String),
    )
    normalised = normalise_records(frame.lazy(), lookup)
    titles = match_titles(normalised.select("job_title").unique(), lookup)
    cases = normalised.with_row_index("case").join(
        titles, on="job_title", how="left", maintain_order="left"
    )
    cases = cases.collect().lazy()
    texts = spoken_texts(cases).select("field", "text").unique().collect()
    workings = work_out(cases, read_texts(texts, lookup).lazy(), lookup, assign_from)
    decided = workings.decided.sort("case").select(CODED_COLUMNS)
    results = decided.collect().to_dicts()
    met: dict[int, dict[int, Row]] = defaultdict(dict)
    for row in workings.met.collect().iter_rows(named=True):
        met[row["case"]][row["term"]] = row
    return [
        _explanation(record, case, met[case["case"]], result, lookup)
        for record, case, result in zip(
            records, workings.cases.collect().to_dicts(), results, strict=True
        )
    ]


def _explanation(
    record: dict[str, str | None], case: Row, met: dict[int, Row], result: Row, lookup: Lookup
) -> Row:
    own = _title_entries(case["title_id"], lookup)
    entries = [_considered(entry, case, met, result) for entry in own]
    return {
        "record": {name: value for name, value in record.items() if value},
        "edition": lookup.edition,
        "criteria_version": lookup.criteria_version,
        "result": result,
        "title": {
            "index_title": result["index_title"] or (own[0]["index_title"] if own else None),
            "match_method": result["match_method"],
            **{name: case[name] for name in _MATCHED},
        },
        "entries": entries,
        "would_change": _would_change(own, result, lookup),
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
    same = ("index_entry_id", "additional_qualifier", "industry_qualifier", "reference_followed")
    chosen = all(result[name] == entry[name] for name in same)
    return {
        **{name: entry[name] for name in _SHOWN},
        **statuses,
        "rung": result["precedence_rung"] if chosen else None,
        "chosen": chosen,
    }


def _would_change(entries: list[Row], result: Row, lookup: Lookup) -> list[Row]:
    """The other codes of the title, each with what its entries need and the criteria for that."""
    titles = dict(lookup.sub_unit_groups.select("sub_unit_group", "title").iter_rows())
    had = result["sub_unit_group"] or result["unit_group"]
    by_code: dict[str, list[Row]] = defaultdict(list)
    for entry in entries:
        if not entry["is_reference"] and entry["code"] != had:
            by_code[entry["code"]].append(entry)
    return [
        {
            "sub_unit_group": branch[0]["sub_unit_group"],
            "unit_group": branch[0]["unit_group"],
            "title": titles.get(code),
            "needs": " or ".join(dict.fromkeys(_need(entry) for entry in branch)),
            "statement": " ".join(_statements(branch, lookup)) or None,
        }
        for code, branch in by_code.items()
    ]


def _need(entry: Row) -> str:
    if entry["asks_nothing"]:
        return "no qualifier that applies"
    terms = (
        f"{kind} qualifier “{entry[f'{kind}_qualifier']}”"
        for kind in SLOTS
        if entry[f"{kind}_term"] is not None
    )
    return " and ".join(terms)


def _statements(branch: list[Row], lookup: Lookup) -> list[str]:
    """What satisfies the entries' terms, in the words of the criteria; derived ones have none."""
    terms = {entry[f"{kind}_term"] for entry in branch for kind in SLOTS} - {None}
    levels = lookup.title_levels.filter(pl.col("term").is_in(terms), steps=0)
    named = lookup.criteria.join(levels.select("criterion").unique(), on="criterion", how="semi")
    return named["statement"].drop_nulls().to_list()
