"""How sure a likeness is: fits reference/likeness.toml on some versions of the index.

Titles that entered the index after the earlier edition, and are in it in no reading, are likened
by its entries, recoded to the later edition. Those of even versions are fitted: agreement by the
log odds of a group's share, made to rise, at evenly filled bands. Those of odd versions show how
it holds. Prints the levels as likeness.toml has them. Use:
python -m benchmarks.calibration [EARLIER LATER]
"""

from __future__ import annotations

import sys

import polars as pl

from benchmarks.newer_titles import compile_recoded, find_newer, recode_index
from benchmarks.titles import print_table
from flows.coding.candidates import find_candidates
from flows.coding.liken import levels_of, likest_groups
from flows.coding.normalise import normalise_titles
from flows.coding.rewrite import rewrite_titles
from reference.store import Edition, load

BANDS = 8


def liken_newer(earlier: Edition, later: Edition) -> pl.DataFrame:
    """The newer titles' likest groups: job_title, unit_group, share, expected, is_fitted."""
    lookup = compile_recoded(recode_index(earlier, later), earlier, later)
    titles = find_newer(earlier, later).rename({"title": "job_title"})
    found = find_candidates(normalise_titles(titles.lazy().select("job_title"), lookup), lookup)
    _, unread = rewrite_titles(found.collect(), lookup)
    version = pl.col("version_note").str.extract(r"V(\d+) new").cast(pl.UInt32)
    versions = later.index.group_by(job_title="index_title").agg(version=version.max())
    return (
        likest_groups(unread, lookup)
        .join(titles, on="job_title")
        .join(versions, on="job_title")
        .with_columns(is_fitted=pl.col("version").fill_null(0) % 2 == 0)
    )


def first_codes(likened: pl.DataFrame, digits: int) -> pl.DataFrame:
    """The surest code of each title at so many digits: log_odds, agrees."""
    expected = likened.select("job_title", "expected").unique()
    return (
        levels_of(likened.lazy(), digits)
        .sort("job_title", "log_odds", "code", descending=[False, True, False])
        .group_by("job_title", maintain_order=True)
        .first()
        .collect()
        .join(expected, on="job_title")
        .select("log_odds", agrees=pl.col("expected").str.starts_with(pl.col("code")))
    )


def fit(codes: pl.DataFrame) -> tuple[list[float], list[float]]:
    """Points (log odds, agreement in per cent) that never fall: neighbours that would are one."""
    banded = codes.sort("log_odds").with_row_index("row")
    band = (pl.col("row") * BANDS / codes.height).floor()
    points = [
        (n, odds, agreed)
        for _, n, odds, agreed in banded.group_by(band.alias("band"))
        .agg(pl.len(), pl.col("log_odds").mean(), pl.col("agrees").mean())
        .sort("band")
        .rows()
    ]
    risen: list[tuple[int, float, float]] = []
    for point in points:
        risen.append(point)
        while len(risen) > 1 and risen[-2][2] >= risen[-1][2]:
            (n, odds, agreed), (m, other_odds, other) = risen[-2:]
            both = n + m
            risen[-2:] = [
                (both, (n * odds + m * other_odds) / both, (n * agreed + m * other) / both)
            ]
    return [round(odds, 2) for _, odds, _ in risen], [round(100 * a, 1) for *_, a in risen]


def main() -> None:
    earlier, later = sys.argv[1:3] if len(sys.argv) > 2 else ("soc2020-v1", "soc2020-v13")
    likened = liken_newer(load(earlier), load(later))
    for digits in (1, 2, 3, 4):
        log_odds, certainty = fit(first_codes(likened.filter("is_fitted"), digits))
        print(f"\n[[level]]\ndigits = {digits}\nlog_odds = {log_odds}\ncertainty = {certainty}")
        rest = first_codes(likened.filter(~pl.col("is_fitted")), digits)
        passed = pl.sum_horizontal(pl.col("log_odds") > point for point in log_odds)
        checked = (
            rest.group_by(passed=passed)
            .agg(pl.col("log_odds").min().round(2), pl.len(), agreed=pl.col("agrees").mean())
            .sort("passed")
            .select(
                pl.col("log_odds", "len").cast(pl.String),
                agreed=(100 * pl.col("agreed")).round(1).cast(pl.String),
            )
        )
        print_table(("log odds from, other versions", "titles", "agreed"), checked.rows())


if __name__ == "__main__":
    main()
