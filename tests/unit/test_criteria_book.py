"""The book of criteria: one page, whole, escaped, the same twice, with the answers in it."""

import re

import pytest
from page_reader import Page
from small_rules import BANKING, ENTRIES, WRITING, rules_of, small_lookup

from flows.reports.criteria_book import book_page
from reference.lookup import Lookup
from reference.rulebook import load_rule_book

NASTY = "<script>alert('1')</script> & \"co\""


def small_page(*criteria: dict, entries: list[tuple] = ENTRIES, sic: dict | None = None) -> str:
    rules = rules_of(*criteria)
    return book_page(rules, small_lookup(rules, entries), sic or {})


@pytest.fixture(scope="module")
def small() -> Page:
    return Page(small_page(BANKING, WRITING, sic={"6411": "Central banking"}))


@pytest.fixture(scope="module")
def starter_page(starter_lookup: Lookup) -> str:
    return book_page(load_rule_book(), starter_lookup, {})


def test_the_same_rules_and_edition_give_the_same_bytes(starter_page, starter_lookup):
    assert book_page(load_rule_book(), starter_lookup, {}) == starter_page


def test_data_is_escaped_everywhere():
    criterion = WRITING | {
        "terms": [NASTY],
        "statement": f"It is met by {NASTY}.",
        "source": f"source {NASTY}",
        "sic2007": ["6411"],
        "phrases": [{"include": [NASTY], "exclude": [NASTY], "together": [f"{NASTY} + b"]}],
        "examples": [
            {"job_description": NASTY, "met": True},
            {"title_qualifier": NASTY, "met": False},
        ],
    }
    entries = [(NASTY, NASTY, None, "2133/99"), (NASTY, None, f"{NASTY}: x", "3412/07")]
    text = small_page(criterion, entries=entries, sic={"6411": NASTY})
    assert text.count("<script") == 1  # the page's own
    assert text.count("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &#34;co&#34;") >= 12
    Page(text)


def test_the_page_loads_nothing_from_elsewhere(starter_page):
    page = Page(starter_page)
    assert not page.values("src")
    assert not page.texts("link") + page.texts("img") + page.texts("iframe")
    assert all(target.startswith("#") for target in page.values("href"))
    (style,) = page.texts("style")
    assert "url(" not in style
    assert "@import" not in style
    (script,) = page.texts("script")
    assert not re.search(r"fetch|XMLHttpRequest|import\(|https?:", script)


def test_every_link_leads_somewhere_and_every_id_is_one_of_a_kind(starter_page):
    page = Page(starter_page)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    targets = {target[1:] for target in page.values("href") if not target.startswith("#q=")}
    assert targets <= set(ids)


def test_the_page_has_landmarks_labels_and_a_language(starter_page):
    page = Page(starter_page)
    assert page.values("lang") == ["en-GB"]
    for landmark in ("header", "nav", "main", "footer", "title", "h1"):
        assert len(page.texts(landmark)) == 1
    assert page.values("for") == [found["id"] for tag, found, _ in page.elements if tag == "input"]


def test_a_criterion_is_shown_with_all_that_it_rests_on(small):
    (article,) = small.texts("article", id="industry-banking")
    for words in (
        "banking | bank industry qualifier · industry-banking",
        "The employer takes deposits and lends.",
        "SIC 2007: 6411 Central banking; 64191.",
        "Sought in: words in brackets after the title, industry",
        "Counts high street bank; ~lend money",
        "Does not count old high street bank",
        "Examples (5) Met industry: “a high street bank” industry: “lending money to firms” SIC",
        "Not met industry: “café in an old high street bank” SIC code: “64192”",
        "Index entries that ask for it (3)",
        "2133/99 IT n.e.c.: Guard",
        "3412/07 Technical writers: Clerk; Teller",
        "Source: the test itself. Date: 2026-11-22.",
    ):
        assert words in article


def test_an_entry_says_what_its_title_would_be_otherwise(small):
    (article,) = small.texts("article", id="additional-computing")
    assert "2133/99 IT n.e.c.: Technical author (otherwise 3412/07)" in article


def test_a_title_is_shown_with_its_codes_and_what_each_needs(small):
    listed = small.texts("li")
    assert "Guard 2133/99 IT n.e.c.: in banking: zeppelin hangar" in listed
    (author,) = [words for words in listed if words.startswith("Technical author 2133/99")]
    assert author.startswith("Technical author 2133/99 IT n.e.c.: computing/IT 3412/07 Technical")
    assert sorted(author.partition("writers: ")[2].split("; ")) == [
        "prices in £",
        "when none applies",
        "when none applies",  # "nos" asks for nothing
    ]
    assert not [words for words in listed if words.startswith("Scribe")]  # a reference


def test_terms_without_a_criterion_are_listed(small):
    (unwritten,) = small.texts("section", id="unwritten")
    assert "Additional qualifiers (1) prices in £ 1" in unwritten
    assert "Industry qualifiers (1) banking: zeppelin hangar 1" in unwritten


def test_a_criterion_shows_what_it_includes_and_what_includes_it():
    finance = BANKING | {
        "id": "industry-finance",
        "terms": ["finance"],
        "includes": ["industry-banking"],
    }
    entries = [("Clerk", None, "finance", "3412/07"), ("Agent", None, "finance", "3412/07")]
    page = Page(small_page(BANKING, finance, entries=entries))
    (wider,) = page.texts("article", id="industry-finance")
    (narrower,) = page.texts("article", id="industry-banking")
    assert "Met also by what meets: banking." in wider
    assert "What meets it also meets: finance (2 index entries)." in narrower
    assert "No coded entry of this edition asks for it." in narrower


def test_the_page_opens_with_the_general_rules(starter_page):
    rules = load_rule_book()
    (opening,) = Page(starter_page).texts("section", id="rules")
    for rung in rules.precedence.rungs:
        assert f"{rung.name.replace('_', ' ')} additional: " in opening
        assert rung.reason in opening
    for context in rules.contexts.contexts:
        assert context.reason in opening
        assert " · ".join(context.words) in opening
    for source in (rules.precedence.source, rules.contexts.source, rules.grammar.source):
        assert source in opening
    assert "“coal mine: above ground” asks for both parts" in opening


def test_titles_of_sic_codes_or_how_to_get_them(small, starter_page):
    assert "The titles of SIC codes are not part of this project." in starter_page
    assert not any("titles of SIC codes are not" in words for words in small.texts("p"))


def test_the_footer_has_the_attribution(small):
    (footer,) = small.texts("footer")
    assert (
        "The coding index and structure of SOC 2020, and UK SIC 2007, are published by the Office "
        "for National Statistics. Contains public sector information licensed under the Open "
        "Government Licence v3.0. © Crown copyright." in footer
    )


def test_which_industries_count_as_computing_for_a_technical_writer(lookup13):
    """None: the criterion says so, names its source, and the title shows both of its codes."""
    text = book_page(load_rule_book(), lookup13, {})
    page = Page(text)
    (title,) = [words for words in page.texts("li") if words.startswith("Technical writer 2133")]
    assert "2133/99 IT business analysts, architects and systems designers n.e.c.: " in title
    assert "n.e.c.: computing/IT 3412/07 Technical writers" in title
    assert title.endswith("patent; when none applies")
    assert "<b>Technical writer</b><ul>\n<li>2133/99" in text
    assert '<a href="#additional-computing">computing/IT</a>' in text
    (criterion,) = page.texts("article", id="additional-computing")
    assert "no industry description and no SIC code counts." in criterion
    assert "Source: FOI-2026-3418" in criterion
    assert "Technical writer (otherwise 3412/07)" in criterion
