"""The real edition 13 through the engine: the index itself, Volume 1's titles, explanations."""

import random

import polars as pl
import pytest

from flows.coding import code_records
from flows.coding.audit import CODED_COLUMNS
from flows.coding.explain import explain_records
from flows.coding.normalise import RECORD_COLUMNS

VOLUME_1 = "soc2020volume1structureanddescriptionofunitgroupsexcel16042025.xlsx"

NOS_BESIDE_A_DEFAULT = {"a6pi", "a7di"}
"""Carrier and Chemist, "nos": "not otherwise specified" asks for nothing, and the same title has
a declared default (M) that asks for nothing either. The default is taken; nobody says "nos"."""


def records(**columns: pl.Series) -> pl.DataFrame:
    """Canonical records with the columns given and no others filled."""
    return pl.DataFrame(columns).with_columns(
        pl.lit(None, pl.String).alias(name) for name in RECORD_COLUMNS if name not in columns
    )


@pytest.fixture(scope="module")
def coded_entries(edition13) -> pl.DataFrame:
    return edition13.index.filter(pl.col("unit_group").is_not_null())


def test_every_index_entry_replayed_gets_its_own_sub_unit_group(coded_entries, lookup13):
    replayed = records(
        job_title=coded_entries["index_title"],
        job_description=coded_entries["additional_qualifier"],
        industry_description=coded_entries["industry_qualifier"],
    )
    coded = code_records(replayed.lazy(), lookup13).collect()
    got = coded["sub_unit_group"].cast(pl.String)
    missed = coded_entries.filter(got.ne_missing(coded_entries["sub_unit_group"]))
    assert coded.height == 32_145
    assert set(missed["index_entry_id"]) == NOS_BESIDE_A_DEFAULT


def test_the_index_in_its_own_reversed_word_order(coded_entries, lookup13):
    """Upper case and reversed, as older files have it; entries without a qualifier."""
    plain = coded_entries.filter(
        pl.col("additional_qualifier").is_null() & pl.col("industry_qualifier").is_null(),
        pl.col("index_title_reversed").str.contains(", "),
    )
    coded = code_records(
        records(job_title=plain["index_title_reversed"].str.to_uppercase()).lazy(), lookup13
    ).collect()
    right = coded["sub_unit_group"].cast(pl.String) == plain["sub_unit_group"]
    assert plain.height > 10_000
    assert right.fill_null(value=False).mean() > 0.995


def test_related_job_titles_of_volume_1_get_their_unit_group(shared_data, lookup13):
    sheet = pl.read_excel(
        shared_data / "soc2020" / VOLUME_1,
        sheet_name="SOC2020 descriptions",
        infer_schema_length=0,
    )
    titles = (
        sheet.select(unit_group=sheet.columns[3], job_title=sheet.columns[9])
        .filter(pl.col("unit_group") != "<blank>")
        .with_columns(pl.col("job_title").str.split("~"))
        .explode("job_title")
        .with_columns(pl.col("job_title").str.replace_all(r"\s+", " ").str.strip_chars())
        .filter(pl.col("job_title") != "")
    )
    coded = code_records(records(job_title=titles["job_title"]).lazy(), lookup13).collect()
    right = (coded["unit_group"].cast(pl.String) == titles["unit_group"]).fill_null(value=False)
    missed = pl.concat([titles, coded.rename({"unit_group": "got"})], how="horizontal").filter(
        ~right
    )
    listed = missed.select("job_title", "unit_group", "got", "review_reason").rows()
    assert titles.height == 2_091
    assert right.mean() >= 0.97, "\n".join(map(str, listed))


def test_explain_says_the_same_as_the_run_for_1000_random_records(edition13, lookup13):
    chance = random.Random(2020)
    index = edition13.index
    pools = {
        "job_title": [*index["index_title"], "Chief of nothing", "Senior cook (pub)"],
        "job_description": [*index["additional_qualifier"].drop_nulls(), None, None],
        "industry_description": [*index["industry_qualifier"].drop_nulls(), None, None],
        "sic2007": ["62012", "86101", "47110", "85200", "41201", None, None],
        "qualification": ["chartered engineer", "NVQ 2", None, None],
        "department": ["IT department", "kitchen", None, None],
    }
    drawn = [{name: chance.choice(pool) for name, pool in pools.items()} for _ in range(1_000)]
    frame = pl.DataFrame(drawn, infer_schema_length=None)
    run = code_records(records(**frame.to_dict()).lazy(), lookup13).collect()
    expected = run.select(CODED_COLUMNS).to_dicts()

    explained = explain_records(drawn, lookup13)

    assert [one["result"] for one in explained] == expected
    assert len({row["outcome"] for row in expected}) == 3
    for one in explained:
        chosen = [entry for entry in one["entries"] if entry["chosen"]]
        assert bool(chosen) == (one["result"]["outcome"] != "review")
        for entry in chosen:
            assert entry["additional"] in ("met", "none")
            assert entry["industry"] in ("met", "none")
