"""How sure a likeness is: fits reference/likeness.toml on titles that entered the index.

Titles that entered the index after the earlier edition, and are in it in no reading, are likened
by its entries, recoded to the later edition. Agreement is fitted by the log odds of a code's share
of the likeness, made to rise, at evenly filled bands. What is fitted on some versions of the index
is checked on others: on each version by all others, and on odd versions by even ones and the other
way round. Prints the levels, fitted on all versions, as likeness.toml has them. Use:
python -m benchmarks.calibration [--earlier NAME] [--later NAME] [--plot FILE.svg]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.newer_titles import EARLIER, LATER, compile_recoded, find_newer, recode_index
from benchmarks.reliability import draw_reliability, print_reliability, reliability
from flows.coding.candidates import find_candidates
from flows.coding.likest import likest_codes
from flows.coding.normalise import normalise_titles
from flows.coding.rewrite import rewrite_titles
from reference.store import Edition, load

BANDS = 8
EXPECTED = 90
"""Per cent of all titles assigned that are to be right: what the default is chosen for."""

LEVELS = ((1, True), (2, True), (3, True), (4, True), (4, False))
"""Digits of a code, and whether it is the likest of them: what is fitted apart."""

Points = tuple[list[float], list[float]]


def liken_newer(earlier: Edition, later: Edition) -> pl.DataFrame:
    """The likest codes of the newer titles: digits, place, log_odds, agrees, version."""
    lookup = compile_recoded(recode_index(earlier, later), earlier, later)
    titles = find_newer(earlier, later, qualified=True).rename({"title": "job_title"})
    found = find_candidates(normalise_titles(titles.lazy().select("job_title"), lookup), lookup)
    _, unread = rewrite_titles(found.collect(), lookup)
    version = pl.col("version_note").str.extract(r"V(\d+) new").cast(pl.Int64)
    versions = later.index.group_by(job_title="index_title").agg(version=version.max())
    return (
        likest_codes(unread, lookup)
        .join(titles, on="job_title", maintain_order="left")
        .join(versions, on="job_title", maintain_order="left")
        .select(
            *("digits", "place", "log_odds"),
            agrees=pl.col("expected").str.starts_with(pl.col("code")),
            version=pl.col("version").fill_null(0),
        )
    )


def fit(codes: pl.DataFrame) -> Points:
    """Points (log odds, agreement in per cent) that never fall: neighbours that would are one."""
    banded = codes.sort("log_odds", maintain_order=True).with_row_index("row")
    band = (pl.col("row") * BANDS / codes.height).floor()
    points = (
        banded.group_by(band.alias("band"))
        .agg(pl.len(), pl.col("log_odds").mean(), pl.col("agrees").mean())
        .sort("band")
        .select("len", "log_odds", "agrees")
    )
    risen: list[tuple[int, float, float]] = []
    for point in points.rows():
        risen.append(point)
        while len(risen) > 1 and risen[-2][2] >= risen[-1][2]:
            (n, odds, agreed), (m, other_odds, other) = risen[-2:]
            both = n + m
            risen[-2:] = [
                (both, (n * odds + m * other_odds) / both, (n * agreed + m * other) / both)
            ]
    return [round(odds, 2) for _, odds, _ in risen], [round(100 * a, 1) for *_, a in risen]


def check(codes: pl.DataFrame, part: pl.Expr) -> pl.DataFrame:
    """Judge each part of the codes by what is fitted on all others: certainty, agrees."""
    parted = codes.with_columns(part=part)
    judged = []
    for (_,), some in parted.group_by("part", maintain_order=True):
        points = fit(parted.join(some.select("part").unique(), on="part", how="anti"))
        certainty = pl.Series("certainty", np.interp(some["log_odds"].to_numpy(), *points))
        judged.append(some.select("agrees").with_columns(certainty))
    return pl.concat(judged)


def least_certainty(judged: pl.DataFrame) -> tuple[int, float, float]:
    """The least certainty from which EXPECTED per cent of all titles so sure are expected right.

    With it, in per cent: how many of them are expected right, and how many are.
    """
    for least in range(50, 100):
        kept = judged.filter(pl.col("certainty").round() >= least)
        expected, agreed = kept["certainty"].mean(), kept["agrees"].mean()
        if isinstance(expected, float) and isinstance(agreed, float) and expected >= EXPECTED:
            return least, expected, 100 * agreed
    return 100, 100.0, 100.0


def print_levels(likened: pl.DataFrame) -> None:
    """Print what is fitted on all versions, in the form of likeness.toml."""
    for digits, is_likest in LEVELS:
        codes = likened.filter((pl.col("place") == 0) == is_likest, digits=digits)
        log_odds, certainty = fit(codes)
        others = "" if is_likest else "likest = false\n"
        print(f"\n[[level]]\ndigits = {digits}\n{others}", end="")
        print(f"log_odds = {log_odds}\ncertainty = {certainty}")


def read_options() -> argparse.Namespace:
    options = argparse.ArgumentParser(prog="python -m benchmarks.calibration", description=__doc__)
    options.add_argument("--earlier", default=EARLIER)
    options.add_argument("--later", default=LATER)
    options.add_argument("--plot", type=Path, help="an SVG or PNG file for the reliability plot")
    return options.parse_args()


def main() -> None:
    options = read_options()
    likened = liken_newer(load(options.earlier), load(options.later))
    print_levels(likened)
    for digits in (1, 2, 3, 4):
        codes = likened.filter(digits=digits, place=0)
        print(f"\n{digits} digits, the likest code; {codes.height:,} titles")
        judged = check(codes, pl.col("version"))
        bands = reliability(judged)
        print_reliability(bands, "by all other versions")
        least, expected, agreed = least_certainty(judged)
        print(f"  From a certainty of {least}: {expected:.1f}% expected right, {agreed:.1f}% are.")
        print_reliability(reliability(check(codes, pl.col("version") % 2)), "by the other half")
    if options.plot:
        draw_reliability(bands, options.plot)
        print(f"\nThe reliability plot of 4 digits, by all other versions, is in {options.plot}.")


if __name__ == "__main__":
    main()
