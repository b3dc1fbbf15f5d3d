"""The rules of notes.toml against version 13: where they lead, and what they name."""

import polars as pl
import pytest

from reference.keys import loose_key
from reference.notes import FOLLOWED
from reference.rulebook import load_rule_book
from reference.see import follow_references

FAMILIES = load_rule_book().notes.families
BRANCHES = [(family, branch) for family in FAMILIES for branch in family.branches]
OWN_ENTRIES_ONLY = {"Engineer", "Leading hand"}
"""Titles with a note to which nothing is added: "Engineer" has a default, and what a leading hand
oversees is coded otherwise than for a foreman in three of the industries that have both."""


@pytest.fixture(scope="module")
def titles13(edition13) -> set[str]:
    return set(edition13.index.select(loose_key(pl.col("index_title")))["index_title"])


def key(title: str) -> str:
    return pl.select(loose_key(pl.lit(title))).item()


def test_every_title_that_the_index_sends_to_its_notes_is_in_a_family(edition13):
    sent = edition13.index.filter(
        pl.col("see").str.contains("notes$"), pl.col("unit_group").is_null()
    )["index_title"]
    families = {title for family in FAMILIES for title in family.titles}
    assert sent.len() == 32
    assert set(sent) - families - {"Director of"} == OWN_ENTRIES_ONLY


@pytest.mark.parametrize(("family", "branch"), BRANCHES, ids=lambda part: getattr(part, "id", ""))
def test_no_branch_leads_nowhere(family, branch, edition13):
    alone = family.model_copy(update={"branches": (branch,)})
    led = follow_references(edition13.index, (alone,)).filter(
        pl.col("reference_followed").str.starts_with(FOLLOWED)
    )
    assert set(led["reference_followed"]) == {FOLLOWED + family.says}
    terms = {*led["additional_qualifier"], *led["industry_qualifier"]}
    assert set(branch.only) <= terms, "a qualifier that no entry has"


def test_everything_that_is_named_is_a_title(titles13):
    named = {title for family in FAMILIES for title in family.named.values()}
    other_words = {title for family in FAMILIES for title in family.also.values()}
    own = {title for family in FAMILIES for title in family.titles}
    assert {title for title in named | other_words | own if key(title) not in titles13} == set()


def test_a_note_is_never_a_default(lookup13):
    by_note = lookup13.entries.filter(pl.col("reference_followed").str.starts_with(FOLLOWED))
    assert by_note.height > 3_000
    assert not by_note["asks_nothing"].any()
