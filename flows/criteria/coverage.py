"""How far the written criteria reach: by terms, by uses in the index, and by SIC class."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flows.coding.qualify import read_texts
from flows.criteria.dependants import asked_terms, term_criteria
from reference.lookup import Lookup

STATUSES = ("written", "derived", "without any criterion", "asks for nothing")
"""How a term is met: every part by a written criterion; or some part by its own words; or some part
by nothing at all; `nos` and the like ask for nothing."""


def term_coverage(lookup: Lookup) -> pl.DataFrame:
    """Say how each qualifier term is met; one row per kind and term, commonest first.

    Columns: kind, words, uses (coded entries that have the term), status (of STATUSES).
    """
    can_be_met = pl.concat(
        [lookup.phrases.select("criterion"), lookup.sic_prefixes.select("criterion")]
    ).join(lookup.criteria, on="criterion")["id"]
    levels = (
        term_criteria(lookup)
        .group_by("kind", "words", "levels", "level")
        .agg(
            written=pl.col("statement").filter(steps=0).is_not_null().all(),
            meetable=pl.col("id").is_in(can_be_met.unique().implode()).any(),
        )
        .group_by("kind", "words")
        .agg(
            pl.col("written", "meetable").all(),
            whole=pl.len() == pl.col("levels").first(),
        )
    )
    status = (
        pl.when(pl.col("written").is_null())
        .then(pl.lit("asks for nothing"))
        .when(~pl.col("meetable") | ~pl.col("whole"))
        .then(pl.lit("without any criterion"))
        .when(pl.col("written"))
        .then(pl.lit("written"))
        .otherwise(pl.lit("derived"))
    )
    return (
        asked_terms(lookup)
        .group_by("kind", "words")
        .agg(uses=pl.len())
        .join(levels, on=["kind", "words"], how="left")
        .select("kind", "words", "uses", status=status)
        .sort(["kind", "uses", "words"], descending=[False, True, False])
    )


def coverage_shares(terms: pl.DataFrame) -> pl.DataFrame:
    """Sum up `term_coverage`; one row per kind and status that occurs, written first.

    Columns: kind, status, terms, uses, and both as shares of the terms that ask for something
    (null for those that do not).
    """
    asks = pl.col("status") != "asks for nothing"
    order = pl.col("status").replace_strict({name: n for n, name in enumerate(STATUSES)})
    counted = (
        terms.group_by("kind", "status")
        .agg(terms=pl.len(), uses=pl.col("uses").sum())
        .sort("kind", order)
    )
    return counted.with_columns(
        pl.when(asks)
        .then(pl.col(count) / pl.col(count).filter(asks).sum().over("kind"))
        .alias(f"share_of_{count}")
        for count in ("terms", "uses")
    )


@dataclass(frozen=True)
class SicGaps:
    """What SIC codes cannot say: classes that meet no industry term, terms that no class meets.

    classes: one row per such SIC class: code, title. terms: one row per such term: words, uses.
    """

    classes: pl.DataFrame
    terms: pl.DataFrame
    all_classes: int
    all_terms: int


def sic_gaps(lookup: Lookup, sic: pl.DataFrame) -> SicGaps:
    """Find the gaps between SIC 2007 (`reference.sic.read_sic`) and an edition's industry terms.

    A class meets a term if it, or a sub class in it, meets every part of the term by itself.
    """
    classes = sic.filter(pl.col("level") == "class", pl.col("code").str.len_bytes() == 4)
    codes = sic.filter(pl.col("code").str.len_bytes() >= 4)
    read = read_texts(codes.select(field=pl.lit("sic2007"), text="code"), lookup)
    industry = term_criteria(lookup).filter(kind="industry")
    met = (
        read.drop_nulls("criterion")
        .select("criterion", "text")
        .join(lookup.criteria.select("criterion", "id"), on="criterion")
        .join(industry, on="id")
        .group_by("text", "words")
        .agg(whole=pl.col("level").n_unique() == pl.col("levels").first())
        .filter("whole")
        .select("words", code=pl.col("text").str.head(4))
        .unique()
    )
    terms = term_coverage(lookup).filter(
        pl.col("kind") == "industry", pl.col("status") != "asks for nothing"
    )
    met_by_used = met.join(terms, on="words", how="semi")
    return SicGaps(
        classes=classes.join(met_by_used, on="code", how="anti").select("code", "title"),
        terms=terms.join(met, on="words", how="anti").select("words", "uses"),
        all_classes=classes.height,
        all_terms=terms.height,
    )
