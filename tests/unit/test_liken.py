"""What a title is most like: what is compared, what is learnt, how sure it is, what it decides."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array

from flows.coding import code_records
from flows.coding.liken import NEVER, liken_titles
from flows.coding.likest import likest_codes
from flows.coding.stages import match_titles
from reference.likeness import as_matrix, learn
from reference.title_features import features_of, shares_of
from reference.title_vectors import Vectors, shares_of_groups
from schemas.records import CANONICAL_COLUMNS

ENTRIES = [
    ("1111", "baker", None, None),
    ("1111", "pastry cook", None, "bakery"),
    ("1111", "bread baker", None, None),
    ("2222", "ship builder", None, None),
    ("2222", "builder of ships", None, None),
    ("2222", "boat builder", "wooden", None),
    ("3333", "ship's cook", None, None),
]


def learn_entries(entries):
    columns = ["unit_group", "index_title", "additional_qualifier", "industry_qualifier"]
    groups = pl.DataFrame(
        {
            "level": ["unit_group"] * 3,
            "code": ["1111", "2222", "3333"],
            "title": ["Bakers", "Builders", "Cooks"],
        }
    )
    none = pl.DataFrame(schema={"sub_unit_group": pl.String, "title": pl.String})
    table = pl.DataFrame(entries, schema=dict.fromkeys(columns, pl.String), orient="row")
    return learn(table, groups, none)


class Learnt:
    """The tables that likeness needs, learnt from ENTRIES."""

    def __init__(self) -> None:
        learnt = learn_entries(ENTRIES)
        self.like_features, self.like_groups = learnt.features, learnt.groups
        self.like_levels = pl.DataFrame({"digits": [1, 4, 4]})


def features(title: str) -> dict[str, int]:
    found = features_of(pl.LazyFrame({"text": [0], "key": [title]})).collect()
    return dict(found.select("feature", "times").rows())


def test_the_features_of_a_title():
    expected = {
        *("head", "cook", "ship"),  # words, without the small ones
        "cook at the end",
        *("head cook", "cook of", "of a", "a ship"),
        *("part -he", "part hea", "part ead", "part ad-"),
        *("part -hea", "part head", "part ead-", "part -head", "part head-"),
        *("part -co", "part coo", "part ook", "part ok-"),
        *("part -coo", "part cook", "part ook-", "part -cook", "part cook-"),
        *("part -of", "part of-", "part -of-"),
        "part -a-",
        *("part -sh", "part shi", "part hip", "part ip-"),
        *("part -shi", "part ship", "part hip-", "part -ship", "part ship-"),
    }
    assert set(features("head cook of a ship")) == expected


def test_a_part_counts_as_often_as_it_is_there():
    assert features("barbara")["part bar"] == 2
    assert features("to be")["part -be-"] == 2  # of four letters, and of five where it has four
    assert features("cook cook")["cook"] == 1


def test_the_words_of_a_title_weigh_the_same_together_however_many_and_so_do_their_parts():
    known = pl.LazyFrame(
        {
            "feature": ["ship", "cook", "part coo"],
            "number": [0, 1, 2],
            "idf": [3.0, 4.0, 5.0],
        }
    )
    found = features_of(pl.LazyFrame({"text": [7], "key": ["ship cook"]}))
    shares = shares_of(found, known).collect()
    assert shares["text"].to_list() == [7, 7, 7]
    assert shares["share"].to_list() == pytest.approx([0.9, 1.2, 2.0])


def test_the_share_of_a_group_is_the_softmax_of_how_far_the_sums_of_vectors_agree():
    texts = csr_array([[1.0, 0.5], [0.0, 2.0]])
    vectors = Vectors(
        features=np.array([[1.0, 0.0], [0.0, 1.0]]),
        groups=np.array([[1.0, 2.0], [-1.0, 0.0]]),
        bias=np.array([0.0, 0.5]),
    )
    first = [1 * 1 + 0.5 * 2, 1 * -1 + 0.5]
    second = [2 * 2, 0.5]
    for row, (one, other) in zip(shares_of_groups(texts, vectors), (first, second), strict=True):
        expected = math.exp(one) / (math.exp(one) + math.exp(other))
        assert row.tolist() == pytest.approx([expected, 1 - expected])


def likest(title: str, digits: int) -> list[str]:
    frame = pl.DataFrame({"job_title": [title], "reading": [title]})
    found = likest_codes(frame, Learnt())  # type: ignore[arg-type]
    return found.filter(digits=digits).sort("place")["code"].to_list()


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("cake baker", "1111"),
        ("bakery worker", "1111"),
        ("builder of yachts", "2222"),
        ("shipbuilders", "2222"),
        ("yacht cook", "3333"),
    ],
)
def test_a_title_is_most_like_the_group_whose_titles_share_most_with_it(title, code):
    assert likest(title, 4)[0] == code
    assert likest(title, 1)[0] == code[0]


def test_the_shares_of_all_groups_add_up():
    frame = pl.DataFrame({"job_title": ["ship baker"], "reading": ["ship baker"]})
    found = likest_codes(frame, Learnt()).filter(digits=4)  # type: ignore[arg-type]
    odds = [math.exp(one) for one in found["log_odds"]]
    assert sum(one / (1 + one) for one in odds) == pytest.approx(1, abs=1e-4)


def test_the_same_edition_teaches_the_same_in_any_order_of_its_entries():
    one, other = learn_entries(ENTRIES), learn_entries(ENTRIES[::-1])
    assert one.version == other.version
    assert one.features.equals(other.features)
    assert one.groups.equals(other.groups)
    assert learn_entries(ENTRIES[:-1]).version != one.version


def test_texts_keep_their_features_as_rows():
    told = pl.DataFrame(
        {"text": [3, 3, 5], "number": [1, 4, 4], "share": pl.Series([0.5, 1, 2], dtype=pl.Float32)}
    )
    assert as_matrix(told, 6).toarray().tolist() == [[0, 0.5, 0, 0, 1, 0], [0, 0, 0, 0, 2, 0]]
    assert as_matrix(told.clear(), 6).shape == (0, 6)


def test_what_only_one_text_has_counts_if_it_is_a_word():
    known = set(learn_entries(ENTRIES).features["feature"])
    assert known >= {"bread", "boat builder", "part boa", "cook at the end"}
    assert not known & {"bread baker", "part rea", "ships at the end"}


def liken(title: str, lookup):
    frame = pl.DataFrame({"job_title": [title], "reading": [title]})
    return liken_titles(frame, lookup).rows(named=True)


def test_a_title_like_none_of_the_index_has_no_likeness(starter_lookup):
    assert liken("qqq", starter_lookup) == []


def test_the_certainties_fall_and_the_first_is_the_titles(lookup13):
    (row,) = liken("marine underwriter of yachts", lookup13)
    named = [one.split(" ") for one in row["likely_codes"].split("; ")]
    certainties = [int(certainty.rstrip("%")) for _, certainty in named]
    assert named[0][0] == "3532"
    assert certainties == sorted(certainties, reverse=True)
    assert certainties[0] == row["certainty"]


def test_a_safe_code_begins_the_likeliest_code(lookup13):
    rows = [liken(title, lookup13)[0] for title in UNKNOWN]
    assert any(row["safe_code"] for row in rows)
    for row in rows:
        assert row["safe_code"] is None or row["likely_codes"].startswith(row["safe_code"])


def test_a_title_of_the_index_is_never_likened(lookup13):
    titles = pl.LazyFrame({"job_title": ["Underwriter", "Underwritr", "Underwriter of yachts"]})
    matched = match_titles(titles, lookup13).collect()
    likely = dict(matched.select("job_title", "likely_codes").rows())
    assert likely["Underwriter"] is None
    assert likely["Underwritr"] is None
    assert likely["Underwriter of yachts"].startswith("3532")


def test_a_title_taken_apart_that_gets_no_code_is_proposed_for_as_a_whole(lookup13):
    """Of these the index has "Development officer", by industry only, and "Underwriter"."""
    titles = [
        "Development officer",
        "Development officer (wellbeing)",
        "Senior development officer",
        "Senior underwriter",
    ]
    whole, bracketed, senior, decided = coded(titles, lookup13, 60)
    assert (whole["outcome"], whole["likely_codes"]) == ("review", None)
    assert (bracketed["outcome"], bracketed["match_method"]) == ("review", "title_with_qualifier")
    assert bracketed["certainty"] >= 60  # proposed, and not assigned
    assert (senior["outcome"], senior["match_method"]) == ("review", "words_set_aside")
    assert senior["likely_codes"] is not None
    assert (decided["unit_group"], decided["likely_codes"]) == ("3532", None)


def test_a_small_index_is_not_learnt_from(starter_lookup):
    (row,) = coded(["Underwriter of yachts"], starter_lookup, 50)
    assert row["outcome"] == "review"
    assert (row["likely_codes"], row["certainty"], row["safe_code"]) == (None, None, None)


# Assigned by likeness

UNKNOWN = [
    "cyber security penetration analyst",
    "veterinary anaesthesia nurse",
    "drone pilot",
    "vegan pastry chef",
    "payroll coordinator",
    "wellbeing lead",
]
"""Titles in no reading of version 13."""

BY_AN_ENTRY = ("sub_unit_group", "index_entry_id", "index_title", "isco08", "soc2010", "safe_code")


def coded(titles: list[str], lookup, assign_from: int):
    columns = dict.fromkeys(CANONICAL_COLUMNS, pl.String)
    frame = pl.DataFrame([{"job_title": title} for title in titles], schema=columns)
    return code_records(frame.lazy(), lookup, assign_from=assign_from).collect().rows(named=True)


@pytest.mark.parametrize("assign_from", [60, 84, 90])
def test_a_title_is_assigned_exactly_from_the_certainty_asked_for(assign_from, lookup13):
    groups = dict(lookup13.groups.select("code", "title").rows())
    rows = coded(UNKNOWN, lookup13, assign_from)
    assert {row["outcome"] for row in rows} == {"assigned", "review"}
    for row in rows:
        assert (row["outcome"] == "assigned") == (row["certainty"] >= assign_from)
        assert (row["match_method"] == "likeness") == (row["outcome"] == "assigned")
        if row["outcome"] == "assigned":
            assert row["likely_codes"].startswith(f"{row['unit_group']} {row['certainty']}%")
            assert row["unit_group_title"] == groups[row["unit_group"]]
            assert row["skill_level"] in (1, 2, 3, 4)
            assert {row[name] for name in BY_AN_ENTRY} == {None}
        else:
            assert (row["unit_group"], row["skill_level"]) == (None, None)
            assert row["review_reason"] == "title is not in the index"


def test_without_being_told_to_no_title_is_assigned_by_likeness(lookup13):
    assert {row["outcome"] for row in coded(UNKNOWN, lookup13, NEVER)} == {"review"}


def test_likeness_decides_nothing_that_the_index_does(lookup13):
    """Titles that qualifiers, references or notes send to review stay there."""
    titles = ["Engineer", "Technical writer", "Inspector", "Owner", "Foreman", "Clerk", "Assistant"]
    rows = coded(titles, lookup13, 50)
    assert rows == coded(titles, lookup13, NEVER)
    assert "review" in {row["outcome"] for row in rows}
