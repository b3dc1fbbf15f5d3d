"""Trace: for each record with a previous code, what became of it, and the cause.

    withdrawn              it had a code, and is now in review
    unchanged              the code it had
    refined                the unit group it had, now with its sub-unit group
    reclassified           the index gives the earlier classification's code for the same entry
    index_amended          the entry had that code, and the index says that it was changed
    possible_in_crosswalk  the index has the two codes together, but for other entries
    requalified            the same title, another branch of its qualifiers
    reassigned             none of these
    not_comparable         the edition does not have the codes of that classification

The first that holds, in this order, is a record's change_kind. Where the previous code does not
contradict the new one (possible_in_crosswalk), no change of branch is claimed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reference.earlier_codes import CLASSIFICATIONS
from reference.lookup import Lookup

if TYPE_CHECKING:
    from reference.skilled_worker import SkilledWorkerRules

TRACED_SCHEMA = pl.Schema(
    {
        "change_kind": pl.String(),
        "change_cause": pl.String(),
        "compared_classification": pl.String(),
        "compared_code": pl.String(),
        "previous_skill_level": pl.Int8(),
        "skilled_worker_change": pl.String(),
    }
)
"""The columns that tracing adds to a coded record; null for one without a previous code."""

OF_DECISION = ("title_id", "entry")
"""What tracing asks of a decision, beside its coded columns."""


def previous_codes(records: pl.LazyFrame, assumed: str | None) -> pl.LazyFrame:
    """The previous code of each record and its classification; null for a record without.

    A code without a classification is taken, if it has six digits for SOC 2020, if three for
    SOC 90, and if four for the classification `assumed` (see `tell_classification`).
    """
    code = pl.col("previous_code")
    by_shape = (
        pl.when(code.str.contains("/"))
        .then(pl.lit("SOC2020"))
        .when(code.str.len_chars() == 3)
        .then(pl.lit("SOC90"))
        .otherwise(pl.lit(assumed or "SOC2020"))
    )
    named = pl.coalesce("previous_classification", by_shape)
    return records.select(
        compared_classification=pl.when(code.is_not_null()).then(named), compared_code=code
    )


def tell_classification(records: pl.LazyFrame, lookup: Lookup) -> dict[str, int]:
    """How many records' four-digit codes without a classification exist in each classification.

    Largest first, and the newest first among equals: an extract's codes are taken for those of
    the first. Empty if no such code was given.
    """
    four = pl.col("previous_code").str.contains(r"^\d{4}$")
    given = (
        records.filter(four, pl.col("previous_classification").is_null())
        .group_by(code="previous_code")
        .agg(records=pl.len())
        .collect()
    )
    if not given.height:
        return {}
    known = known_codes(lookup).filter(pl.col("code").str.len_chars() == 4)
    found = given.lazy().join(known, on="code").group_by("classification")
    counted = found.agg(pl.col("records").sum()).collect()
    counts = dict(zip(counted["classification"], counted["records"], strict=True))
    ordered = sorted(CLASSIFICATIONS, key=lambda name: -counts.get(name, 0))
    return {name: counts.get(name, 0) for name in ordered}


def known_codes(lookup: Lookup) -> pl.LazyFrame:
    """The codes there are; one row per classification and code."""
    groups = lookup.groups.lazy().filter(level="unit_group").select("code")
    subdivided = lookup.sub_unit_groups.lazy().select(code="sub_unit_group")
    newest = pl.concat([groups, subdivided]).select(
        pl.lit("SOC2020").alias("classification"), "code"
    )
    earlier = lookup.crosswalk.lazy().select("classification", "code")
    return pl.concat([newest, earlier]).unique()


def trace(
    changes: pl.LazyFrame, lookup: Lookup, skilled_worker: SkilledWorkerRules | None = None
) -> pl.LazyFrame:
    """What became of previous codes; one row per row of `changes`, in the same order.

    `changes` has compared_classification and compared_code, OF_DECISION, and of the coded columns
    outcome, unit_group, sub_unit_group, evidence, default_reason, review_reason and override_id.
    Columns: those of TRACED_SCHEMA.
    """
    code = ["classification", "code"]
    facts = (
        (lookup.entry_codes, ["entry", *code], pl.lit(value=True).alias("is_own")),
        (lookup.amended_codes, ["entry", *code], pl.col("cited")),
        (lookup.crosswalk, [*code, "unit_group"], pl.lit(value=True).alias("is_possible")),
        (lookup.branch_codes, ["title_id", *code], pl.col("branch")),
        (known_codes(lookup), code, pl.lit(value=True).alias("is_known")),
    )
    traced = changes.rename({"compared_classification": "classification", "compared_code": "code"})
    for table, on, fact in facts:
        traced = traced.join(
            table.lazy().select(*on, fact), on=on, how="left", maintain_order="left"
        )
    levels = lookup.groups.lazy().filter(level="unit_group")
    frames = lookup.crosswalk["classification"].unique().to_list()
    return (
        traced.with_columns(
            change_kind=_kind(["SOC2020", *frames]),
            group=pl.when(classification="SOC2020").then(pl.col("code").str.head(4)),
        )
        .with_columns(change_cause=_cause())
        .join(
            levels.select(group="code", previous_skill_level="skill_level"),
            on="group",
            how="left",
            maintain_order="left",
        )
        .pipe(_with_consequence, skilled_worker)
        .rename({"classification": "compared_classification", "code": "compared_code"})
        .select(pl.col(name).cast(kind) for name, kind in TRACED_SCHEMA.items())
    )


def _with_consequence(traced: pl.LazyFrame, rules: SkilledWorkerRules | None) -> pl.LazyFrame:
    """Add what lists the unit group before and now in the Immigration Rules, where that differs.

    Information and not advice: null where no rules are installed, or nothing is known to change.
    """
    if rules is None:
        return traced.with_columns(skilled_worker_change=pl.lit(None, pl.String))
    tables = rules.tables.lazy()
    before = tables.select(group="unit_group", before="tables")
    now = tables.select("unit_group", now="tables")
    change = pl.format("{} → {} (rules of {})", "before", "now", pl.lit(rules.date.isoformat()))
    return (
        traced.join(before, on="group", how="left", maintain_order="left")
        .join(now, on="unit_group", how="left", maintain_order="left")
        .with_columns(skilled_worker_change=pl.when(pl.col("before") != pl.col("now")).then(change))
    )


def _kind(frames: list[str]) -> pl.Expr:
    code, group, deepest = pl.col("code"), pl.col("unit_group"), pl.col("sub_unit_group")
    is_newest = pl.col("classification") == "SOC2020"
    no_deeper = deepest.is_null() & (code.str.head(4) == group)
    kinds = {
        "withdrawn": pl.col("outcome") == "review",
        "not_comparable": ~pl.col("classification").is_in(frames),
        "unchanged": is_newest & ((code == deepest) | no_deeper),
        "refined": is_newest & (code == group),
        "reclassified": pl.col("is_own"),
        "index_amended": pl.col("cited").is_not_null(),
        "possible_in_crosswalk": pl.col("is_possible"),
        "requalified": pl.col("branch").is_not_null(),
    }
    kind = pl.lit("reassigned")
    for name, holds in reversed(kinds.items()):
        kind = pl.when(holds.fill_null(value=False)).then(pl.lit(name)).otherwise(kind)
    return pl.when(code.is_not_null()).then(kind)


def _cause() -> pl.Expr:
    decided = pl.format("decided by override {}", "override_id")
    now = pl.coalesce(decided, "evidence", "default_reason", pl.lit("no qualifier is asked for"))
    frame = pl.col("classification")
    causes = {
        "refined": pl.lit("the unit group is now divided into sub-unit groups"),
        "reclassified": pl.format("the index gives this {} code for the same entry", frame),
        "index_amended": pl.format("the entry was changed, {}", "cited"),
        "possible_in_crosswalk": pl.format(
            "the index has this {} code and the new unit group together, but for other entries",
            frame,
        ),
        "requalified": pl.format(
            "the title has, or had, the previous code {}; now: {}", "branch", now
        ),
        "reassigned": pl.when(pl.col("override_id").is_not_null())
        .then(decided)
        .when("is_known")
        .then(pl.lit("no entry of the title has, or had, the previous code"))
        .otherwise(pl.format("the previous code is no {} code of this edition", frame)),
        "withdrawn": pl.format("for review: {}", "review_reason"),
        "not_comparable": pl.format("the edition has no {} codes", frame),
    }
    cause = pl.lit(None, pl.String)
    for kind, words in causes.items():
        cause = pl.when(pl.col("change_kind") == kind).then(words).otherwise(cause)
    return cause
