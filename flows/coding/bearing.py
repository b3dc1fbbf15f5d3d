"""Bearing: what of a text bears on a title. Texts that say the same about a title are one case.

Respondents' texts are nearly all different, but most say nothing that a title's entries ask for,
and the rest say few different things; so cases are told apart by what bears on their title.
"""

from __future__ import annotations

import polars as pl

from flows.coding.qualify import find_phrases, find_sic_criteria, find_terms
from reference.lookup import Lookup


def facts_that_bear(lookup: Lookup) -> pl.DataFrame:
    """What can be said about a title; one row per title_id and fact.

    A fact is that a criterion is met, or that a text is a whole term: numbered after the criteria.
    """
    levels = lookup.title_levels
    stated = pl.col("term") + lookup.criteria.height
    return pl.concat(
        [levels.select("title_id", fact="criterion"), levels.select("title_id", fact=stated)]
    ).unique()


def find_facts(texts: pl.DataFrame, field: str, lookup: Lookup) -> pl.DataFrame:
    """Everything that texts of one field say; one row per text_no, fact and words that say it."""
    if field == "sic2007":
        codes = texts.lazy().rename({"text": "sic2007"})
        found = codes.join(find_sic_criteria(codes, lookup), on="sic2007")
        return found.select("text_no", fact="criterion", words="words").collect()
    phrases = find_phrases(texts, lookup).filter(field=field)
    terms = find_terms(texts.lazy(), lookup).filter(field=field)
    stated = pl.col("term") + lookup.criteria.height
    return pl.concat(
        [
            phrases.select("text_no", fact="criterion", words="words"),
            terms.select("text_no", fact=stated, words=pl.lit("")),
        ]
    ).collect()


def say(pairs: pl.DataFrame, facts: pl.DataFrame, bearing: pl.DataFrame) -> pl.DataFrame:
    """What each text says about each title, as one string; one row per pair of which it is true.

    `pairs` has title_id and text_no. Columns: title_id, text_no, says.
    """
    one = pl.format("{}:{}", "fact", "words")
    return (
        pairs.lazy()
        .join(facts.lazy(), on="text_no")
        .join(bearing.lazy(), on=["title_id", "fact"], how="semi")
        .group_by("title_id", "text_no")
        .agg(says=one.sort().str.join("|"))
        .collect()
    )
