"""What a title is most like: against naive Bayes written out in plain Python."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from itertools import pairwise

import polars as pl
import pytest

from flows.coding import code_records
from flows.coding.liken import NEVER, liken_titles, likest_groups
from flows.coding.stages import match_titles
from reference.likeness import PREFIX, SMOOTHING, learn
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
TITLES = ["ship baker", "wooden boat cook", "bakery cook", "builder"]
SMALL = {"of", "the", "and", "for", "in", "a", "an", "at", "on"}


def features(title: str) -> Counter[str]:
    words = title.split()
    last = re.split(" of | to | in ", title)[0].rpartition(" ")[2]
    told = sorted({word for word in words if word not in SMALL})
    found = Counter([f"h:{last}", f"p:{words[0]}"])
    found.update(f"w:{word}" for word in told)
    found.update(f"x:{word[:PREFIX]}" for word in told if len(word) > PREFIX)
    found.update(f"b:{one}_{two}" for one, two in pairwise(words))
    found.update(f"s:{word}_{last}" for word in words if word != last and word not in SMALL)
    if len(words) > 1:
        found[f"hh:{' '.join(words[-2:])}"] += 1
    if len(last) > PREFIX:
        found[f"y:{last[-PREFIX:]}"] += 1
    return found


def shares(title: str, idf: dict[str, float]) -> dict[str, float]:
    weights = {f: (1 + math.log(n)) * idf[f] for f, n in features(title).items() if f in idf}
    length = math.sqrt(sum(weight**2 for weight in weights.values()))
    return {f: weight / length for f, weight in weights.items()}


def naive_shares(title: str) -> dict[str, float]:
    """Each group's share of the likeness of a title, by the textbook."""
    texts = [(code, t.replace("'", "")) for code, t, *_ in ENTRIES]
    texts += [
        (code, f"{add or ind} {t}".replace("'", "")) for code, t, add, ind in ENTRIES if add or ind
    ]
    texts += [("1111", "bakers"), ("2222", "builders"), ("3333", "cooks")]
    counts = Counter(f for _, text in texts for f in set(features(text)))
    idf = {f: math.log((1 + len(texts)) / (1 + n)) + 1 for f, n in counts.items()}
    summed: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for code, text in texts:
        for f, share in shares(text, idf).items():
            summed[code][f] += share
    scores = {}
    told = shares(title, idf)
    for code, of_code in summed.items():
        total = sum(of_code.values()) + SMOOTHING * len(idf)
        scores[code] = math.log(sum(c == code for c, _ in texts) / len(texts)) + sum(
            share * math.log((of_code.get(f, 0) + SMOOTHING) / total) for f, share in told.items()
        )
    met = {code for code, of_code in summed.items() if set(told) & set(of_code)}
    odds = {code: math.exp(scores[code] - max(scores[c] for c in met)) for code in met}
    return {code: one / sum(odds.values()) for code, one in odds.items()}


class Learnt:
    """The tables that likeness needs, learnt from ENTRIES."""

    def __init__(self) -> None:
        columns = ["unit_group", "index_title", "additional_qualifier", "industry_qualifier"]
        entries = pl.DataFrame(ENTRIES, schema=dict.fromkeys(columns, pl.String), orient="row")
        groups = pl.DataFrame(
            {
                "level": ["unit_group"] * 3,
                "code": ["1111", "2222", "3333"],
                "title": ["Bakers", "Builders", "Cooks"],
            }
        )
        none = pl.DataFrame(schema={"sub_unit_group": pl.String, "title": pl.String})
        learnt = learn(entries, groups, none)
        self.like_features, self.like_weights = learnt.features, learnt.weights
        self.like_groups = learnt.groups


@pytest.mark.parametrize("title", TITLES)
def test_shares_are_those_of_naive_bayes(title):
    frame = pl.DataFrame({"job_title": [title], "reading": [title]})
    found = likest_groups(frame, Learnt())  # type: ignore[arg-type]
    shares_found = dict(found.select("unit_group", "share").rows())
    assert shares_found == pytest.approx(naive_shares(title))


def liken(title: str, lookup):
    frame = pl.DataFrame({"job_title": [title], "reading": [title]})
    return liken_titles(frame, lookup).rows(named=True)


def test_a_title_like_none_of_the_index_has_no_likeness(starter_lookup):
    assert liken("zzyzx", starter_lookup) == []


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


def test_a_title_of_the_index_is_never_likened(starter_lookup):
    titles = pl.LazyFrame({"job_title": ["Underwriter", "Underwritr", "Underwriter of yachts"]})
    matched = match_titles(titles, starter_lookup).collect()
    likely = dict(matched.select("job_title", "likely_codes").rows())
    assert likely["Underwriter"] is None
    assert likely["Underwritr"] is None
    assert likely["Underwriter of yachts"].startswith("3532")


def test_by_a_small_index_nobody_knows_how_sure_a_likeness_is(starter_lookup):
    (row,) = coded(["Underwriter of yachts"], starter_lookup, 50)
    assert row["likely_codes"].startswith("3532; ")
    assert (row["outcome"], row["certainty"], row["safe_code"]) == ("review", None, None)


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


@pytest.mark.parametrize("assign_from", [50, 80, 90])
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
