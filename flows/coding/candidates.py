"""Candidates: which title of the index a record's title is, by the first form that has one.

Whole titles come before anything is dropped: "senior X" and "assistant X" often have entries of
their own, with other codes.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from reference.lookup import Lookup


@dataclass(frozen=True)
class Attempt:
    """One rung of the ladder: a key of the record's title, and what its success is called."""

    key: str
    strict: bool
    method: str | None
    uses_bracket: bool = False
    sets_aside: str | None = None
    """The column with the words that are not in the key."""
    names_occupation: bool = False
    uses_words_beside: bool = False


LADDER = (
    Attempt("strict", strict=True, method="whole_title"),
    Attempt("loose", strict=False, method=None),  # named by the form of the index that matched
    Attempt("turned", strict=False, method="turned_title"),
    Attempt("named", strict=False, method="named_occupation", names_occupation=True),
    Attempt("words_first", strict=False, method="turned_title"),
    Attempt("word_first", strict=False, method="turned_title"),
    Attempt("bare_strict", strict=True, method="title_with_qualifier", uses_bracket=True),
    Attempt("bare_loose", strict=False, method="title_with_qualifier", uses_bracket=True),
    *(
        Attempt(key, strict=False, method="words_set_aside", uses_bracket=True, sets_aside=words)
        for key, words in (
            ("kept_but_first", "first_set_aside"),
            ("kept_but_last", "last_set_aside"),
            ("kept", "words_set_aside"),
        )
    ),
    Attempt(
        "named_kept",
        strict=False,
        method="named_occupation",
        uses_bracket=True,
        sets_aside="words_set_aside",
        names_occupation=True,
    ),
    Attempt("family_title", strict=False, method="title_with_qualifier", uses_words_beside=True),
)


def find_candidates(titles: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """Add the index title that each normalised title leads to; one row per `job_title`.

    Columns added: title_id (null: not in the index), match_method, needs_evidence; and
    title_qualifier and words_set_aside are kept only where the rung that won used them.
    """
    for number, attempt in enumerate(LADDER):
        table = lookup.strict_titles if attempt.strict else lookup.loose_titles
        titles = titles.join(
            table.lazy().select("key", pl.struct("title_id", "form").alias(f"hit_{number}")),
            left_on=attempt.key,
            right_on="key",
            how="left",
            maintain_order="left",
        )
    rung = pl.coalesce(
        pl.when(pl.col(f"hit_{n}").is_not_null()).then(pl.lit(n)) for n in range(len(LADDER))
    )
    hit = pl.coalesce(f"hit_{n}" for n in range(len(LADDER)))
    won = titles.with_columns(rung=rung, hit=hit)
    uses_bracket, names, beside = (
        pl.col("rung").is_in([n for n, attempt in enumerate(LADDER) if getattr(attempt, use)])
        for use in ("uses_bracket", "names_occupation", "uses_words_beside")
    )
    aside = pl.coalesce(
        pl.when(rung=number).then(attempt.sets_aside)
        for number, attempt in enumerate(LADDER)
        if attempt.sets_aside
    )
    only_aside = uses_bracket & pl.col("aside_in_brackets").is_not_null()
    return won.select(
        "job_title",
        title_id=pl.col("hit").struct.field("title_id"),
        match_method=pl.col("rung")
        .replace_strict({n: a.method for n, a in enumerate(LADDER)}, return_dtype=pl.String)
        .pipe(lambda method: pl.when(only_aside).then(pl.lit("words_set_aside")).otherwise(method))
        .fill_null(pl.col("hit").struct.field("form")),
        title_qualifier=pl.when(uses_bracket)
        .then("title_qualifier")
        .when(beside)
        .then("words_beside"),
        words_set_aside=pl.concat_str(
            pl.when(names).then("apprentice"),
            aside.replace("", None),
            pl.when(only_aside).then("aside_in_brackets"),
            separator=", ",
            ignore_nulls=True,
        ).replace("", None),
    ).join(
        lookup.titles.lazy().select("title_id", "needs_evidence"),
        on="title_id",
        how="left",
        maintain_order="left",
    )
