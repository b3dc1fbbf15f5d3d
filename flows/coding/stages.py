"""The stages in their order, from distinct titles and cases to decisions, on one page."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from flows.coding.assign import assign
from flows.coding.audit import audit
from flows.coding.candidates import find_candidates
from flows.coding.liken import LIKENED, LIKENESS, NEVER, liken_titles
from flows.coding.normalise import normalise_titles
from flows.coding.qualify import meet_terms, qualify
from flows.coding.rewrite import rewrite_titles
from reference.lookup import Lookup

NOT_IN_INDEX = "title is not in the index"


class Workings(NamedTuple):
    """What the stages made of some cases; every table has one row per case but `met`."""

    cases: pl.LazyFrame  # its title in the index, if it has one, and its evidence
    met: pl.LazyFrame  # one row per case and qualifier term that is satisfied
    decided: pl.LazyFrame  # the coded columns


def match_titles(titles: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """normalise, candidates, rewrite, liken: the index title of each distinct job_title.

    One row each. Titles that are not in the index have what their last reading is most like; those
    that are only when some of their words are taken as a qualifier or set aside, and have no entry
    without a qualifier, what they are most like with these words.
    """
    found = find_candidates(normalise_titles(titles, lookup), lookup).collect()
    known, unknown = rewrite_titles(found, lookup)
    likened = liken_titles(pl.concat([unknown, _taken_apart(known, lookup)]), lookup)
    return known.join(likened, on="job_title", how="left").lazy()


def _taken_apart(known: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    """The titles that may get no code by the index, and of which it has only some words."""
    open_titles = lookup.titles.filter(~pl.col("has_default"))
    return (
        known.filter(pl.any_horizontal(pl.col("title_qualifier", "words_set_aside").is_not_null()))
        .join(open_titles, on="title_id", how="semi")
        .select("job_title", reading=pl.coalesce("title_read_as", "job_title"))
    )


def work_out(
    cases: pl.LazyFrame, read: pl.LazyFrame, lookup: Lookup, assign_from: int = NEVER
) -> Workings:
    """qualify, assign, audit: decide each case.

    A case is a title, as `match_titles` says, and its evidence; `read` is what the evidence says,
    of `read_texts`. A title in no reading of the index is assigned what it is most like from a
    certainty of `assign_from` per cent.
    """
    in_index = cases.drop_nulls("title_id").collect().lazy()
    asking = in_index.filter("needs_evidence").collect().lazy()
    met = meet_terms(asking, read, lookup).collect().lazy()
    fits = qualify(in_index, met, lookup).collect().lazy()
    decided = audit(_with_unknown(cases, assign(in_index, fits, lookup), assign_from), lookup)
    return Workings(cases, met, decided)


def _with_unknown(cases: pl.LazyFrame, assigned: pl.LazyFrame, assign_from: int) -> pl.LazyFrame:
    """The decisions of all cases, with what a person in review may go by.

    Those whose title is not in the index get what it is most like, where that is certain enough
    (`likened_group`), or go to review. What the index says of a code's digits comes before what
    the title is like.
    """
    unknown = pl.col("outcome").is_null()
    likened = unknown & (pl.col("certainty") >= assign_from).fill_null(value=False)
    in_review = (unknown & ~likened) | (pl.col("outcome") == "review").fill_null(value=False)
    return (
        cases.select("case", "match_method", "title_read_as", "words_set_aside", *LIKENESS)
        .join(assigned, on="case", how="left", maintain_order="left")
        .with_columns(
            outcome=pl.when(likened)
            .then(pl.lit("assigned"))
            .when(unknown)
            .then(pl.lit("review"))
            .otherwise("outcome"),
            review_reason=pl.when(unknown & ~likened)
            .then(pl.lit(NOT_IN_INDEX))
            .otherwise("review_reason"),
            match_method=pl.when(likened).then(pl.lit(LIKENED)).otherwise("match_method"),
            likened_group=pl.when(likened).then(pl.col("likely_codes").str.head(4)),
            likely_codes=pl.when(in_review | likened).then("likely_codes"),
            certainty=pl.when(in_review | likened).then("certainty"),
            safe_code=pl.when(in_review).then(pl.coalesce("shared_digits", "safe_code")),
        )
    )
