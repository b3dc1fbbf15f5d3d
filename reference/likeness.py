"""What words of a title speak for which unit group: learnt from an edition's own titles.

Multinomial naive Bayes over the words, their places and their neighbours, weighted by tf-idf. It
needs no more than counting, so it is made in seconds where an edition is compiled, is the same
every time, and each part of a score can be shown. It proposes; it never overrules an entry.
"""

from __future__ import annotations

import datetime
import tomllib
from importlib.resources import files
from typing import NamedTuple

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from reference.keys import loose_key
from reference.wording import SMALL_WORDS

SMOOTHING = 0.0005
"""What is added to every count. Small: a title's words are few, and most say what they say
clearly. Fitted on titles that entered the index after version 1 (benchmarks/newer_titles.py)."""

_CALIBRATION = files("reference") / "likeness.toml"

PREFIX = 4
"""Letters of a word's beginning, and of the last word's end, that count by themselves: cleaner,
cleaning; welder, welding."""


class Level(BaseModel):
    """How sure a code of so many digits is; see likeness.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    digits: int = Field(ge=1, le=4)
    log_odds: tuple[float, ...] = Field(min_length=2)
    certainty: tuple[float, ...] = Field(min_length=2)


class Calibration(BaseModel):
    """What likeness.toml says: the levels, when a code is called safe, and for which indexes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    date: datetime.date
    fewest_entries: int = Field(ge=0)
    safe_at: int = Field(ge=50, le=100)
    level: tuple[Level, ...]


class Likeness(NamedTuple):
    """What was learnt.

    features: one row per feature: its number, and idf, how telling it is.
    weights: one row per feature and unit group that has it: how much it speaks for that group.
    groups: one row per unit group: `prior`, by how many titles it has, and `unmet`, what a unit of
        a feature that it does not have costs.
    """

    features: pl.DataFrame
    weights: pl.DataFrame
    groups: pl.DataFrame


def learn(entries: pl.DataFrame, groups: pl.DataFrame, sub_unit_groups: pl.DataFrame) -> Likeness:
    """Learn from an edition's entries, and from the titles of its unit and sub-unit groups.

    An entry with qualifiers speaks twice: by its title, and by its title after the qualifiers, for
    people say "NDT inspector" where the index says "inspector" with "non-destructive testing".
    """
    texts = _texts(entries, groups, sub_unit_groups)
    found = features_of(texts.lazy()).collect()
    features = (
        found.group_by("feature")
        .agg(texts=pl.len())
        .sort("feature")
        .with_row_index("number")
        .select("number", "feature", idf=((1 + texts.height) / (1 + pl.col("texts"))).log() + 1)
    )
    shares = shares_of(found.lazy(), features.lazy()).join(
        texts.lazy().select("text", "unit_group"), on="text"
    )
    counted = shares.group_by("number", "unit_group").agg(pl.col("share").sum()).collect()
    unit_groups = _priors(texts, counted, features.height)
    weights = counted.select(
        "number", "unit_group", weight=(1 + pl.col("share") / SMOOTHING).log()
    ).sort("number", "unit_group")
    return Likeness(features, weights, unit_groups)


def _priors(texts: pl.DataFrame, counted: pl.DataFrame, features: int) -> pl.DataFrame:
    total = pl.col("share").sum() + SMOOTHING * features
    unmet = counted.group_by("unit_group").agg(unmet=(pl.lit(SMOOTHING) / total).log())
    return (
        texts.group_by("unit_group")
        .agg(prior=(pl.len() / texts.height).log())
        .join(unmet, on="unit_group")
        .sort("unit_group")
    )


def _texts(
    entries: pl.DataFrame, groups: pl.DataFrame, sub_unit_groups: pl.DataFrame
) -> pl.DataFrame:
    """What is learnt from: text (its number), key, unit_group."""
    coded = entries.drop_nulls("unit_group")
    qualifiers = pl.concat_str(
        "additional_qualifier", "industry_qualifier", separator=" ", ignore_nulls=True
    )
    unit_groups = groups.filter(level="unit_group")
    texts = [
        coded.select("unit_group", title="index_title"),
        coded.filter(qualifiers != "").select(
            "unit_group", title=pl.format("{} {}", qualifiers, "index_title")
        ),
        unit_groups.select("title", unit_group="code"),
        sub_unit_groups.select(unit_group=pl.col("sub_unit_group").str.head(4), title="title"),
    ]
    columns = [text.select("unit_group", key=loose_key(pl.col("title"))) for text in texts]
    return pl.concat(columns).drop_nulls().sort("unit_group", "key").with_row_index("text")


def features_of(texts: pl.LazyFrame) -> pl.LazyFrame:
    """The features of each text, from its `key`; one row per text and feature: and `times`."""
    words = pl.col("key").str.split(" ")
    told = words.list.set_difference(pl.lit(list(SMALL_WORDS), pl.List(pl.String)))
    main = pl.col("key").str.replace(r" (?:of|to|in) .*$", "")
    last = main.str.extract(r"(\S+)$")
    element = pl.element()
    kinds = [
        told.list.eval(pl.format("w:{}", element)),
        pl.concat_list(pl.format("h:{}", last)),
        pl.concat_list(pl.format("p:{}", words.list.first())),
        pl.concat_list(pl.format("hh:{}", pl.col("key").str.extract(r"(\S+ \S+)$"))),
        pl.concat_list(
            pl.when(last.str.len_chars() > PREFIX).then(pl.format("y:{}", last.str.tail(PREFIX)))
        ),
        told.list.eval(
            pl.when(element.str.len_chars() > PREFIX).then(
                pl.format("x:{}", element.str.head(PREFIX))
            )
        ),
    ]
    alone = texts.select("text", feature=pl.concat_list(kinds)).explode("feature")
    spread = texts.select("text", last=last, word=words).explode("word")
    following = spread.select(
        "text",
        feature=pl.format("b:{}_{}", "word", pl.col("word").shift(-1).over("text")),
    )
    beside = spread.filter(
        pl.col("word") != pl.col("last"), ~pl.col("word").is_in(list(SMALL_WORDS))
    ).select("text", feature=pl.format("s:{}_{}", "word", "last"))
    return (
        pl.concat([alone, following, beside])
        .drop_nulls("feature")
        .group_by("text", "feature")
        .agg(times=pl.len())
    )


def shares_of(found: pl.LazyFrame, features: pl.LazyFrame) -> pl.LazyFrame:
    """The weight of each known feature in its text, of length 1: text, number, share."""
    weight = (1 + pl.col("times").log()) * pl.col("idf")
    length = (pl.col("weight") ** 2).sum().sqrt().over("text")
    return (
        found.join(features, on="feature")
        .select("text", "number", weight=weight)
        .select("text", "number", share=pl.col("weight") / length)
    )


def calibration(entries: int) -> pl.DataFrame:
    """How sure a likeness is, of likeness.toml: digits, log_odds, certainty, safe_at.

    For an index of so few entries that it was not measured for the like, one row: 4 digits, nulls.
    """
    told = Calibration.model_validate(tomllib.loads(_CALIBRATION.read_text("utf-8")))
    rows = [(one.digits, one.log_odds, one.certainty, told.safe_at) for one in told.level]
    return pl.DataFrame(
        rows if entries >= told.fewest_entries else [(4, None, None, None)],
        schema={
            "digits": pl.UInt32,
            "log_odds": pl.List(pl.Float64),
            "certainty": pl.List(pl.Float64),
            "safe_at": pl.Float64,
        },
        orient="row",
    )
