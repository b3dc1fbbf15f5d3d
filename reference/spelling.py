"""Words one typing error apart: a letter more, less or other, or two neighbours exchanged.

Two words are that close when they are equal after a letter is dropped from one of them, or from
both at the same place, or from both side by side if it is the same letter; so they are found by
joins on what is left of each.
"""

from __future__ import annotations

import polars as pl

SHORTEST = 5
"""Letters of the shortest word that may be meant: short words have too many neighbours."""


def shortened(words: pl.LazyFrame) -> pl.LazyFrame:
    """Each `word`, whole and without one of its letters: word, rest, place, letter (null: whole).

    The place and the letter are those of what was dropped.
    """
    length = pl.col("word").str.len_chars().cast(pl.Int64)
    dropped = (
        words.select("word", place=pl.int_ranges(0, length))
        .explode("place")
        .with_columns(
            rest=pl.col("word").str.head(pl.col("place"))
            + pl.col("word").str.slice(pl.col("place") + 1),
            letter=pl.col("word").str.slice(pl.col("place"), 1),
        )
        .select("word", "rest", "place", "letter")
    )
    none = {"place": pl.lit(None, pl.Int64), "letter": pl.lit(None, pl.String)}
    whole = words.select("word", rest="word", **none)
    return pl.concat([whole, dropped])


def neighbours(words: pl.LazyFrame, known: pl.LazyFrame) -> pl.LazyFrame:
    """The known words one error from each `word`: word, meant; one row per pair.

    `known` is of `shortened`. The first letter is taken to be right: people seldom mistype it, and
    so a "vlogger" is no logger.
    """
    long_enough = words.filter(pl.col("word").str.len_chars() >= SHORTEST - 1)
    apart = (pl.col("place") - pl.col("place_right")).abs()
    exchanged = (apart == 1) & (pl.col("letter") == pl.col("letter_right"))
    one_is_whole = pl.col("place").is_null() | pl.col("place_right").is_null()
    return (
        shortened(long_enough)
        .join(known.rename({"word": "meant"}), on="rest")
        .filter((apart == 0) | exchanged | one_is_whole)
        .filter(pl.col("word").str.head(1) == pl.col("meant").str.head(1))
        .select("word", "meant")
        .unique()
    )
