"""Follow the index's references: "see Adviser", "see Engineer (professional)", "see Manager ( )".

A reference is never a code. What it leads to becomes further entries of the referring title, with
the qualifiers of both; what the notes say is in notes.toml, as further references. A reference to
a title that is not there leads nowhere and the record goes to review.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import polars as pl

from reference.notes import Family, Row, note_references
from reference.terms import AND

_SEE = re.compile(r"^see(?: also)? (?P<title>[^(]+?)\s*(?:\((?P<qualifier>[^)]*)\))?$")


def follow_references(index: pl.DataFrame, families: tuple[Family, ...] = ()) -> pl.DataFrame:
    """Further index rows: one per reference, or branch of a note, and entry it leads to.

    Columns as in `index`, with the referring entry's title (`index_title_from`, and `reversed_from`
    in the index's order) and `reference_followed`, the words of the reference. `index_entry_id`
    and the codes are those of the entry that was led to.
    """
    referring = index.filter(pl.col("see").is_not_null() & pl.col("unit_group").is_null())
    references = [*referring.iter_rows(named=True), *note_references(index, families)]
    by_title = _entries_by_title(index, references)
    rows = [
        {
            **{name: entry[name] for name in index.columns},
            "index_title_from": reference["index_title"],
            "reversed_from": reference["index_title_reversed"],
            "reference_followed": reference.get("says", reference["see"]),
        }
        for reference in references
        for entry in _resolve(reference, by_title, frozenset())
        if "branch" not in reference or reference["branch"].follows(entry)
    ]
    schema = pl.Schema(index.schema)
    schema.update(
        index_title_from=pl.String(), reversed_from=pl.String(), reference_followed=pl.String()
    )
    return pl.DataFrame(rows, schema=schema)


def _entries_by_title(index: pl.DataFrame, references: list[Row]) -> dict[str, list[Row]]:
    """The entries of every title that a reference names, by that title in lower case."""
    title = pl.coalesce("index_title_reversed", "index_title").str.to_lowercase()
    matches = (_SEE.match(reference["see"]) for reference in references)
    named = {match["title"].lower() for match in matches if match}
    by_title: dict[str, list[Row]] = defaultdict(list)
    for row in index.filter(title.is_in(named)).iter_rows(named=True):
        by_title[(row["index_title_reversed"] or row["index_title"]).lower()].append(row)
    return by_title


def _resolve(reference: Row, by_title: dict[str, list[Row]], seen: frozenset[str]) -> Iterator[Row]:
    match = _SEE.match(reference["see"])
    if match is None or reference["index_entry_id"] in seen:
        return
    wanted = (match["qualifier"] or "").strip().lower()
    for entry in by_title.get(match["title"].lower(), []):
        additional = entry["additional_qualifier"]
        if wanted:
            additional = _without(wanted, additional)
            if additional is None:
                continue
        joined = {
            **entry,
            "additional_qualifier": _both(reference["additional_qualifier"], additional),
            "industry_qualifier": _both(
                reference["industry_qualifier"], entry["industry_qualifier"]
            ),
        }
        if entry["unit_group"] is not None:
            yield joined
        else:
            yield from _resolve(joined, by_title, seen | {reference["index_entry_id"]})


def _without(wanted: str, additional: str | None) -> str | None:
    """What else an entry asks for beside the wanted qualifier; None: it does not have it."""
    text = (additional or "").lower()
    if text == wanted:
        return ""
    if text.startswith((f"{wanted},", f"{wanted}:")):
        return text[len(wanted) + 1 :].strip()
    return None


def _both(first: str | None, second: str | None) -> str | None:
    return f"{AND} ".join(term for term in (first, second) if term) or None
