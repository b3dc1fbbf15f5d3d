"""What a run made of its overrides: those used, not used, unknown to the edition, contradicted."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from flows.coding.override import OVERRIDDEN_SCHEMA, Overrides
from flows.overrides import in_force
from reference.lookup import Lookup

_DETAILS = ("override_id", "code", "scope", "decided", "author", "reason", "edition")
_WEIGHT_DECIMALS = 3


def overrides_used(decisions: pl.DataFrame, met: Iterable[Path], lookup: Lookup) -> dict[str, Any]:
    """The `overrides` of run.json; `met` are files of flows/coding/override.py.

    Lists of one object per override: `used`, with its decision, records and weight; `unused`;
    `not_in_edition`, whose code the edition does not have; and of the used ones, and those on
    titles that the engine by itself codes throughout, `redundant`, where the engine gives the same
    code, or a sub-unit group in it, and `contradicted`, where it gives another.
    """
    overrides = in_force(decisions)
    frames = [pl.scan_parquet(part, glob=False) for part in met]
    counted = (
        pl.concat([pl.LazyFrame(schema=OVERRIDDEN_SCHEMA), *frames])
        .group_by("override_id", "used", "engine_code")
        .agg(pl.col("records").sum(), pl.col("weight").sum().round(_WEIGHT_DECIMALS))
        .join(overrides.lazy().select("override_id", "code"), on="override_id")
        .sort("override_id", "used", "engine_code")
        .collect()
    )
    unknown = Overrides.of_overrides(overrides, lookup).unknown
    uses = counted.filter("used").group_by("override_id").agg(pl.col("records", "weight").sum())
    used = overrides.select(_DETAILS).join(uses, on="override_id", maintain_order="left")
    apart = pl.concat([used.select("override_id"), unknown.select("override_id")])
    code, engine = pl.col("code"), pl.col("engine_code")
    counting = counted.filter(pl.col("used") | ~pl.col("used").any().over("override_id"))
    same = engine.str.starts_with(code)
    coarser = code.str.starts_with(engine)
    return {
        "decisions": decisions.height,
        "in_force": overrides.height,
        "used": used.with_columns(pl.col("weight").round(_WEIGHT_DECIMALS)).to_dicts(),
        "unused": overrides.join(apart, on="override_id", how="anti")["override_id"].to_list(),
        "not_in_edition": unknown.sort("override_id").to_dicts(),
        "redundant": counting.filter(same).drop("used").to_dicts(),
        "contradicted": counting.filter(~same & ~coarser).drop("used").to_dicts(),
    }
