"""Audit: put beside every code why it was given, and what would have changed it."""

from __future__ import annotations

import polars as pl

from reference.lookup import Lookup

CODED_SCHEMA = pl.Schema(
    {
        "unit_group": pl.String(),
        "unit_group_title": pl.String(),
        "sub_unit_group": pl.String(),
        "sub_unit_group_title": pl.String(),
        "skill_level": pl.Int8(),
        "isco08": pl.String(),
        "soc2010": pl.String(),
        "outcome": pl.String(),
        "match_method": pl.String(),
        "title_read_as": pl.String(),
        "words_set_aside": pl.String(),
        "index_entry_id": pl.String(),
        "index_title": pl.String(),
        "additional_qualifier": pl.String(),
        "industry_qualifier": pl.String(),
        "default_code": pl.String(),
        "reference_followed": pl.String(),
        "precedence_rung": pl.String(),
        "evidence": pl.String(),
        "outweighed": pl.String(),
        "default_reason": pl.String(),
        "alternatives": pl.String(),
        "review_reason": pl.String(),
        "override_id": pl.String(),
        "missing_evidence": pl.String(),
        "candidates": pl.String(),
        "likely_codes": pl.String(),
        "certainty": pl.Int8(),
        "safe_code": pl.String(),
    }
)
"""The columns that coding adds to a record, in their order in the output."""

CODED_COLUMNS = tuple(CODED_SCHEMA)


def audit(decisions: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """Complete the decisions with the entry's details; one row per decision, in the same order.

    `decisions` has title_id, match_method, title_read_as, words_set_aside and what `assign` gives;
    and likened_group, the unit group of a title without an entry that is like those of the index.
    Adds the columns of schemas/coded.py.
    """
    details = lookup.entries.lazy().select(
        "entry",
        "unit_group",
        "sub_unit_group",
        "isco08",
        "soc2010",
        "index_entry_id",
        "index_title",
        "additional_qualifier",
        "industry_qualifier",
        "default_code",
        "reference_followed",
        "code",
    )
    groups = lookup.groups.lazy().filter(level="unit_group")
    coded = (
        decisions.join(details, on="entry", how="left", maintain_order="left")
        .with_columns(pl.coalesce("unit_group", "likened_group"))
        .join(
            groups.select("code", "skill_level", unit_group_title="title"),
            left_on="unit_group",
            right_on="code",
            how="left",
            maintain_order="left",
        )
        .join(
            lookup.sub_unit_groups.lazy().select("sub_unit_group", sub_unit_group_title="title"),
            on="sub_unit_group",
            how="left",
            maintain_order="left",
        )
        .rename({"rung_name": "precedence_rung"})
        .with_columns(override_id=pl.lit(None, pl.String))  # see flows/coding/override.py
    )
    return coded.join(
        lookup.alternatives.lazy(),
        on=["title_id", "code"],
        how="left",
        maintain_order="left",
        nulls_equal=True,
    ).with_columns(pl.col(name).cast(kind) for name, kind in CODED_SCHEMA.items())
