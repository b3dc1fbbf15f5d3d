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

    One row each; titles that are not in the index have what they are most like instead.
    """
    found = find_candidates(normalise_titles(titles, lookup), lookup).collect()
    known, unknown = rewrite_titles(found, lookup)
    return known.join(liken_titles(unknown, lookup), on="job_title", how="left").lazy()


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
    """The decisions of all cases.

    Those whose title is not in the index get what it is most like, where that is certain enough
    (`likened_group`), or go to review.
    """
    unknown = pl.col("outcome").is_null()
    likened = unknown & (pl.col("certainty") >= assign_from).fill_null(value=False)
    in_review = unknown & ~likened
    return (
        cases.select("case", "match_method", "title_read_as", "words_set_aside", *LIKENESS)
        .join(assigned, on="case", how="left", maintain_order="left")
        .with_columns(
            outcome=pl.when(likened)
            .then(pl.lit("assigned"))
            .when(unknown)
            .then(pl.lit("review"))
            .otherwise("outcome"),
            review_reason=pl.when(in_review).then(pl.lit(NOT_IN_INDEX)).otherwise("review_reason"),
            match_method=pl.when(likened).then(pl.lit(LIKENED)).otherwise("match_method"),
            likened_group=pl.when(likened).then(pl.col("likely_codes").str.head(4)),
            safe_code=pl.when(~likened).then("safe_code"),
        )
    )
