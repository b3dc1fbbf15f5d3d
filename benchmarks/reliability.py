"""How well certainties say what comes true: by bands of 10 points, printed and drawn."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from benchmarks.titles import print_table

FLAG_FROM, FLAG_OVER = 100, 5.0
"""A band of certainty is flagged from so many titles, over so many points of difference."""

WIDTH, COLOUR = 420, "#1f4e79"


def reliability(judged: pl.DataFrame) -> pl.DataFrame:
    """One row per band of 10 points; `judged` has certainty (per cent) and agrees, per title.

    Columns: band (where it begins), n (titles), certainty (their mean), agreed (per cent of them),
    difference, flagged.
    """
    band = (pl.col("certainty") // 10 * 10).clip(0, 90).cast(pl.Int32)
    return (
        judged.group_by(band=band)
        .agg(n=pl.len(), certainty=pl.col("certainty").mean(), agreed=pl.col("agrees").mean() * 100)
        .with_columns(difference=pl.col("agreed") - pl.col("certainty"))
        .with_columns(flagged=(pl.col("n") >= FLAG_FROM) & (pl.col("difference").abs() > FLAG_OVER))
        .sort("band")
    )


def print_reliability(bands: pl.DataFrame, certainty: str = "certainty") -> None:
    """Print a row per band, under a heading that says whose certainty it is."""
    headers = (certainty, "titles", "mean certainty", "agreed", "difference", "")
    rows = [
        (
            f"{band} to {band + 10}",
            f"{n:,}",
            f"{certainty:.1f}",
            f"{agreed:.1f}",
            f"{difference:+.1f}",
            "flagged" if flagged else "",
        )
        for band, n, certainty, agreed, difference, flagged in bands.iter_rows()
    ]
    print_table(headers, rows)


def draw_reliability(bands: pl.DataFrame, path: Path) -> None:
    """Draw agreement against certainty, with what chance alone would allow, as SVG or PNG."""
    import altair as alt  # noqa: PLC0415  heavy, and needed on demand only

    share = pl.col("certainty") / 100
    by_chance = 1.96 * (share * (1 - share) / pl.col("n")).sqrt() * 100
    drawn = bands.with_columns(
        least=(pl.col("certainty") - by_chance).clip(0, 100),
        most=(pl.col("certainty") + by_chance).clip(0, 100),
    )
    scale = alt.Scale(domain=[0, 100])
    certainty = alt.X("certainty:Q", title="certainty, per cent (mean of the band)", scale=scale)
    base = alt.Chart(alt.Data(values=drawn.to_dicts()))
    ends = alt.Chart(alt.Data(values=[{"at": 0}, {"at": 100}]))
    equal = ends.mark_line(color="#999999", strokeDash=[4, 4]).encode(
        x=alt.X("at:Q", scale=scale), y=alt.Y("at:Q", scale=scale)
    )
    chance = base.mark_rule(color="#bbbbbb", strokeWidth=6).encode(
        x=certainty, y=alt.Y("least:Q"), y2="most:Q"
    )
    points = base.mark_circle(color=COLOUR, opacity=1).encode(
        x=certainty,
        y=alt.Y("agreed:Q", title="agreed, per cent of the band's titles", scale=scale),
        size=alt.Size("n:Q", title="titles"),
    )
    chart = (equal + chance + points).properties(
        width=WIDTH,
        height=WIDTH,
        title=alt.Title(
            "How often the unit group a title is most like is right",
            subtitle="Grey bars: where 19 of 20 bands would be if every certainty were true",
        ),
    )
    chart.save(str(path))
