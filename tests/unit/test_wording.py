"""The tables of titles' wording: well formed, sourced, and read as they say."""

from __future__ import annotations

import re

import polars as pl
import pytest

from flows.coding.stages import match_titles
from reference.rulebook import load_rule_book

WORDING = load_rule_book().wording
PLAIN = re.compile(r"[a-z0-9]+( [a-z0-9]+)*")


def test_every_rewrite_is_plain_words_with_a_source():
    wrong = [
        rewrite
        for rewrite in WORDING.rewrites
        if not (PLAIN.fullmatch(rewrite.said) and PLAIN.fullmatch(rewrite.means))
        or rewrite.said == rewrite.means
        or rewrite.kind not in {"abbreviation", "spelling", "form", "synonym"}
        or len(rewrite.source) < 5
    ]
    assert wrong == []


def test_no_rewrite_stands_twice():
    said = [(r.said, r.means, r.beside) for r in WORDING.rewrites]
    assert len(said) == len(set(said))


def test_words_set_aside_and_words_of_fixed_place_stand_once_with_a_source():
    for entries in (WORDING.set_aside, WORDING.fixed):
        words = [entry.word for entry in entries]
        assert len(words) == len(set(words))
        assert all(entry.source for entry in entries)


@pytest.mark.parametrize(
    ("title", "read_as"),
    [
        ("Asst librarian", "assistant librarian"),
        ("Libr. asst", "library assistant"),
        ("HR mgr", "hr manager"),
        ("Sound engineer", None),
        ("Technical writter", "technical writer"),
    ],
)
def test_a_title_is_read_in_the_words_of_the_index_or_not_at_all(title, read_as, starter_lookup):
    matched = match_titles(pl.LazyFrame({"job_title": [title]}), starter_lookup).collect()
    assert matched["title_read_as"].to_list() == [read_as]
