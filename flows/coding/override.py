"""Override: put people's decisions in the place of what the engine says of the same texts.

A decision on texts counts for records with all the same texts, whatever the engine says; one on a
title counts for records with that title that would go to review. The first comes before the second.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from flows.coding.audit import CODED_SCHEMA
from flows.coding.coder import Coded
from flows.coding.normalise import industry_that_counts
from flows.coding.numbering import first_of_each
from flows.coding.trace import OF_DECISION
from reference.keys import text_key
from reference.lookup import Lookup
from schemas.reviewed import REVIEWED_TEXTS

KEPT = ("match_method", "title_read_as", "words_set_aside")
"""What is said of a decided record's title as the engine says it; the entry and the reasons go."""

OVERRIDDEN_SCHEMA = pl.Schema(
    {
        "override_id": pl.String,
        "used": pl.Boolean,
        "engine_code": pl.String,
        "records": pl.Int64,
        "weight": pl.Float64,
    }
)


class Overrides(NamedTuple):
    """People's decisions, made ready for an edition; `of_overrides` makes it."""

    decided: pl.DataFrame
    """One row per override whose code the edition has: override_id, scope and the coded columns
    that its code gives."""
    texts: pl.DataFrame
    """The keys of their texts, REVIEWED_TEXTS, and `override`, its row in `decided`."""
    unknown: pl.DataFrame
    """Those whose code the edition does not have: override_id, code."""

    def of_scope(self, scope: str) -> pl.DataFrame:
        """The texts of the overrides of one scope (schemas/overrides.py)."""
        return self.texts.filter(self.decided["scope"] == scope)

    @staticmethod
    def of_overrides(overrides: pl.DataFrame, lookup: Lookup) -> Overrides:
        """Make overrides (schemas/overrides.py, one row per override_id) ready."""
        groups = lookup.groups.filter(level="unit_group").select(
            "skill_level", unit_group="code", unit_group_title="title"
        )
        subdivided = lookup.sub_unit_groups.select(
            "sub_unit_group", code="sub_unit_group", sub_unit_group_title="title"
        )
        coded = (
            overrides.with_columns(unit_group=pl.col("code").str.head(4))
            .join(groups, on="unit_group", how="left", maintain_order="left")
            .join(subdivided, on="code", how="left", maintain_order="left")
        )
        is_known = pl.col("unit_group_title").is_not_null() & (
            (pl.col("code") == pl.col("unit_group")) | pl.col("sub_unit_group").is_not_null()
        )
        decided = coded.filter(is_known)
        return Overrides(
            decided.drop(REVIEWED_TEXTS),
            decided.select(text_key(pl.col(REVIEWED_TEXTS))).with_row_index("override"),
            coded.filter(~is_known).select("override_id", "code"),
        )


class Overridden(NamedTuple):
    """Coded records in which decisions have their place, and what they took the place of."""

    coded: Coded
    met: pl.DataFrame
    """OVERRIDDEN_SCHEMA; one row per override, whether it was used, and the code that the engine
    gives without it, null for none: how many records, and what weight. One on a title is not used
    for records of that title that the engine codes."""


def override_records(
    records: pl.DataFrame, coded: Coded, overrides: Overrides, lookup: Lookup
) -> Overridden:
    """Put decisions in their place in canonical records and what coding says of them."""
    rows = _titled(records["job_title"], overrides.texts["job_title"])
    facts = {
        "row": rows,
        "weight": records["weight"][rows].fill_null(1.0),
        "decision": coded.decision[rows],
        "in_review": coded.decisions["outcome"].cast(pl.String)[coded.decision[rows]] == "review",
    }
    keys = _keys(records[rows], overrides)
    named = _meet(pl.concat([pl.DataFrame(facts), keys], how="horizontal"), overrides)
    told, met = _told(named, coded, overrides), named.filter("used")
    if not met.height:
        return Overridden(coded, told)
    first, of_met = first_of_each(met.select("decision", "override"))
    pairs = met.select("decision", "override")[first]
    number = (of_met + coded.decisions.height).cast(coded.decision.dtype)
    overridden = Coded(
        _added(coded.decisions, _decide(coded, pairs, overrides, lookup)),
        coded.decision.scatter(met["row"], number),
        pl.concat([coded.found, _found(coded, pairs)]),
    )
    return Overridden(overridden, told)


