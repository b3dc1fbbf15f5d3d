"""Words one typing error apart, against counting edits letter by letter."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reference.spelling import SHORTEST, neighbours, shortened

WORDS = st.text(alphabet="abc", min_size=1, max_size=8)


def one_error_apart(said: str, meant: str) -> bool:
    """Whether one letter more, less or other, or two neighbours exchanged, makes one the other."""
    drops = {said[:n] + said[n + 1 :] for n in range(len(said))}
    adds = {said[:n] + letter + said[n:] for n in range(len(said) + 1) for letter in "abc"}
    others = {said[:n] + letter + said[n + 1 :] for n in range(len(said)) for letter in "abc"}
    swaps = {said[:n] + said[n + 1] + said[n] + said[n + 2 :] for n in range(len(said) - 1)}
    return said == meant or meant in drops | adds | others | swaps


def found(said: list[str], known: list[str]) -> set[tuple[str, str]]:
    words = pl.LazyFrame({"word": known}, schema={"word": pl.String})
    asked = pl.LazyFrame({"word": said}, schema={"word": pl.String})
    return set(neighbours(asked, shortened(words)).collect().rows())


@settings(max_examples=60, deadline=None)
@example(["bcbbca"], ["bcbcaa"])  # a letter dropped, and another put in beside it: two errors
@given(st.lists(WORDS, min_size=1, max_size=6), st.lists(WORDS, min_size=1, max_size=12))
def test_neighbours_are_those_one_error_apart_that_begin_alike(said, known):
    expected = {
        (one, other)
        for one in said
        for other in known
        if len(one) >= SHORTEST - 1 and one[0] == other[0] and one_error_apart(one, other)
    }
    assert found(said, known) == expected


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("enginer", "engineer"),
        ("engineeer", "engineer"),
        ("enigneer", "engineer"),
        ("enhineer", "engineer"),
    ],
)
def test_each_kind_of_error_is_mended(said, meant):
    assert found([said], ["engineer", "engraver", "ranger"]) == {(said, meant)}


def test_a_valid_word_far_from_another_stays_apart():
    assert found(["barrister"], ["barista"]) == set()


def test_the_first_letter_is_taken_to_be_right():
    assert found(["vlogger"], ["logger", "blogger"]) == set()
