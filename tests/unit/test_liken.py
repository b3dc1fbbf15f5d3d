"""What a title is most like: against naive Bayes written out in plain Python."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from itertools import pairwise

import polars as pl
import pytest

from flows.coding.liken import liken_titles, likest_groups
from flows.coding.stages import match_titles
from reference.likeness import PREFIX, SMOOTHING, learn

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


def test_the_certainties_fall_and_the_first_is_the_titles(starter_lookup):
    (row,) = liken("marine underwriter of yachts", starter_lookup)
    named = [one.split(" ") for one in row["likely_codes"].split("; ")]
    certainties = [int(certainty.rstrip("%")) for _, certainty in named]
    assert named[0][0] == "3532"
    assert certainties == sorted(certainties, reverse=True)
    assert certainties[0] == row["certainty"]


def test_a_safe_code_begins_the_likeliest_code(starter_lookup):
    (row,) = liken("nursery nurse of small children", starter_lookup)
    assert row["safe_code"] is None or row["likely_codes"].startswith(row["safe_code"])


def test_a_title_of_the_index_is_never_likened(starter_lookup):
    titles = pl.LazyFrame({"job_title": ["Underwriter", "Underwritr", "Underwriter of yachts"]})
    matched = match_titles(titles, starter_lookup).collect()
    likely = dict(matched.select("job_title", "likely_codes").rows())
    assert likely["Underwriter"] is None
    assert likely["Underwritr"] is None
    assert likely["Underwriter of yachts"].startswith("3532 ")
