"""How titles of the index are coded when they are written with noise, as people write them.

Each title leads to one unit group without evidence; it gets one kind of noise, of the lists here.
Noisy titles that are themselves titles of the index with another code are left out. The same
titles come out every time. Use: python -m benchmarks.noise [EDITION]
"""

from __future__ import annotations

import sys
from random import Random

import polars as pl

from benchmarks.noisy_text import KINDS
from benchmarks.titles import Coding, Figure, code_titles, percent, print_table
from flows.lookups import load_lookup
from reference.keys import loose_key
from reference.lookup import Lookup
from reference.store import latest, load

PART = "noise"
SIZE = 20_000
SEED = 2020
RIGHT_FROM, WRONG_BELOW = 0.97, 0.01


def answers(index: pl.DataFrame) -> pl.DataFrame:
    """The unit groups that a title leads to, in either word order; "none" where it refers."""
    forms = ("index_title", "index_title_reversed")
    keys = (index.select("unit_group", key=loose_key(pl.col(form))) for form in forms)
    return (
        pl.concat(keys)
        .drop_nulls("key")
        .group_by("key")
        .agg(groups=pl.col("unit_group").fill_null("none"))
    )


def find_unique(index: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    """Titles that lead to one unit group and are assigned it when coded alone: title, expected."""
    titles = (
        index.sort("record_number")
        .group_by("index_title", maintain_order=True)
        .agg(expected=pl.col("unit_group").first(), groups=pl.col("unit_group").n_unique())
        .filter(pl.col("groups") == 1, pl.col("expected").is_not_null())
        .with_columns(key=loose_key(pl.col("index_title")))
        .unique("key", keep="first", maintain_order=True)
    )
    coded = code_titles(titles["index_title"], lookup).coded
    alone = (coded["outcome"].cast(pl.String) == "assigned") & (coded["got"] == titles["expected"])
    return titles.filter(alone).select("expected", title="index_title")


def is_another(drawn: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    """Whether a noisy title is itself a title of the index that has another answer."""
    joined = drawn.with_columns(key=loose_key(pl.col("noisy"))).join(
        known, on="key", how="left", maintain_order="left"
    )
    others = pl.col("groups").list.set_difference(pl.concat_list("expected"))
    return joined.select((others.list.len() > 0).fill_null(value=False)).to_series()


def make_noisy(titles: pl.DataFrame, known: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """SIZE noisy titles, as many of each kind: kind, title, noisy, expected; how many left out."""
    draws = Random(SEED)
    each = SIZE // len(KINDS)
    parts, left_out = [], 0
    for kind, noise in KINDS.items():
        drawn = titles.select(
            pl.lit(kind).alias("kind"),
            "title",
            "expected",
            noisy=pl.Series([noise(title, draws) for title in titles["title"]], dtype=pl.String),
        ).drop_nulls("noisy")
        drawn = drawn.sample(fraction=1, shuffle=True, seed=SEED)
        others = is_another(drawn, known)
        fit = (~others).cum_sum() <= each
        left_out += drawn.filter(others & fit).height
        parts.append(drawn.filter(~others & fit))
    return pl.concat(parts), left_out


def verdicts(noisy: pl.DataFrame, coding: Coding) -> pl.DataFrame:
    """By kind of noise, and in all: titles, and how many are right, wrong and for review."""
    got, expected = coding.coded["got"], noisy["expected"]
    judged = noisy.select(
        "kind",
        right=(got == expected).fill_null(value=False),
        wrong=(got != expected).fill_null(value=False),
        review=got.is_null(),
    )
    counts = [pl.len().alias("titles"), pl.col("right", "wrong", "review").sum()]
    by_kind = judged.group_by("kind", maintain_order=True).agg(counts)
    return pl.concat([by_kind, judged.select(pl.lit("all").alias("kind"), *counts)])


def print_verdicts(counts: pl.DataFrame) -> None:
    headers = ("kind of noise", "titles", "right", "wrong", "for review", "right of assigned")
    rows = [
        (
            kind,
            f"{titles:,}",
            percent(right, titles),
            percent(wrong, titles),
            percent(review, titles),
            percent(right, right + wrong),
        )
        for kind, titles, right, wrong, review in counts.iter_rows()
    ]
    print_table(headers, rows)


def measure(edition: str) -> tuple[list[Figure], pl.DataFrame, Coding]:
    """Code noisy titles, print the figures; give those for the end, the titles, what they got."""
    index, lookup = load(edition).index, load_lookup(edition)
    noisy, left_out = make_noisy(find_unique(index, lookup), answers(index))
    coding = code_titles(noisy["noisy"], lookup)
    counts = verdicts(noisy, coding)
    print(
        f"{PART}: {noisy.height:,} titles of {edition}; "
        f"{left_out:,} more were left out, being titles with another code"
    )
    print_verdicts(counts)
    titles, right, wrong, review = counts.row(-1)[1:]
    met = right / titles >= RIGHT_FROM and wrong / titles < WRONG_BELOW
    bar = f"{RIGHT_FROM:.0%} or more right, under {WRONG_BELOW:.0%} wrong"
    print(f"  The bar ({bar}) is {'met' if met else 'not met'}.")
    figures = [
        ("titles", f"{titles:,}"),
        ("right", percent(right, titles)),
        ("wrong", percent(wrong, titles)),
        ("for review", percent(review, titles)),
        ("right of assigned", percent(right, right + wrong)),
        (f"bar: {bar}", "met" if met else "not met"),
        ("titles per second", coding.rate),
    ]
    return [Figure(PART, *figure) for figure in figures], noisy, coding


def main() -> None:
    measure(sys.argv[1] if len(sys.argv) > 1 else latest())


if __name__ == "__main__":
    main()
