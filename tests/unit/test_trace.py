"""How the classification of a previous code is told where it is not said."""

from dataclasses import replace

import polars as pl
import pytest

from flows.coding.trace import previous_codes, tell_classification
from reference.lookup import Lookup

TOGETHER = [
    ("SOC2010", "2135", "2133"),
    ("SOC2010", "2136", "2133"),
    ("SOC2010", "3412", "3412"),
    ("SOC2000", "2132", "2133"),
    ("SOC2000", "2136", "2133"),
    ("SOC2000", "3412", "3412"),
    ("SOC90", "320", "2133"),
    ("SOC90", "3802", "3412"),  # a misprint: SOC 90 has three digits
]


@pytest.fixture(scope="module")
def lookup(starter_lookup) -> Lookup:
    """SOC 2020 has 2133 and 3412; SOC 2010 2135, 2136, 3412; SOC 2000 2132, 2136, 3412."""
    groups = {"code": ["2133", "3412", "341"], "level": ["unit_group", "unit_group", "minor"]}
    crosswalk = pl.DataFrame(
        TOGETHER, schema=["classification", "code", "unit_group"], orient="row"
    )
    return replace(
        starter_lookup,
        groups=pl.DataFrame(groups),
        sub_unit_groups=pl.DataFrame({"sub_unit_group": ["2133/99", "3412/07"]}),
        crosswalk=crosswalk,
    )


def records(*codes: str | None, of: list[str | None] | None = None) -> pl.LazyFrame:
    columns = {"previous_code": codes, "previous_classification": of or [None] * len(codes)}
    return pl.LazyFrame(columns, schema=dict.fromkeys(columns, pl.String))


def assumed(*codes: str, lookup: Lookup) -> str | None:
    return next(iter(tell_classification(records(*codes), lookup)), None)


def test_four_digits_are_of_the_classification_in_which_most_of_them_exist(lookup):
    told = tell_classification(records("2135", "2136", "2136", "3412", "2133"), lookup)
    assert list(told.items()) == [("SOC2010", 4), ("SOC2000", 3), ("SOC2020", 2), ("SOC90", 0)]
    assert assumed("2132", "2132", "2135", "3412", lookup=lookup) == "SOC2000"
    assert assumed("2133", "2133", "2135", "3412", lookup=lookup) == "SOC2020"


def test_of_equals_the_newest(lookup):
    assert assumed("3412", lookup=lookup) == "SOC2020"
    assert assumed("2136", lookup=lookup) == "SOC2010"
    assert assumed("2133", "2135", lookup=lookup) == "SOC2020"
    assert assumed("2132", "2135", lookup=lookup) == "SOC2010"
    assert assumed("9999", lookup=lookup) == "SOC2020"


def test_every_record_counts_not_every_code(lookup):
    assert assumed("2133", "2135", "2136", lookup=lookup) == "SOC2010"
    assert assumed("2133", "2133", "2133", "2135", "2136", lookup=lookup) == "SOC2020"


def test_only_four_digits_without_a_classification_tell_something(lookup):
    said = ["SOC2010", "SOC2010", None, None, None, None]
    codes = records("2135", "2136", "2133/99", "320", "2133", None, of=said)
    assert tell_classification(codes, lookup)["SOC2020"] == 1
    assert tell_classification(codes, lookup)["SOC2010"] == 0
    nothing_to_tell = records("2135", "2133/99", "320", None, of=["SOC2010", None, None, None])
    assert tell_classification(nothing_to_tell, lookup) == {}


def test_a_code_is_of_what_is_said_or_of_what_its_digits_tell():
    codes = records(
        *("2133/99", "320", "2135", "2135", "2133", None, None),
        of=[None, None, None, "SOC2000", "SOC2020", None, "SOC2010"],
    )
    read = previous_codes(codes, "SOC2010").collect()
    assert read.columns == ["compared_classification", "compared_code"]
    assert read.rows() == [
        ("SOC2020", "2133/99"),
        ("SOC90", "320"),
        ("SOC2010", "2135"),
        ("SOC2000", "2135"),
        ("SOC2020", "2133"),
        (None, None),
        (None, None),  # a classification without a code is nothing
    ]


def test_four_digits_of_which_nothing_is_told_are_of_soc_2020():
    assert previous_codes(records("2135"), None).collect().rows() == [("SOC2020", "2135")]
