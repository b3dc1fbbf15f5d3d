"""The codes that a title can take: what each would need, and the digits they share."""

from __future__ import annotations

import polars as pl

MOST_ALTERNATIVES = 20
"""Codes listed per record; the rest is counted, and `soc-recode explain` shows them all."""

NO_CODE = "no code"
"""Stands for the code of an entry that has none."""


def list_alternatives(title_entries: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """The other codes of a title; one row per title_id and code, or null for no code given.

    For example "2133/99 with computing/IT; 3412/07 otherwise". A title with one code has none.
    """
    codes = (
        title_entries.lazy()
        .filter(pl.col("code") != NO_CODE)
        .join(needs_of(entries), on="entry")
        .group_by("title_id", "code")
        .agg(
            need=pl.col("need").sort_by("entry").unique(maintain_order=True).str.join(" or "),
            first=pl.col("entry").min(),
        )
        .select("title_id", "first", other="code", text=pl.format("{} {}", "code", "need"))
    )
    given = codes.select("title_id", code="other")
    none = given.select("title_id", code=pl.lit(None, pl.String)).unique()
    more = pl.len().cast(pl.Int64) - MOST_ALTERNATIVES
    return (
        pl.concat([given, none])
        .join(codes, on="title_id")
        .filter(pl.col("other").ne_missing(pl.col("code")))
        .group_by("title_id", "code")
        .agg(
            alternatives=pl.col("text").sort_by("first").head(MOST_ALTERNATIVES).str.join("; ")
            + pl.when(more > 0).then(pl.format("; and {} more", more)).otherwise(pl.lit("")),
        )
        .sort("title_id", "code")
        .collect()
    )


def shared_digits(codes: pl.Expr) -> pl.Expr:
    """The digits that all codes of a group begin with, four at most; null if they share none."""
    least, most = codes.min(), codes.max()  # what these two share, those between them share too
    return pl.coalesce(
        pl.when(least.str.head(digits) == most.str.head(digits)).then(least.str.head(digits))
        for digits in (4, 3, 2, 1)
    )


def needs_of(entries: pl.DataFrame) -> pl.LazyFrame:
    """What each entry asks for, in words: entry, need ("with computing/IT", or "otherwise")."""
    qualifiers = pl.concat_str(
        [
            pl.col("additional_qualifier"),
            pl.format("industry {}", pl.col("industry_qualifier")),
        ],
        separator=" and ",
        ignore_nulls=True,
    )
    return entries.lazy().select(
        "entry",
        need=pl.when("asks_nothing")
        .then(pl.lit("otherwise"))
        .otherwise(pl.lit("with ") + qualifiers),
    )
