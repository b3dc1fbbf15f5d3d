"""Assign: one entry per case by the written precedence, or review with a reason. Never forced.

The order of the rungs and the reason for each stand in reference/criteria/precedence.toml.
"""

from __future__ import annotations

import polars as pl

from flows.coding.qualify import GIVEN_BY, STRENGTHS
from reference.alternatives import shared_digits
from reference.lookup import SLOTS, Lookup

PRECEDENCE = (
    "last_resort",
    "rung",
    "is_led_to",
    "unstated",
    "shallowness",
    "breadth",
    "vagueness",
    "undeclared",
)
"""Ascending order in which fitting entries are compared; a tie with another code is for review.

last_resort  0 asks for something and has a code; 1 asks, and is only a reference; 2 asks nothing
             and has a code; 3 asks nothing and is only a reference
rung         the precedence list
is_led_to    the title's own entries before those that a reference, or a note, leads to
unstated     how many of its qualifiers are met otherwise than in the index's own words
shallowness  the narrower term ("textile mfr: hosiery mfr") before the wider
breadth      a term whose own criterion is met before a wider one that merely includes it
vagueness    the longer phrase, or SIC prefix, before the shorter
undeclared   of two entries that ask nothing ("nos" and none), the declared default
"""

MOST_OUTWEIGHED = 5
"""Other codes with evidence that are listed for a record."""

EVIDENCE_OF = {"additional": "job_description", "industry": "industry_description or sic2007"}
"""What a record must give, by slot, for a qualifier to be judged."""

D_BY_QUALIFIER = ("I", "A", "Q", "QS", "M")
"""Default codes that name a qualifier other than the occupational one, which is in the title."""


