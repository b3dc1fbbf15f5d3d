"""The codes that an entry had before: in earlier classifications, and before it was amended.

They are what the edition itself says: its columns of SOC 2010, SOC 2000 and SOC 90 codes, and its
note of how an entry was changed ("SOC-ext code was 8111/99"). The starter has neither.
"""

from __future__ import annotations

import polars as pl

from reference.alternatives import needs_of

CLASSIFICATIONS = {
    "SOC2020": ("sub_unit_group", "unit_group"),
    "SOC2010": ("soc2010",),
    "SOC2000": ("soc2000",),
    "SOC90": ("soc90",),
}
"""Each classification, newest first, and the columns of an entry that hold its codes."""

_AMENDED = r"SOC[- ]?[0-9/ext]+ codes? (?:was|were) [0-9/]*[0-9]"
_CODE = r"^\d{3,4}$|^\d{4}/\d\d$"
_FRAMES = {"ext": "SOC2020", **{name.removeprefix("SOC"): name for name in CLASSIFICATIONS}}


def entry_codes(entries: pl.DataFrame) -> pl.DataFrame:
    """The codes of each entry; one row per entry, classification and code."""
    codes = [
        entries.select("entry", classification=pl.lit(name), code=column).drop_nulls("code")
        for name, columns in CLASSIFICATIONS.items()
        for column in columns
    ]
    return pl.concat(codes).sort("entry", "classification", "code")


def crosswalk(entries: pl.DataFrame) -> pl.DataFrame:
    """Which unit groups an earlier classification's code became, in any entry of the index.

    One row per classification, code and unit_group.
    """
    became = entries.select("entry", "unit_group").drop_nulls()
    return (
        entry_codes(entries)
        .filter(pl.col("classification") != "SOC2020")
        .join(became, on="entry")
        .select("classification", "code", "unit_group")
        .unique()
        .sort(pl.all())
    )


def branch_codes(title_entries: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """The codes of a title's entries; one row per title_id, classification and code.

    `branch` is what the entries that have that code ask for: "with computing/IT", or "otherwise";
    and those that had it, with the note: "with computing/IT (V13 amended: SOC-ext code was …)".
    """
    codes = pl.concat([entry_codes(entries), amended_codes(entries)], how="diagonal")
    need, cited = pl.col("need"), pl.col("cited")
    branch = pl.when(cited.is_null()).then(need).otherwise(pl.format("{} ({})", need, cited))
    return (
        title_entries.lazy()
        .select("title_id", "entry")
        .join(codes.lazy(), on="entry")
        .join(needs_of(entries), on="entry")
        .with_columns(branch=branch)
        .group_by("title_id", "classification", "code")
        .agg(pl.col("branch").sort_by("entry").unique(maintain_order=True).str.join(" or "))
        .sort("title_id", "classification", "code")
        .collect()
    )


def amended_codes(entries: pl.DataFrame) -> pl.DataFrame:
    """The codes that entries had before they were amended, as the edition notes it.

    One row per entry, classification and code, with the note that is `cited`: "V13 amended:
    SOC-ext code was 8111/99". An earlier sub-unit group of another unit group counts as that unit
    group, too. What an entry still has is not what it had.
    """
    said = (
        entries.drop_nulls("change")
        .select(
            "entry",
            cited=pl.concat_str("version_note", "change", separator=": ", ignore_nulls=True),
            note=pl.col("change").str.extract_all(_AMENDED),
        )
        .explode("note")
        .drop_nulls("note")
        .with_columns(
            frames=pl.col("note").str.extract(r"^SOC[- ]?(\S+)").str.split("/"),
            codes=pl.col("note").str.extract(r"(\S+)$"),
        )
    )
    alone = said.filter(pl.col("frames").list.len() == 1).with_columns(
        pl.concat_list("codes").alias("codes")
    )
    together = said.filter(pl.col("frames").list.len() > 1).with_columns(
        pl.col("codes").str.split("/")
    )
    told = pl.concat(
        [alone, together.filter(pl.col("frames").list.len() == pl.col("codes").list.len())]
    ).explode("frames", "codes")
    former = told.select(
        "entry",
        "cited",
        classification=pl.col("frames").replace_strict(_FRAMES, default=None),
        code="codes",
    ).filter(pl.col("classification").is_not_null(), pl.col("code").str.contains(_CODE))
    groups = former.filter(pl.col("code").str.contains("/")).with_columns(
        pl.col("code").str.head(4)
    )
    key = ["entry", "classification", "code"]
    return (
        pl.concat([former, groups])
        .join(entry_codes(entries), on=key, how="anti")
        .select(*key, "cited")
        .unique(key)
        .sort(key)
    )
