"""How titles are worded: the rewrites of reference/wording, and the index's own words."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources.abc import Traversable

import polars as pl

from reference.spelling import SHORTEST, shortened

PREPOSITIONS = ("of", "for", "in", "at", "on")
SMALL_WORDS = (*PREPOSITIONS, "the", "and", "a", "an")
"""Words that count for nothing when words are compared in any order."""


@dataclass(frozen=True)
class SetAsideWord:
    """A word that may be dropped from a title when the whole title has no entry."""

    word: str
    kind: str
    source: str


@dataclass(frozen=True)
class Rewrite:
    """Words that stand for others: a short form, another spelling, a form or a synonym."""

    said: str
    means: str
    kind: str
    beside: tuple[str, ...]
    """Words one of which must stand elsewhere in the title for this meaning; none: any title."""
    source: str


@dataclass(frozen=True)
class FixedWord:
    """A word whose place in a title decides what it means: an "assistant manager" assists none."""

    word: str
    source: str


@dataclass(frozen=True)
class Wording:
    """All of reference/wording that rules on titles."""

    set_aside: tuple[SetAsideWord, ...]
    rewrites: tuple[Rewrite, ...]
    fixed: tuple[FixedWord, ...]


def read_wording(folder: Traversable) -> Wording:
    """Read the tables of titles' wording."""

    def rows(name: str) -> list[dict[str, str]]:
        return list(csv.DictReader((folder / name).read_text("utf-8").splitlines()))

    return Wording(
        set_aside=tuple(SetAsideWord(**row) for row in rows("set_aside.csv")),
        rewrites=tuple(
            Rewrite(**{**row, "beside": tuple(row["beside"].split())})  # type: ignore[arg-type]
            for row in rows("rewrites.csv")
        ),
        fixed=tuple(FixedWord(**row) for row in rows("fixed_places.csv")),
    )


def rewrite_table(wording: Wording) -> pl.DataFrame:
    """One row per rewrite, in their order: kind, said, means, beside."""
    return pl.DataFrame(
        [(r.kind, r.said, r.means, list(r.beside)) for r in wording.rewrites],
        schema={
            "kind": pl.String,
            "said": pl.String,
            "means": pl.String,
            "beside": pl.List(pl.String),
        },
        orient="row",
    )


def vocabulary(titles: pl.DataFrame, wording: Wording) -> pl.DataFrame:
    """Every word of the index's titles, and of those that are set aside; one row per `word`."""
    aside = [word for entry in wording.set_aside for word in entry.word.split()]
    means = [word for rewrite in wording.rewrites for word in rewrite.means.split()]
    of_titles = titles.select(word=pl.col("key").str.split(" ")).explode("word")["word"]
    words = pl.concat([of_titles, pl.Series("word", aside + means, dtype=pl.String)])
    return words.drop_nulls().unique().sort().to_frame()


def spellings(words: pl.DataFrame) -> pl.DataFrame:
    """Each word long enough to be meant by an error, shortened (reference/spelling.py)."""
    long_enough = words.lazy().filter(pl.col("word").str.len_chars() >= SHORTEST)
    return shortened(long_enough).sort("rest", "word", "place").collect()


def unordered_titles(titles: pl.DataFrame, wording: Wording) -> pl.DataFrame:
    """Titles by their words in any order, where these lead to one title: unordered, key."""
    fixed = [entry.word for entry in wording.fixed]
    words = pl.col("key").str.split(" ")
    free = words.list.set_intersection(pl.lit(fixed, pl.List(pl.String))).list.len() == 0
    return (
        titles.lazy()
        .filter(form="whole_title_repunctuated")
        .filter(free & (words.list.len() > 1))
        .with_columns(unordered=unordered(pl.col("key")))
        .filter(pl.len().over("unordered") == 1)
        .select("unordered", "key")
        .sort("unordered")
        .collect()
    )


def unordered(key: pl.Expr) -> pl.Expr:
    """A title's words in alphabetical order, without the small ones."""
    words = key.str.split(" ").list.set_difference(pl.lit(list(SMALL_WORDS), pl.List(pl.String)))
    return words.list.sort().list.join(" ")
