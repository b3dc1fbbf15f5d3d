"""What entries were coded to before, as an edition says it: its columns, and its CHANGE notes."""

import polars as pl
import pytest

from reference.earlier_codes import amended_codes, branch_codes, crosswalk, entry_codes

COLUMNS = ("unit_group", "sub_unit_group", "soc2010", "soc2000", "soc90", "version_note", "change")
ASKED = ("additional_qualifier", "industry_qualifier")


def entries_of(*rows: dict[str, str]) -> pl.DataFrame:
    """Entries numbered from 0, with the columns given and the others null."""
    frame = pl.DataFrame(rows, schema=dict.fromkeys((*COLUMNS, *ASKED), pl.String))
    asks_nothing = pl.all_horizontal(pl.col(ASKED).is_null())
    return frame.with_row_index("entry").with_columns(asks_nothing=asks_nothing)


def noted(change: str, code: str = "3133/01", **columns: str) -> list[tuple[str, str]]:
    """The classifications and codes that one entry had, as its note has it."""
    row = {"unit_group": code[:4], "sub_unit_group": code, "change": change, **columns}
    return amended_codes(entries_of(row)).select("classification", "code").rows()


# CHANGE notes


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ("SOC2020 code was 5119", ["5119"]),
        ("SOC2020 code was 8160 & default code added", ["8160"]),
        ("SOC-ext code was 8111/99", ["8111", "8111/99"]),
        ("SOC ext code was 8111/99", ["8111", "8111/99"]),
        ("SOC2020 code was 2115/09, ISCO08 code was 2632", ["2115", "2115/09"]),
        ("SOC-ext code was 2139/99, ISCO08 code was 2434", ["2139", "2139/99"]),
        ("Default code added. SOC-ext code was 4129/99", ["4129", "4129/99"]),
        ("SOC-ext code was 4122/01, default code added", ["4122", "4122/01"]),
        ("ADD term was motor vehicles. SOC-ext code was 5231/99", ["5231", "5231/99"]),
        # two notes in one
        ("SOC-ext code was 2422/02. SOC-ext code was 2422/99", ["2422", "2422/02", "2422/99"]),
        ("SOC2020 code was 6222. SOC-ext code was 6222/04", ["6222", "6222/04"]),
        (
            "SOC2020 code was 2231, ISCO08 code was 2222. SOC-ext code was 2234/99",
            ["2231", "2234", "2234/99"],
        ),
        (
            "SOC-ext code was 2139/02. ADD term was computing. SOC-ext code was 2139/99",
            ["2139", "2139/02", "2139/99"],
        ),
    ],
)
def test_a_note_of_a_soc_2020_code(change, codes):
    assert noted(change) == [("SOC2020", code) for code in codes]


def test_a_note_of_an_earlier_classifications_code():
    assert noted("SOC90 code was 190") == [("SOC90", "190")]
    assert noted("SOC2010 code was 1225") == [("SOC2010", "1225")]


def test_a_note_of_codes_in_several_classifications():
    note = "SOC 90/2000/2010/2020 codes were 235/2317/2318/2319, ISCO08 code was 2351 (new job)"
    assert noted(note) == [
        ("SOC2000", "2317"),
        ("SOC2010", "2318"),
        ("SOC2020", "2319"),
        ("SOC90", "235"),
    ]
    note = "SOC2010/2020 codes were 3563/3574, ISCO08 code was 2424 (new job title in SOC2020)"
    assert noted(note) == [("SOC2010", "3563"), ("SOC2020", "3574")]


def test_a_code_is_compared_within_its_own_classification():
    """SOC 2010's 1225 and SOC 2020's 1225 are different codes: the SOC 2010 code has changed."""
    assert noted("SOC2010 code was 1225", "1225/00", soc2010="1226") == [("SOC2010", "1225")]


@pytest.mark.parametrize(
    "change",
    [
        "Default code added",
        "Default code was O",
        "ISCO08 code was 5221",
        "ADD term was computing",
        "SOC2020 codes added",
        "SOC2020 codes were 889/8219/8239/8239 (new job title in SOC2020)",  # of which?
        "SOC90/2000/2010/2020 codes were 889/8219/8239",  # three codes of four
        "SOC-ext code was 8111/9",
        "SOC2020 code was }}}}",
        "SOC1970 code was 1225",
    ],
)
def test_a_note_that_names_no_code_or_a_misprinted_one_is_left_out(change):
    assert noted(change) == []


