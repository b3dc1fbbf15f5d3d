"""What changed from one edition of the coding index to another, entry by entry.

An entry is the same in both editions by its id, unless its two titles share no word: then the id
was given anew, and there is one entry deleted and one added. Nothing here touches a disk.
"""

from __future__ import annotations

import polars as pl

from reference.keys import loose_key
from reference.store import Edition
from schemas.errors import UsageError

KINDS = ("recoded", "reworded", "added", "deleted")
CODES = ("unit_group", "sub_unit_group")
WORDING = (
    "index_title",
    "additional_qualifier",
    "industry_qualifier",
    "default_code",
    "see",
)
NOTES = ("version_note", "change")
_COMPARED = (*CODES, *WORDING)


def compare_editions(old: Edition, new: Edition) -> pl.DataFrame:
    """What changed from the old edition to the new; one row per index entry that differs.

    `kind` is recoded (the unit group or sub-unit group differs, whatever else does), reworded
    (only the title, a qualifier, the default code or the reference differs), added or deleted.
    `differs` lists the columns that do. Both codes and all wording are given of both editions, as
    old_… and new_…; null is "none", or "no such entry". `index_title`, `version_note` and
    `change` are those of the new edition, or of the old for a deleted entry: the publisher's
    words, of the entry's whole history. Ordered by kind, then by record number.

    Sub-unit groups are compared only if both editions have them (see `has_sub_unit_groups`).
    Raises UsageError if the editions are one, or have no entry in common.
    """
    if old.name == new.name:
        raise UsageError(
            f"{old.name} cannot be compared with itself.",
            expected="two different editions; `soc-recode reference list` names those installed",
        )
    both = _side(old, "old").join(_side(new, "new"), on="index_entry_id", how="inner")
    if both.is_empty():
        raise UsageError(
            f"{old.name} and {new.name} have no index entry in common.",
            expected="two editions of the same index, such as soc2020-v12 and soc2020-v13",
        )
    kept = both.filter(shares_a_word("old_index_title", "new_index_title"))
    rows = [
        _changed(kept, _unlike(old, new)),
        _side(new, "new")
        .join(kept, on="index_entry_id", how="anti")
        .with_columns(kind=_is("added")),
        _side(old, "old")
        .join(kept, on="index_entry_id", how="anti")
        .with_columns(kind=_is("deleted")),
    ]
    differing = pl.concat(rows, how="diagonal").sort(
        "kind", pl.coalesce("new_record_number", "old_record_number"), "index_entry_id"
    )
    title = pl.coalesce("new_index_title", "old_index_title")
    notes = [
        pl.when(kind="deleted").then(f"old_{name}").otherwise(f"new_{name}").alias(name)
        for name in NOTES
    ]
    sides = [f"{side}_{name}" for name in _COMPARED for side in ("old", "new")]
    return differing.select(
        "index_entry_id", "kind", "differs", *sides, *notes, index_title=title
    ).select("index_entry_id", "index_title", pl.exclude("index_entry_id", "index_title"))


def has_sub_unit_groups(edition: Edition) -> bool:
    """Whether the edition gives its entries 6-digit codes; ONS does from version 8."""
    return not edition.index["sub_unit_group"].is_null().all()


def count_differences(differences: pl.DataFrame) -> dict[str, int]:
    """Rows of `compare_editions` by kind; of the recoded, how many at which level.

    Each recoded entry counts once: in recoded_unit_group, or in recoded_sub_unit_group_only.
    recoded_and_reworded counts those of both levels whose wording differs as well.
    """
    counts = {kind: differences.filter(kind=kind).height for kind in KINDS}
    recoded = differences.filter(kind="recoded")["differs"].str.split("; ")
    at_unit_group = int(recoded.list.contains("unit_group").sum())
    reworded = recoded.list.set_intersection(list(WORDING)).list.len() > 0
    return counts | {
        "recoded_unit_group": at_unit_group,
        "recoded_sub_unit_group_only": counts["recoded"] - at_unit_group,
        "recoded_and_reworded": int(reworded.sum()),
    }


def _unlike(old: Edition, new: Edition) -> dict[str, pl.Expr]:
    """What differs in an entry's columns, for each that can be compared."""
    unlike = {name: _differ(name) for name in _COMPARED}
    if not (has_sub_unit_groups(old) and has_sub_unit_groups(new)):
        del unlike["sub_unit_group"]
    if _derives_titles(old) or _derives_titles(new):
        # Titles we turned round can differ where those that the publisher printed do not.
        unlike["index_title"] &= _differ("index_title_reversed")
    return unlike


def _differ(name: str) -> pl.Expr:
    return pl.col(f"old_{name}").ne_missing(pl.col(f"new_{name}"))


def _derives_titles(edition: Edition) -> bool:
    order: dict[str, object] = edition.manifest.get("natural_word_order") or {}
    return order.get("source") == "derived"


def _side(edition: Edition, side: str) -> pl.DataFrame:
    """The edition's entries with its columns named for the side; the id keeps its name."""
    names = ("record_number", "index_title_reversed", *_COMPARED, *NOTES)
    return edition.index.select(
        "index_entry_id", *(pl.col(name).alias(f"{side}_{name}") for name in names)
    )


def shares_a_word(old: str, new: str) -> pl.Expr:
    """Whether the titles in two columns share a word; if not, an id was given anew."""
    words = [loose_key(pl.col(title)).str.split(" ") for title in (old, new)]
    return words[0].list.set_intersection(words[1]).list.len() > 0


def _changed(kept: pl.DataFrame, unlike: dict[str, pl.Expr]) -> pl.DataFrame:
    """The entries that are in both editions and differ, with `kind` and `differs`."""
    recoded = pl.any_horizontal(unlike[name] for name in CODES if name in unlike)
    named = [pl.when(differs).then(pl.lit(name)) for name, differs in unlike.items()]
    return kept.filter(pl.any_horizontal(unlike.values())).with_columns(
        kind=pl.when(recoded).then(_is("recoded")).otherwise(_is("reworded")),
        differs=pl.concat_str(named, separator="; ", ignore_nulls=True),
    )


def _is(kind: str) -> pl.Expr:
    return pl.lit(kind, pl.Enum(KINDS))
