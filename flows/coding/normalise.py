"""Normalise: from the respondent's words to the forms in which titles are looked up.

The words themselves are never altered; each form stands in a column of its own.
"""

from __future__ import annotations

import re

import polars as pl

from reference.keys import loose_key, strict_key
from reference.lookup import Lookup

_BRACKETS = r"\s*[(\[]([^)\]]*)[)\]]\s*"
_AFTER_MARK = r"(?:,|\s[-\u2013\u2014]\s)\s*([^,]*?)\s*$"

EVIDENCE_FIELDS = (
    "job_description",
    "department",
    "qualification",
    "industry_description",
    "sic2007",
)
"""Record columns in which evidence for a qualifier is sought; `title_qualifier` joins them."""

RECORD_COLUMNS = ("job_title", *EVIDENCE_FIELDS, "employer_industry", "employer_sic2007")
"""The canonical columns that coding depends on; no other has any effect on a code."""


def normalise_records(records: pl.LazyFrame) -> pl.LazyFrame:
    """The columns that coding depends on, one row per record, in the records' order.

    What the employer says of the whole organisation stands in where the record itself has no
    industry. Columns: job_title and EVIDENCE_FIELDS.
    """
    none_of_its_own = pl.all_horizontal(pl.col("industry_description", "sic2007").is_null())
    employer = {"industry_description": "employer_industry", "sic2007": "employer_sic2007"}
    return records.select(
        "job_title",
        "job_description",
        "department",
        "qualification",
        *(
            pl.when(none_of_its_own).then(stand_in).otherwise(own).alias(own)
            for own, stand_in in employer.items()
        ),
    )


def normalise_titles(titles: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """The forms of each distinct title; one row per `job_title`.

    Columns: strict and loose key of the whole title; `turned`, with what stands in brackets or
    after the last comma or dash put first ("Care assistant (senior)"); without its brackets
    (`bare_`); and without set-aside words as well (`kept`). title_qualifier, the words in
    brackets, or if they are set-aside words only, aside_in_brackets; words_set_aside.
    """
    title = pl.col("job_title")
    bare = title.str.replace_all(_BRACKETS, " ")
    bracketed = title.str.extract_all(_BRACKETS).list.eval(pl.element().str.strip_chars(" ()[]"))
    in_brackets = bracketed.list.join(" ").replace("", None)
    after = title.str.extract(_AFTER_MARK)
    turned = pl.coalesce(in_brackets + " " + bare, after + " " + title.str.replace(_AFTER_MARK, ""))
    aside = rf"\b(?:{'|'.join(re.escape(word) for word in lookup.set_aside)})\b"
    return (
        titles.with_columns(
            strict=strict_key(title),
            loose=loose_key(title),
            turned=loose_key(turned),
            bare_strict=strict_key(bare),
            bare_loose=loose_key(bare),
            in_brackets=loose_key(in_brackets),
            title_qualifier=in_brackets,
        )
        .with_columns(
            kept=loose_key(pl.col("bare_loose").str.replace_all(aside, " ")),
            words_set_aside=pl.col("bare_loose").str.extract_all(aside).list.join(", "),
            kept_in_brackets=loose_key(pl.col("in_brackets").str.replace_all(aside, " ")),
        )
        .with_columns(
            title_qualifier=pl.when(pl.col("kept_in_brackets").is_not_null()).then(
                "title_qualifier"
            ),
            aside_in_brackets=pl.when(pl.col("kept_in_brackets").is_null()).then("in_brackets"),
        )
    )