def test_what_an_entry_has_still_is_not_what_it_had():
    """Of a changed sub-unit group, the unit group is still the entry's."""
    assert noted("SOC-ext code was 3133/99", "3133/01") == [("SOC2020", "3133/99")]
    assert noted("SOC-ext code was 3133/01", "3133/01") == []
    assert noted("SOC2020 code was 3133", "3133/01") == []


@pytest.mark.parametrize(
    ("version_note", "cited"),
    [
        ("V13 amended", "V13 amended: Default code added. SOC2020 code was 5119"),
        (None, "Default code added. SOC2020 code was 5119"),
    ],
)
def test_the_whole_note_is_cited_with_its_version(version_note, cited):
    row = {"unit_group": "3133", "sub_unit_group": "3133/01", "version_note": version_note}
    row["change"] = "Default code added. SOC2020 code was 5119"
    assert amended_codes(entries_of(row))["cited"].to_list() == [cited]


def test_each_entry_has_its_own_notes():
    first = {"unit_group": "3133", "sub_unit_group": "3133/01", "change": "SOC2020 code was 5119"}
    unnoted = {"unit_group": "3133", "sub_unit_group": "3133/01"}
    third = {"unit_group": "5119", "sub_unit_group": "5119/01", "change": "SOC2020 code was 3133"}
    amended = amended_codes(entries_of(first, unnoted, third))
    assert amended.select("entry", "code").rows() == [(0, "5119"), (2, "3133")]


# Columns

WELDER = {"unit_group": "5215", "sub_unit_group": "5215/00", "soc2010": "5215", "soc90": "537"}
RIVETER = {"unit_group": "5215", "sub_unit_group": "5215/00", "soc2010": "5214", "soc90": "537"}
REFERENCE: dict[str, str] = {}


def test_an_entry_has_its_codes_in_every_classification():
    assert entry_codes(entries_of(WELDER, REFERENCE)).rows() == [
        (0, "SOC2010", "5215"),
        (0, "SOC2020", "5215"),
        (0, "SOC2020", "5215/00"),
        (0, "SOC90", "537"),
    ]


def test_the_crosswalk_has_each_pair_once_and_no_pair_of_soc_2020():
    assert crosswalk(entries_of(WELDER, RIVETER, REFERENCE, WELDER)).rows() == [
        ("SOC2010", "5214", "5215"),
        ("SOC2010", "5215", "5215"),
        ("SOC90", "537", "5215"),
    ]


def test_an_edition_without_earlier_codes_has_no_crosswalk():
    assert crosswalk(entries_of({"unit_group": "5215", "sub_unit_group": "5215/00"})).is_empty()


def branches(*rows: dict[str, str]) -> dict[tuple[str, str], str]:
    """The branches of one title with these entries, by classification and code."""
    entries = entries_of(*rows)
    one_title = entries.select("entry", title_id=pl.lit(7, pl.UInt32))
    table = branch_codes(one_title, entries)
    assert set(table["title_id"]) == {7}
    return {(frame, code): branch for _, frame, code, branch in table.rows()}


def test_a_branch_is_named_by_what_it_asks_for():
    ships = {"additional_qualifier": "plates", "industry_qualifier": "shipyard"}
    told = branches(RIVETER | ships, WELDER, REFERENCE)
    assert told == {
        ("SOC2020", "5215"): "with plates and industry shipyard or otherwise",
        ("SOC2020", "5215/00"): "with plates and industry shipyard or otherwise",
        ("SOC2010", "5214"): "with plates and industry shipyard",
        ("SOC2010", "5215"): "otherwise",
        ("SOC90", "537"): "with plates and industry shipyard or otherwise",
    }


def test_a_branch_is_known_by_a_code_that_it_had_as_well():
    """A record that was coded to a branch before it was amended was on that branch all the same."""
    moved = {"industry_qualifier": "shipyard", "change": "SOC-ext code was 8111/99"}
    moved["version_note"] = "V3 amended"
    told = branches(RIVETER | moved, WELDER)
    said = "with industry shipyard (V3 amended: SOC-ext code was 8111/99)"
    assert told["SOC2020", "8111/99"] == told["SOC2020", "8111"] == said
    assert told["SOC2010", "5214"] == "with industry shipyard"
