"""Make an extract with previous codes, of which it is known beforehand what becomes of each.

Every record is an entry of the edition's index in its own words, and its previous code is chosen
so that one cause, and no other, can hold: `expected_change_kind`. `expected_in_cause` is what
change_cause must say: the CHANGE note of the index, or what the other branch asks for.

OUT.csv has ROWS records and says their classifications. Beside it, OUT_soc2020.csv, OUT_soc2010.csv
and OUT_soc2000.csv have a sixth of ROWS each and do not say them: four-digit codes are those of the
classification in the file's name, those with three digits SOC 90, those with six SOC 2020. The same
rows come out every time. Use: python -m benchmarks.previous_codes OUT.csv [ROWS] [EDITION]
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from random import Random

import polars as pl

from reference.keys import loose_key, strict_key
from reference.store import Edition, latest, load

ROWS = 6_000
SEED = 2020
EARLIER = {"SOC2010": "soc2010", "SOC2000": "soc2000", "SOC90": "soc90"}
SHARES = {"SOC2020": 5, "SOC2010": 5, "SOC2000": 2, "SOC90": 2}
"""How many records of each kind a classification has, for one another."""
UNSAID = ("SOC2020", "SOC2010", "SOC2000")
"""The classifications of the four-digit codes in the files that do not say it."""
SYLLABLES = ("ba", "de", "fi", "go", "lu", "me", "no", "pa", "ri", "su", "ta", "vo")
NOWHERE = ("zq", "xv", "qj")
"""Pairs of letters that no title of the index has."""
PREVIOUS = (
    *("job_title", "job_description", "industry_description", "previous_code"),
    *("previous_classification", "expected_change_kind", "expected_in_cause"),
)

Pools = Mapping[tuple[str, str], pl.DataFrame]
"""The jobs that can have each classification and kind of change."""


def sound_entries(index: pl.DataFrame) -> pl.DataFrame:
    """The entries that surely lead to themselves, said in their own words.

    Their titles refer to nothing, are always written alike, and have one code for each entry; a
    title with one entry asks for nothing. `changes` is what the index notes of any of them.
    """
    terms = pl.concat_str("additional_qualifier", "industry_qualifier", ignore_nulls=True)
    code = pl.col("sub_unit_group")
    return (
        index.sort("record_number")
        .with_columns(
            key=loose_key(pl.col("index_title")),
            strict=strict_key(pl.col("index_title")),
            asks=terms.fill_null("") != "",
            is_nos=terms.str.to_lowercase().str.contains(r"\bnos\b").fill_null(value=False),
        )
        .with_columns(
            branches=pl.len().over("key"),
            changes=pl.col("change").fill_null("").str.join(" ").over("key"),
            has_default=(~pl.col("asks") | pl.col("default_code").is_not_null()).any().over("key"),
        )
        .filter(
            code.is_not_null().all().over("key"),
            (code.str.head(4) == pl.col("unit_group")).all().over("key"),
            (code.n_unique() == pl.len()).over("key"),
            (pl.col("strict").n_unique() == 1).over("key"),
            ~pl.col("is_nos").any().over("key"),
            (pl.col("branches") > 1) | ~pl.col("asks"),
        )
    )


def jobs(
    entries: pl.DataFrame, code: str, frame: str, kind: str, cause: pl.Expr | None = None
) -> pl.DataFrame:
    """The jobs of entries, with a previous code from one of their columns."""
    return entries.drop_nulls(code).select(
        job_title="index_title",
        job_description="additional_qualifier",
        industry_description="industry_qualifier",
        previous_code=code,
        previous_classification=pl.lit(frame),
        expected_change_kind=pl.lit(kind),
        expected_in_cause=pl.lit(None, pl.String) if cause is None else cause,
    )


def amended(sound: pl.DataFrame) -> pl.DataFrame:
    """Entries whose CHANGE names one SOC 2020 code that they had; or its unit group, if another."""
    said = pl.col("change").str.extract_all(r"SOC(?:-ext|2020) code was \d{4}(?:/\d\d)?")
    was = pl.col("was")
    deep = (
        sound.with_columns(said=said)
        .filter(pl.col("said").list.len() == 1)
        .with_columns(was=pl.col("said").list.first().str.extract(r"(\S+)$"))
        .filter(was != pl.col("sub_unit_group"), was != pl.col("unit_group"))
    )
    groups = deep.filter(was.str.head(4) != pl.col("unit_group")).with_columns(was.str.head(4))
    both = pl.concat([deep, groups]).unique(["index_entry_id", "was"], maintain_order=True)
    return jobs(both, "was", "SOC2020", "index_amended", pl.col("change"))


def other_branches(sound: pl.DataFrame, code: str) -> pl.DataFrame:
    """Entries beside another entry of their title with another code, which is `was`."""
    branch = pl.coalesce("additional_qualifier", "industry_qualifier", pl.lit("otherwise"))
    others = sound.select("key", was=code, of_group="unit_group", branch=branch).drop_nulls("was")
    was = pl.col("was")
    return (
        sound.join(others, on="key", maintain_order="left_right")
        .filter(was.ne_missing(pl.col(code)), ~pl.col("changes").str.contains(was, literal=True))
        .with_columns(groups_differ=pl.col("of_group") != pl.col("unit_group"))
    )


def codes_of_nobody(
    sound: pl.DataFrame, codes: pl.Series, columns: tuple[str, ...]
) -> pl.DataFrame:
    """Entries beside a code, `was`, that no entry of their title has or is noted to have had."""
    chance = Random(SEED)
    drawn = pl.Series("was", chance.choices(codes.unique().sort().to_list(), k=sound.height))
    had = pl.concat([sound.select("key", was=column) for column in columns]).drop_nulls()
    return (
        sound.with_columns(drawn)
        .filter(~pl.col("changes").str.contains(pl.col("was"), literal=True))
        .join(had, on=["key", "was"], how="anti", maintain_order="left")
    )


def for_review(
    index: pl.DataFrame, sound: pl.DataFrame, codes: pl.Series, frame: str
) -> pl.DataFrame:
    """Titles that are in no index, and titles that ask for what is not said and have no default."""
    titles = index["index_title"].str.to_lowercase()
    pairs = [pair for pair in NOWHERE if not titles.str.contains(pair, literal=True).any()]
    assert pairs, "every pair of letters is in some title of this index"
    chance, word = Random(SEED), "{0}{1}{0}{2}".format
    invented = pl.Series(
        [
            " ".join(
                word(chance.choice(pairs), *chance.choices(SYLLABLES, k=2)).capitalize()
                for _ in range(2)
            )
            for _ in range(500)
        ],
        dtype=pl.String,
    )
    open_titles = sound.filter(~pl.col("has_default"))["index_title"].unique(maintain_order=True)
    both = pl.concat([invented, open_titles.head(500)])
    had = codes.unique().sort()
    entries = pl.DataFrame({"index_title": both}).with_columns(
        pl.lit(None, pl.String).alias("additional_qualifier"),
        pl.lit(None, pl.String).alias("industry_qualifier"),
        was=pl.Series(chance.choices(had.to_list(), k=both.len())),
    )
    return jobs(entries, "was", frame, "withdrawn")


def newest_pools(index: pl.DataFrame, sound: pl.DataFrame) -> Pools:
    """The jobs with a previous code of SOC 2020, for each kind of change."""
    frame, columns = "SOC2020", ("sub_unit_group", "unit_group")
    codes = pl.concat([index[column] for column in columns]).drop_nulls()
    deep = other_branches(sound, "sub_unit_group")
    groups = other_branches(sound, "unit_group").filter("groups_differ")
    branches = pl.concat([deep, groups])
    pools = {
        "unchanged": jobs(sound, "sub_unit_group", frame, "unchanged"),
        "refined": jobs(sound, "unit_group", frame, "refined"),
        "index_amended": amended(sound),
        "requalified": jobs(branches, "was", frame, "requalified", pl.col("branch")),
        "reassigned": jobs(codes_of_nobody(sound, codes, columns), "was", frame, "reassigned"),
        "withdrawn": for_review(index, sound, codes, frame),
    }
    return {(frame, kind): pool for kind, pool in pools.items()}


def earlier_pools(index: pl.DataFrame, sound: pl.DataFrame, frame: str, column: str) -> Pools:
    """The jobs with a previous code of an earlier classification, for each kind of change."""
    together = index.select("unit_group", was=column).drop_nulls().unique().sort(pl.all())
    codes, unlike = together["was"], pl.col("was") != pl.col(column)
    possible = sound.join(together, on="unit_group", maintain_order="left_right").filter(
        unlike, ~pl.col("changes").str.contains(pl.col("was"), literal=True)
    )
    pair = ["unit_group", "was"]
    branches = other_branches(sound, column).join(
        together, on=pair, how="anti", maintain_order="left"
    )
    nobody = codes_of_nobody(sound, codes, (column,)).join(
        together, on=pair, how="anti", maintain_order="left"
    )
    pools = {
        "reclassified": jobs(sound, column, frame, "reclassified"),
        "possible_in_crosswalk": jobs(possible, "was", frame, "possible_in_crosswalk"),
        "requalified": jobs(branches, "was", frame, "requalified", pl.col("branch")),
        "reassigned": jobs(nobody, "was", frame, "reassigned"),
        "withdrawn": for_review(index, sound, codes, frame),
    }
    return {(frame, kind): pool for kind, pool in pools.items()}


def make_pools(edition: Edition) -> Pools:
    """The jobs of an edition, for each classification and kind of change."""
    index = edition.index
    sound = sound_entries(index)
    pools = dict(newest_pools(index, sound))
    for frame, column in EARLIER.items():
        if index[column].null_count() < index.height:
            pools |= earlier_pools(index, sound, frame, column)
    return {cell: pool for cell, pool in pools.items() if pool.height}


def draw(pools: Pools, rows: int, chance: Random) -> pl.DataFrame:
    """So many jobs, in an order of chance; no job twice before all of its kind were drawn."""
    total = sum(SHARES[frame] for frame, _ in pools)
    drawn = []
    for (frame, _), pool in pools.items():
        size = -(-rows * SHARES[frame] // total)
        order = chance.sample(range(pool.height), pool.height)
        drawn.append(pool[[order[at % len(order)] for at in range(size)]])
    mixed = pl.concat(drawn)
    return mixed[chance.sample(range(mixed.height), rows)]


def write(path: Path, records: pl.DataFrame, prefix: str, chance: Random) -> None:
    """Write records to a CSV file, numbered, each with a weight."""
    numbered = records.with_row_index("record_id", offset=1).select(
        pl.format("{}{}", pl.lit(prefix), "record_id").alias("record_id"),
        *PREVIOUS[:5],
        weight=pl.Series([f"{chance.uniform(0.5, 2):.2f}" for _ in range(records.height)]),
        **{name: pl.col(name) for name in PREVIOUS[5:]},
    )
    numbered.write_csv(path)


def without_classification(pools: Pools, frame: str) -> Pools:
    """The jobs whose codes tell, among four-digit codes of one classification, what they are of."""
    code = pl.col("previous_code")
    tells = code.str.contains("/") | (code.str.len_chars() == 3)
    told = {
        (of, kind): (pool if of == frame else pool.filter(tells)).with_columns(
            previous_classification=pl.lit(None, pl.String)
        )
        for (of, kind), pool in pools.items()
    }
    return {cell: pool for cell, pool in told.items() if pool.height}


def make_extracts(path: Path, rows: int, edition: Edition) -> list[Path]:
    """Write OUT.csv and the files beside it that do not say the classification; gives the paths."""
    chance, pools = Random(SEED), make_pools(edition)
    write(path, draw(pools, rows, chance), "P", chance)
    paths = [path]
    for frame in UNSAID:
        unsaid = without_classification(pools, frame)
        if any(of == frame for of, _ in unsaid):
            paths.append(path.with_name(f"{path.stem}_{frame.lower()}{path.suffix}"))
            write(paths[-1], draw(unsaid, rows // 6, chance), f"{frame}-", chance)
    return paths


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else ROWS
    edition = load(sys.argv[3] if len(sys.argv) > 3 else latest())
    if edition.sub_unit_groups.is_empty():
        sys.exit(f"{edition.name} has no sub-unit groups: name another edition.")
    for path in make_extracts(Path(sys.argv[1]), rows, edition):
        print(path)


if __name__ == "__main__":
    main()
