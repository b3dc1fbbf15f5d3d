"""What of a title counts when titles are compared: its words, its last word, pairs and parts."""

from __future__ import annotations

import polars as pl

from reference.wording import SMALL_WORDS

PARTS = (3, 4, 5)
"""Lengths, in letters, of the parts of words that count; a word's two ends are letters too."""

WORDS_WEIGH, PARTS_WEIGH = 1.5, 2.0
"""How much all words of a title weigh together, and all parts of its words."""


def features_of(texts: pl.LazyFrame) -> pl.LazyFrame:
    """The features of each text, from its `key`; one row per text and feature.

    Columns: text, feature, is_part (of a word), times.
    """
    found = [_words(texts).with_columns(is_part=False), _parts(texts).with_columns(is_part=True)]
    return pl.concat(found).group_by("text", "feature", "is_part").agg(times=pl.len())


def _words(texts: pl.LazyFrame) -> pl.LazyFrame:
    """Words, the last one before "of", "to" or "in", and pairs of neighbours: text, feature."""
    spread = texts.select("text", word=pl.col("key").str.split(" ")).explode("word")
    alone = spread.filter(~pl.col("word").is_in(list(SMALL_WORDS))).unique()
    last = pl.col("key").str.replace(r" (?:of|to|in) .*$", "").str.extract(r"(\S+)$")
    pair = pl.format("{} {}", "word", pl.col("word").shift(-1).over("text"))
    kinds = [
        alone.select("text", feature="word"),
        texts.select("text", feature=pl.format("{} at the end", last)),
        spread.select("text", feature=pair),
    ]
    return pl.concat(kinds).drop_nulls("feature")


def _parts(texts: pl.LazyFrame) -> pl.LazyFrame:
    """The parts of every word, with a mark at its ends: text, feature."""
    spread = texts.select("text", word=pl.col("key").str.split(" ")).explode("word")
    marked = spread.select(pl.col("word").unique()).with_columns(marked=pl.format("-{}-", "word"))
    letters = pl.col("marked").str.len_chars().cast(pl.Int64)
    parts = [
        marked.with_columns(at=pl.int_ranges(0, (letters - length).clip(0) + 1))
        .explode("at")
        .select("word", feature=pl.format("part {}", pl.col("marked").str.slice("at", length)))
        for length in PARTS
    ]
    return spread.join(pl.concat(parts), on="word").select("text", "feature")


def shares_of(found: pl.LazyFrame, features: pl.LazyFrame) -> pl.LazyFrame:
    """The weight of each known feature in its text: text, number, share; sorted.

    The words of a text have a length of WORDS_WEIGH together, and their parts one of PARTS_WEIGH.
    """
    weight = (1 + pl.col("times").log()) * pl.col("idf")
    length = (pl.col("weight") ** 2).sum().sqrt().over("text", "is_part")
    together = pl.when("is_part").then(PARTS_WEIGH).otherwise(WORDS_WEIGH)
    return (
        found.join(features.select("feature", "number", "idf"), on="feature")
        .select("text", "number", "is_part", weight=weight)
        .sort("text", "number")  # so that weights are always added up in the same order
        .select("text", "number", share=(together * pl.col("weight") / length).cast(pl.Float32))
    )