def _titled(titles: pl.Series, keys: pl.Series) -> pl.Series:
    """The rows whose title has one of the keys; each distinct title is looked at once."""
    distinct = titles.unique().to_frame()
    named = distinct.filter(text_key(pl.col("job_title")).is_in(keys.implode()))
    return titles.is_in(named["job_title"].implode()).arg_true()


def _keys(records: pl.DataFrame, overrides: Overrides) -> pl.DataFrame:
    """The keys of records' REVIEWED_TEXTS; of titles decided as titles only, that of the title."""
    title, *others = REVIEWED_TEXTS
    texts = records.with_columns(industry_that_counts(), key=text_key(pl.col(title)))
    of_text = overrides.of_scope("text")[title].implode()
    asks = pl.col("key").is_in(of_text)
    return texts.select(
        pl.col("key").alias(title), text_key(pl.when(asks).then(pl.col(others)).name.keep())
    )


def _meet(rows: pl.DataFrame, overrides: Overrides) -> pl.DataFrame:
    """The override of each row that has one: row, weight, decision, override, used."""
    of_title = overrides.of_scope("title").select("job_title", by_title="override")
    return (
        rows.join(
            overrides.of_scope("text"),
            on=REVIEWED_TEXTS,
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        .join(of_title, on="job_title", how="left", maintain_order="left")
        .select(
            "row",
            "weight",
            "decision",
            override=pl.coalesce("override", "by_title"),
            used=pl.col("override").is_not_null() | pl.col("in_review"),
        )
        .drop_nulls("override")
    )


def _decide(
    coded: Coded, pairs: pl.DataFrame, overrides: Overrides, lookup: Lookup
) -> pl.DataFrame:
    """The decision on each pair of the engine's decision and an override: CODED_SCHEMA."""
    engine = coded.decisions[pairs["decision"]].select(pl.col(KEPT).cast(pl.String))
    made = pl.concat(
        [engine, _found(coded, pairs), overrides.decided[pairs["override"]]], how="horizontal"
    ).with_columns(outcome=pl.lit("assigned"))
    others = lookup.alternatives
    of_title = others.filter(pl.col("code").is_null()).select("title_id", all="alternatives")
    complete = (
        made.join(others, on=["title_id", "code"], how="left", maintain_order="left")
        .join(of_title, on="title_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("alternatives", "all"))
    )
    nothing = [pl.lit(None).alias(name) for name in CODED_SCHEMA if name not in complete.columns]
    return complete.with_columns(nothing).select(
        pl.col(name).cast(kind) for name, kind in CODED_SCHEMA.items()
    )


def _found(coded: Coded, pairs: pl.DataFrame) -> pl.DataFrame:
    """The title of each pair's decision; it has no entry any more."""
    found = coded.found[pairs["decision"]]
    return found.with_columns(entry=pl.lit(None, found.schema["entry"])).select(OF_DECISION)


def _added(decisions: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    """The rows of both; texts are Enum, of the texts that either has."""
    columns = []
    for column, more in zip(decisions, made, strict=True):
        kind = column.dtype
        if isinstance(kind, pl.Enum):
            known = pl.concat([kind.categories, more.drop_nulls().alias("category")])
            kind = pl.Enum(known.unique(maintain_order=True))
        columns.append(pl.concat([column.cast(kind), more.cast(kind)]))
    return pl.DataFrame(columns)


def _told(named: pl.DataFrame, coded: Coded, overrides: Overrides) -> pl.DataFrame:
    deepest = coded.decisions.select(
        pl.coalesce(pl.col("sub_unit_group", "unit_group").cast(pl.String))
    ).to_series()
    told = named.with_columns(
        overrides.decided["override_id"][named["override"]],
        deepest[named["decision"]].alias("engine_code"),
    )
    counted = told.group_by("override_id", "used", "engine_code").agg(
        records=pl.len(), weight=pl.col("weight").sum()
    )
    return counted.select(pl.col(name).cast(kind) for name, kind in OVERRIDDEN_SCHEMA.items())
