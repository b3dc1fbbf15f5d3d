"""How titles that an edition does not have are coded: those that a later edition added.

Titles of the later edition that the earlier lacks, with one unit group and no qualifier on any of
their entries, are coded alone with the earlier edition's entries; then all those with one unit
group. The entries get the codes that the later edition gives them, so that only the titles are
new, not the codes. Use:
python -m benchmarks.newer_titles [EARLIER LATER]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import polars as pl

from benchmarks.reliability import print_reliability, reliability
from benchmarks.titles import Coding, Figure, code_titles, percent, print_table
from reference.differences import shares_a_word
from reference.keys import loose_key
from reference.lookup import Lookup, compile_lookup
from reference.rulebook import load_rule_book
from reference.store import Edition, load

EARLIER, LATER = "soc2020-v1", "soc2020-v13"
PARTS = {"newer titles": False, "newer titles, some with qualifiers": True}
"""The parts of the benchmark, and whether entries may have qualifiers."""

NAMED = {
    "any code named, the first": "first",
    "assigned only": "got",
    "assigned, or safe code of 3 digits or more": "safe",
}
"""What counts as a title's code, and the column of Coding that has it."""
CERTAINTIES = (0, 50, 60, 70, 75, 80, 85, 90, 95)


@dataclass(frozen=True)
class Outcome:
    """The index that was coded with, the titles with their expected codes, and what they got."""

    part: str
    index: pl.DataFrame
    titles: pl.DataFrame
    coding: Coding


def find_newer(earlier: Edition, later: Edition, *, qualified: bool = False) -> pl.DataFrame:
    """The later edition's titles that the earlier lacks: title, expected; by record number.

    With `qualified`, those too whose entries have qualifiers, all of them with one unit group; then
    the earlier edition's titles are taken as the later one writes the same entries.
    """
    key = loose_key(pl.col("index_title"))
    known = earlier.index.select("index_entry_id", known=key)
    if qualified:
        now = later.index.select("index_entry_id", now=key)
        known = known.join(now, on="index_entry_id", how="left").select(
            known=pl.coalesce("now", "known")
        )
    qualifiers = pl.col("additional_qualifier", "industry_qualifier")
    return (
        later.index.sort("record_number")
        .with_columns(key=key, is_qualified=pl.any_horizontal(qualifiers.is_not_null()))
        .join(known, left_on="key", right_on="known", how="anti", maintain_order="left")
        .group_by("key", maintain_order=True)
        .agg(
            pl.col("is_qualified").any(),
            title=pl.col("index_title").first(),
            expected=pl.col("unit_group").first(),
            groups=pl.col("unit_group").n_unique(),
        )
        .filter(pl.col("expected").is_not_null(), groups=1)
        .filter(pl.lit(qualified) | ~pl.col("is_qualified"))
        .select("title", "expected")
    )


def recode_index(earlier: Edition, later: Edition) -> pl.DataFrame:
    """The earlier edition's index with the codes that the later one gives the same entries.

    An entry is the same by its id, unless the two titles share no word: then the id was given
    anew. One that the later edition does not have keeps its code.
    """
    codes = ("unit_group", "sub_unit_group")
    shared = shares_a_word("index_title", "index_title_now")
    now = later.index.select(
        "index_entry_id", index_title_now="index_title", **{f"{code}_now": code for code in codes}
    )
    return (
        earlier.index.join(now, on="index_entry_id", how="left", maintain_order="left")
        .with_columns(
            pl.when(shared).then(pl.coalesce(f"{code}_now", code)).otherwise(code).alias(code)
            for code in codes
        )
        .select(earlier.index.columns)
    )


def compile_recoded(index: pl.DataFrame, earlier: Edition, later: Edition) -> Lookup:
    """The recoded index, with the later edition's structure and sub-unit groups."""
    return compile_lookup(
        edition=earlier.name,
        reference_version=earlier.reference_version,
        index=index,
        structure=later.structure,
        sub_unit_groups=later.sub_unit_groups,
        rules=load_rule_book(),
    )


def tally(coding: Coding, expected: pl.Series, column: str) -> tuple[int, int]:
    """How many titles have a code in a column, and for how many it is, or begins, the expected."""
    named = coding.coded.select(code=column, expected=expected).drop_nulls("code")
    return named.height, named.filter(pl.col("expected").str.starts_with(pl.col("code"))).height


def judge(coding: Coding, expected: pl.Series) -> pl.DataFrame:
    """The titles with a certainty: certainty, and whether the first code agrees."""
    judged = coding.coded.select("first", certainty="sure", expected=expected)
    return judged.drop_nulls(["first", "certainty"]).select(
        "certainty", agrees=pl.col("first") == pl.col("expected")
    )


def print_by_certainty(judged: pl.DataFrame, size: int) -> None:
    """Print coverage and precision of the first code, for titles of at least some certainty."""
    rows = []
    for least in CERTAINTIES:
        kept = judged.filter(pl.col("certainty") >= least)
        right = kept.filter("agrees").height
        rows.append((str(least), percent(kept.height, size), percent(right, kept.height)))
    print_table(("certainty at least", "coverage", "precision"), rows)


def measure(earlier: Edition, later: Edition) -> tuple[list[Figure], list[Outcome]]:
    """Code the newer titles, print the figures, and give those for the table at the end.

    First those without qualifiers, then all with one unit group.
    """
    index = recode_index(earlier, later)
    lookup = compile_recoded(index, earlier, later)
    figures, outcomes = [], []
    for part, qualified in PARTS.items():
        titles = find_newer(earlier, later, qualified=qualified)
        outcome = Outcome(part, index, titles, code_titles(titles["title"], lookup))
        print(f"{part}: {titles.height:,} titles of {later.name} that {earlier.name} lacks")
        figures += print_figures(outcome)
        outcomes.append(outcome)
    return figures, outcomes


def print_figures(outcome: Outcome) -> list[Figure]:
    """Print what the titles got, and how far certainties held; the figures for the end."""
    part, coding, expected = outcome.part, outcome.coding, outcome.titles["expected"]
    size = expected.len()
    figures = [Figure(part, "titles", f"{size:,}")]
    rows = []
    for what, column in NAMED.items():
        given, right = tally(coding, expected, column)
        shares = {
            "right of all": percent(right, size),
            "coverage": percent(given, size),
            "precision": percent(right, given),
        }
        rows.append((what, f"{given:,}", f"{right:,}", *shares.values()))
        figures += [Figure(part, f"{what}: {name}", value) for name, value in shares.items()]
    print_table(("code", "given", "right", "right of all", "coverage", "precision"), rows)
    print(f"  {coding.rate} titles per second")
    figures.append(Figure(part, "titles per second", coding.rate))
    judged = judge(coding, expected)
    bands = reliability(judged)
    if bands.is_empty():
        print("  No certainty is given: no calibration.")
    else:
        print_reliability(bands)
        print_by_certainty(judged, size)
        flagged = bands["flagged"].sum()
        figures.append(Figure(part, "bands of certainty flagged", f"{flagged} of {bands.height}"))
    return figures


def main() -> None:
    earlier, later = sys.argv[1:3] if len(sys.argv) > 2 else (EARLIER, LATER)
    measure(load(earlier), load(later))


if __name__ == "__main__":
    main()
