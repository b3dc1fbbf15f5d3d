"""A Coder remembers across batches; what it remembers must never change a code."""

import random

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from flows.coding import Coder, code_records
from flows.coding.normalise import RECORD_COLUMNS
from flows.coding.numbering import first_of_each

TITLES = [
    "Technical writer",
    "technical writer",
    "Staff nurse",
    "Cleaner",
    "No such title",
    "Driver",
]
DUTIES = ["writes software manuals", "writes turbine manuals", "drives a bus", None]
INDUSTRIES = ["hospital", "primary school", "haulage", None]


def drawn_records(count: int) -> pl.DataFrame:
    chance = random.Random(7)
    return pl.DataFrame(
        {
            "job_title": [chance.choice(TITLES) for _ in range(count)],
            "job_description": [chance.choice(DUTIES) for _ in range(count)],
            "industry_description": [chance.choice(INDUSTRIES) for _ in range(count)],
        }
    ).with_columns(
        pl.lit(None, pl.String).alias(name)
        for name in RECORD_COLUMNS
        if name not in ("job_title", "job_description", "industry_description")
    )


@pytest.mark.parametrize("most_remembered", [1_000_000, 10])
@pytest.mark.parametrize("size", [3, 25])
def test_batches_give_what_the_whole_gives(starter_lookup, size, most_remembered):
    records = drawn_records(60)
    whole = code_records(records.lazy(), starter_lookup).collect()

    coder = Coder(starter_lookup, most_remembered)
    parts = [coder.code(records[start : start + size]).by_record() for start in range(0, 60, size)]

    assert_frame_equal(pl.concat(parts), whole)
    assert whole["outcome"].n_unique() == 3


def test_an_empty_batch_has_all_columns_and_no_rows(starter_lookup):
    coder = Coder(starter_lookup)
    empty = coder.code(drawn_records(5).clear()).by_record()
    assert empty.schema == coder.code(drawn_records(5)).by_record().schema
    assert empty.height == 0


def test_what_is_remembered_is_bounded_also_for_titles_that_need_no_evidence(starter_lookup):
    coder = Coder(starter_lookup, most_remembered=50)
    record = drawn_records(1).with_columns(job_title=pl.lit("Bricklayer"))
    for number in range(4):
        batch = pl.concat([record] * 40).with_columns(
            job_description=pl.format("wall {} of {}", pl.int_range(40), pl.lit(number))
        )
        coded = coder.code(batch).by_record()
        assert coded["unit_group"].unique().to_list() == ["5313"]
    number = coder._texts["job_description"].number(pl.lit("new"))
    assert pl.select(number).item() == 0


def test_combinations_are_told_apart_however_large_their_numbers():
    numbers = pl.DataFrame(
        {name: [0, 1, 2**31, None, 2**31, 0] for name in "abcde"},
        schema=dict.fromkeys("abcde", pl.UInt32),
    )
    numbers[5, "e"] = None
    rows, order = first_of_each(numbers)
    assert rows.to_list() == [0, 1, 2, 3, 5]
    assert order.to_list() == [0, 1, 2, 3, 2, 4]