def assign(cases: pl.LazyFrame, fits: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """The entry each case gets, or why it gets none; one row per case.

    Columns: case, entry (null in review), rung_name, evidence, outcome, default_reason,
    review_reason, missing_evidence (fields not given that its entries ask for, unless it is
    assigned), candidates (the codes that tie), shared_digits (in review: what all codes it may
    get begin with, if that is known), outweighed (the codes that other evidence speaks
    for, such as a SIC code against the words of the industry).
    """
    ranked = rank(fits, lookup)
    best = ranked.sort("case", *PRECEDENCE, "record_number").unique(
        "case", keep="first", maintain_order=True
    )
    ties = (
        ranked.join(best, on=["case", *PRECEDENCE], how="semi")
        .unique(["case", "code"])
        .filter(pl.len().over("case") > 1)
        .group_by("case")
        .agg(candidates=pl.col("code").sort().str.join("; "), tied=shared_digits(pl.col("code")))
    )
    chosen = cases.join(best.drop("title_id"), on="case", how="left", maintain_order="left")
    for facts in (ties, _outweighed(ranked, best)):
        chosen = chosen.join(facts, on="case", how="left", maintain_order="left")
    return _outcomes(chosen, lookup)


def _outweighed(ranked: pl.LazyFrame, best: pl.LazyFrame) -> pl.LazyFrame:
    """The other codes that evidence speaks for, with that evidence, strongest first."""
    others = (
        ranked.filter(~pl.col("asks_nothing"), ~pl.col("is_reference"))
        .join(best.select("case", best="code"), on="case")
        .filter(pl.col("code") != pl.col("best"))
        .sort("case", *PRECEDENCE, "record_number")
        .unique(["case", "code"], keep="first", maintain_order=True)
    )
    said = pl.format("{} by {}", "code", "evidence")
    return others.group_by("case", maintain_order=True).agg(
        outweighed=said.head(MOST_OUTWEIGHED).str.join(" | ")
    )


def rank(fits: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """Add the columns of PRECEDENCE, rung_name and the joined evidence to each fitting entry."""
    names = {
        kind: pl.col(f"{kind}_strength").replace_strict(
            dict(enumerate(STRENGTHS[kind])), default="none", return_dtype=pl.String
        )
        for kind in SLOTS
    }
    stated = pl.sum_horizontal(pl.col(f"{kind}_strength") == 0 for kind in SLOTS)
    asked = pl.sum_horizontal(pl.col(f"{kind}_strength").is_not_null() for kind in SLOTS)
    weight = pl.sum_horizontal(f"{kind}_weight" for kind in SLOTS)
    last_resort = pl.col("asks_nothing").cast(pl.UInt8) * 2 + pl.col("is_reference")
    return (
        fits.with_columns(**{f"{kind}_evidence_kind": name for kind, name in names.items()})
        .join(
            lookup.rungs.lazy(),
            left_on=[f"{kind}_evidence_kind" for kind in SLOTS],
            right_on=[f"{kind}_evidence" for kind in SLOTS],
            how="left",
            maintain_order="left",
        )
        .select(
            "case",
            "title_id",
            "entry",
            "record_number",
            "code",
            "asks_nothing",
            "is_reference",
            "is_led_to",
            "rung",
            "rung_name",
            *(f"{kind}_strength" for kind in SLOTS),
            last_resort=last_resort,
            unstated=asked - stated,
            shallowness=-pl.col("depth").cast(pl.Int32),
            breadth=pl.sum_horizontal(f"{kind}_steps" for kind in SLOTS),
            vagueness=-weight.cast(pl.Int32),
            undeclared=pl.col("asks_nothing") & pl.col("default_code").is_null(),
            evidence=pl.concat_str(
                [f"{kind}_evidence" for kind in SLOTS], separator="; ", ignore_nulls=True
            ).replace("", None),
        )
    )


def _outcomes(chosen: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """Say assigned, assigned_by_default or review for each case, and the reason."""
    given = {
        kind: pl.any_horizontal(pl.col(*fields).is_not_null()) for kind, fields in GIVEN_BY.items()
    }
    asks = {kind: pl.col(f"asks_{kind}") for kind in SLOTS}
    any_given = pl.any_horizontal(asks[kind] & given[kind] for kind in SLOTS)
    all_given = pl.all_horizontal(~asks[kind] | given[kind] for kind in SLOTS)
    how_given = (
        pl.when(~any_given)
        .then(pl.lit("no evidence given"))
        .when(all_given)
        .then(pl.lit("evidence given, no qualifier applies"))
        .otherwise(pl.lit("evidence given for some qualifiers, none applies"))
    )
    open_given = pl.any_horizontal(
        asks[kind] & given[kind] & pl.col(f"{kind}_strength").is_null() for kind in SLOTS
    )
    open_asked = pl.any_horizontal(
        asks[kind] & pl.col(f"{kind}_strength").is_null() for kind in SLOTS
    )
    how_given_within = (
        pl.when(open_asked & ~open_given)
        .then(pl.lit("no evidence given for a narrower qualifier"))
        .otherwise(pl.lit("evidence given, no narrower qualifier applies"))
    )
    review_reason = (
        pl.when(pl.col("entry").is_null())
        .then(pl.lit("title has no entry without a qualifier: ") + how_given)
        .when(pl.col("candidates").is_not_null())
        .then(pl.lit("several entries fit equally well"))
        .when("is_reference")
        .then(pl.lit("the index refers to its notes or to a title it does not have"))
        .when("contradicts_itself")
        .then(pl.lit("the index entry's two codes contradict each other"))
    )
    by_default = (pl.col("asks_nothing") & (pl.col("codes") > 1)) | pl.col("default_code").is_in(
        list(D_BY_QUALIFIER)
    )
    absent = [pl.when(asks[kind] & ~given[kind]).then(pl.lit(EVIDENCE_OF[kind])) for kind in SLOTS]
    missing = pl.concat_str(absent, separator="; ", ignore_nulls=True).replace("", None)
    # What was given and meets nothing may mean work of none of its codes, so they say nothing then.
    undecided = pl.when(pl.col("entry").is_null() & ~any_given).then("shared_digits")
    facts = lookup.titles.lazy().select(
        "title_id", "codes", "shared_digits", *(f"asks_{kind}" for kind in SLOTS)
    )
    details = lookup.entries.lazy().select("entry", "default_code", "contradicts_itself")
    return (
        chosen.join(facts, on="title_id", how="left", maintain_order="left")
        .join(details, on="entry", how="left", maintain_order="left")
        .with_columns(review_reason=review_reason)
        .with_columns(
            outcome=pl.when(pl.col("review_reason").is_not_null())
            .then(pl.lit("review"))
            .when(by_default)
            .then(pl.lit("assigned_by_default"))
            .otherwise(pl.lit("assigned")),
        )
        .with_columns(
            default_reason=pl.when(outcome="assigned_by_default").then(
                pl.when("asks_nothing").then(how_given).otherwise(how_given_within)
            ),
            missing_evidence=pl.when(pl.col("outcome") != "assigned").then(missing),
            outweighed=pl.when(pl.col("candidates").is_null()).then("outweighed"),
            shared_digits=pl.coalesce("tied", undecided),
        )
        .select(
            "case",
            "title_id",
            "rung_name",
            "evidence",
            "outcome",
            "default_reason",
            "review_reason",
            "missing_evidence",
            "candidates",
            "shared_digits",
            "outweighed",
            entry=pl.when(pl.col("review_reason").is_null()).then("entry"),
        )
    )
