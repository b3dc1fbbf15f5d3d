"""What makes a title like those of a unit group: learnt from an edition's own titles.

Each word, pair of words and part of a word has a vector, learnt where an edition is compiled, so
that those of a title add up to that of its unit group (reference/title_vectors.py). It never
overrules an entry; how sure it is was measured (likeness.toml).
"""

from __future__ import annotations

import datetime
import hashlib
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import polars as pl
from pydantic import BaseModel, ConfigDict, Field
from scipy.sparse import csr_array

from reference.keys import loose_key
from reference.title_features import features_of, shares_of
from reference.title_vectors import BEGINNINGS, DIMENSIONS, Floats, learn_vectors

_CALIBRATION = files("reference") / "likeness.toml"


_VECTOR = pl.Array(pl.Float32, BEGINNINGS * DIMENSIONS)
_FEATURES = pl.Schema(
    {"number": pl.UInt32(), "feature": pl.String(), "idf": pl.Float64(), "vector": _VECTOR}
)
_GROUPS = pl.Schema({"unit_group": pl.String(), "vector": _VECTOR, "bias": pl.Float32()})


class Level(BaseModel):
    """How sure the likest code of so many digits is, or one of the others; see likeness.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    digits: int = Field(ge=1, le=4)
    likest: bool = True
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

    features: one row per feature: its number, and idf, how telling it is; and its vector.
    groups: one row per unit group: its vector, and bias, what speaks for it before any word.
    version: the first digits of the SHA-256 of all these numbers.
    """

    features: pl.DataFrame
    groups: pl.DataFrame
    version: str


def learn(entries: pl.DataFrame, groups: pl.DataFrame, sub_unit_groups: pl.DataFrame) -> Likeness:
    """Learn from an edition's entries, and from the titles of its unit and sub-unit groups.

    An entry with qualifiers speaks twice: by its title, and by its title after the qualifiers, for
    people say "NDT inspector" where the index says "inspector" with "non-destructive testing".
    Words count wherever they are, other features if several texts have them.
    """
    texts = _texts(entries, groups, sub_unit_groups)
    found = features_of(texts.lazy()).collect()
    is_word = ~pl.col("feature").str.contains(" ", literal=True)
    features = (
        found.group_by("feature")
        .agg(texts=pl.len())
        .filter(is_word | (pl.col("texts") > 1))
        .sort("feature")
        .with_row_index("number")
        .select("number", "feature", idf=((1 + texts.height) / (1 + pl.col("texts"))).log() + 1)
    )
    told = shares_of(found.lazy(), features.lazy()).collect()
    of_text = told.select(pl.col("text").unique(maintain_order=True)).join(
        texts, on="text", maintain_order="left"
    )
    unit_groups = texts.select(pl.col("unit_group").unique().sort())
    group_of = of_text["unit_group"].cast(pl.Enum(unit_groups["unit_group"])).to_physical()
    learnt = learn_vectors(
        as_matrix(told, features.height), group_of.to_numpy().astype(int), unit_groups.height
    )
    digest = hashlib.sha256(b"".join(table.tobytes() for table in learnt))
    return Likeness(
        features.with_columns(vector=_vectors(learnt.features)),
        unit_groups.with_columns(vector=_vectors(learnt.groups), bias=pl.Series(learnt.bias)),
        digest.hexdigest()[:16],
    )


def learn_if_measured(
    entries: pl.DataFrame, groups: pl.DataFrame, sub_unit_groups: pl.DataFrame
) -> Likeness:
    """What is learnt from an edition; nothing from one of fewer entries than was measured."""
    if entries.filter(~pl.col("is_led_to")).height >= _calibration().fewest_entries:
        return learn(entries, groups, sub_unit_groups)
    return Likeness(pl.DataFrame(schema=_FEATURES), pl.DataFrame(schema=_GROUPS), "none")


def _vectors(table: Floats) -> pl.Series:
    return pl.Series(table, dtype=_VECTOR)


def as_matrix(told: pl.DataFrame, features: int) -> csr_array:
    """The shares of texts, of `shares_of`: a row for each text, in their order."""
    rows = told["text"].rle_id().to_numpy()
    shape = (rows[-1] + 1 if len(rows) else 0, features)
    return csr_array((told["share"].to_numpy(), (rows, told["number"].to_numpy())), shape=shape)


def _texts(
    entries: pl.DataFrame, groups: pl.DataFrame, sub_unit_groups: pl.DataFrame
) -> pl.DataFrame:
    """What is learnt from, each once: text (its number), key, unit_group."""
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
    texts_once = pl.concat(columns).drop_nulls().unique()
    return texts_once.sort("unit_group", "key").with_row_index("text")


def calibration() -> pl.DataFrame:
    """How sure a likeness is, of likeness.toml: digits, likest, log_odds, certainty, safe_at."""
    told = _calibration()
    return pl.DataFrame(
        [(one.digits, one.likest, one.log_odds, one.certainty, told.safe_at) for one in told.level],
        schema={
            "digits": pl.UInt32,
            "likest": pl.Boolean,
            "log_odds": pl.List(pl.Float64),
            "certainty": pl.List(pl.Float64),
            "safe_at": pl.Float64,
        },
        orient="row",
    )


@cache
def _calibration() -> Calibration:
    return Calibration.model_validate(tomllib.loads(_CALIBRATION.read_text("utf-8")))
