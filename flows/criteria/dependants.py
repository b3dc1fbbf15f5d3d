"""Which entries of the index depend on which criterion."""

from __future__ import annotations

import polars as pl

from reference.lookup import SLOTS, Lookup


def coded_entries(lookup: Lookup) -> pl.DataFrame:
    """The index's own entries that have a code; one row each, with `title` in lower case."""
    own = lookup.entries.filter(~pl.col("is_reference"), ~pl.col("is_led_to"))
    return own.with_columns(title=pl.col("index_title").str.to_lowercase())


def asked_terms(lookup: Lookup) -> pl.DataFrame:
    """What coded entries ask for; one row per entry and qualifier it has.

    Columns: kind, words (the term in lower case), index_entry_id, index_title, title (in lower
    case), code.
    """
    entries = coded_entries(lookup)
    return pl.concat(
        entries.select(
            pl.lit(kind).alias("kind"),
            pl.col(f"{kind}_qualifier").str.to_lowercase().alias("words"),
            *("index_entry_id", "index_title", "title", "code"),
        )
        for kind in SLOTS
    ).drop_nulls("words")


def term_criteria(lookup: Lookup) -> pl.DataFrame:
    """The criteria that meet each term; one row per term, level of it and criterion.

    Columns: term, kind, words, levels, level, steps (0: the term's own criterion), id, statement
    (null: derived).
    """
    return (
        lookup.title_levels.select("term", "level", "criterion", "steps")
        .unique()
        .join(lookup.terms.select("term", "kind", "words", "levels"), on="term")
        .join(lookup.criteria.select("criterion", "id", "statement"), on="criterion")
        .drop("criterion")
        .sort("term", "level", "steps", "id")
    )


def dependants(lookup: Lookup) -> pl.DataFrame:
    """The coded entries that depend on each criterion; one row per pair, by title.

    Columns: id, steps (0: the entry asks for it; more: it asks for a wider one that includes it),
    words (the term), index_entry_id, index_title, title (in lower case), code.
    """
    return (
        asked_terms(lookup)
        .join(term_criteria(lookup).drop("statement"), on=["kind", "words"])
        .group_by("id", "index_entry_id", "index_title", "title", "code")
        .agg(pl.col("steps").min(), pl.col("words").sort_by("steps", "words").first())
        .sort("id", "title", "code", "index_entry_id")
    )
