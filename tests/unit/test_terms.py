"""The grammar of qualifier terms: commas, colons, slashes, endings, and what is written first."""

from dataclasses import replace
from datetime import date

import pytest

from reference.rulebook import Criterion, CriterionExample, PhraseSet, load_rule_book
from reference.terms import TermCompiler, derive, shared_ending, slash_forms

REAL = load_rule_book()
GRAMMAR = REAL.grammar


def criterion(name, kind, *terms):
    example = CriterionExample(met=False)
    return Criterion(
        id=name,
        kind=kind,
        terms=terms,
        statement="A criterion for tests only.",
        source="these tests",
        date=date(2026, 1, 1),
        sic2007=("13",),
        phrases=(PhraseSet(include=("a phrase",)),),
        examples=(example, example),
    )


def compiler(*criteria):
    return TermCompiler(replace(REAL, criteria=criteria))


def levels(term, *criteria, kind="industry"):
    """The levels of a term, without the word "derived" and the kind in the ids."""
    return [
        tuple(name.removeprefix(f"derived {kind}: ") for name in level)
        for level in compiler(*criteria).levels(kind, term)
    ]


TEXTILE = criterion("written-textile", "industry", "textile mfr")
NOT_COAL = criterion("written-not-coal", "industry", "mine: not coal")
TRADE = criterion("written-trade", "industry", "wholesale, retail trade")
RETAIL = criterion("written-retail", "industry", "retail trade")
PROFESSIONAL = criterion("written-professional", "additional", "professional")


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("farming", [("farming",)]),
        ("Farming", [("farming",)]),
        ("farming, forestry", [("farming", "forestry")]),
        ("coal mine: above ground", [("coal mine",), ("above ground",)]),
        ("a: b: c, d", [("a",), ("b",), ("c", "d")]),
        ("hosiery, knitwear mfr", [("hosiery mfr", "knitwear mfr")]),
        ("hosiery mfr, knitwear", [("hosiery mfr", "knitwear")]),
        ("farming;  forestry", [("farming",), ("forestry",)]),
        ("farming, forestry; x: y", [("farming", "forestry"), ("x",), ("y",)]),
        ("nos", []),
        ("", []),
        ("nos; nos", []),
        ("nos: boat, barge", [("boat", "barge")]),
        ("farming, nos", [("farming",)]),
        ("care/residential home", [("care/residential home",)]),
    ],
)
def test_levels_without_written_criteria(term, expected):
    assert levels(term) == expected


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("textile mfr", [("written-textile",)]),
        ("Textile Mfr", [("written-textile",)]),
        ("textile mfr: hosiery mfr", [("written-textile",), ("hosiery mfr",)]),
        ("textile mfr: lace, net mfr", [("written-textile",), ("lace mfr", "net mfr")]),
        ("mine: not coal", [("written-not-coal",)]),
        ("mine: not coal: above ground", [("written-not-coal",), ("above ground",)]),
        ("mine: above ground", [("mine",), ("above ground",)]),
        ("government: textile mfr", [("government",), ("written-textile",)]),
        ("wholesale, retail trade", [("written-trade",)]),
        ("retail, wholesale trade", [("written-retail", "wholesale trade")]),
        ("nos: textile mfr", [("written-textile",)]),
        ("farming; mine: not coal", [("farming",), ("written-not-coal",)]),
    ],
)
def test_a_written_criterion_comes_first_and_the_longest_beginning(term, expected):
    assert levels(term, TEXTILE, NOT_COAL, TRADE, RETAIL) == expected


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("professional", [("written-professional",)]),
        ("professional, telecoms", [("written-professional",), ("telecoms",)]),
        ("professional, oil, gas", [("written-professional",), ("oil", "gas")]),
        ("nos: professional", [("written-professional",)]),
        ("telecoms, professional", [("telecoms", "written-professional")]),
        ("qualified, audit", [("qualified",), ("audit",)]),
    ],
)
def test_a_comma_after_professional_adds_a_condition(term, expected):
    assert levels(term, PROFESSIONAL, kind="additional") == expected


def test_a_criterion_is_for_its_kind_only():
    assert levels("textile mfr", TEXTILE, kind="additional") == [("textile mfr",)]


def test_the_compiler_remembers_what_it_was_asked_for_and_nothing_else():
    terms = compiler(TEXTILE, NOT_COAL)
    terms.levels("industry", "textile mfr: hosiery mfr")
    assert {name: bool(c.statement) for name, c in terms.criteria.items()} == {
        "written-textile": True,
        "derived industry: hosiery mfr": False,
    }
    assert terms.criteria["written-textile"].sic2007 == ("13",)
    assert terms.criteria["derived industry: hosiery mfr"].sic2007 == ()


@pytest.mark.parametrize(
    ("alternatives", "expected"),
    [
        (["hosiery", "knitwear mfr"], ["hosiery mfr", "knitwear mfr"]),
        (["wine", "spirits", "beer trade"], ["wine trade", "spirits trade", "beer trade"]),
        (["lace mfr", "net mfr"], ["lace mfr", "net mfr"]),
        (["coal mine"], ["coal mine"]),
        (["boat", "barge"], ["boat", "barge"]),
        (["brewery", "dairy farm"], ["brewery", "dairy farm"]),
    ],
)
def test_the_last_ending_belongs_to_all(alternatives, expected):
    assert shared_ending(alternatives, GRAMMAR) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("care/residential home", ["care home", "residential home"]),
        ("coal mine", ["coal mine"]),
        ("gas/oil boiler/burner", ["gas boiler", "gas burner", "oil boiler", "oil burner"]),
        ("computing/it", ["computing", "it"]),
        ("gas/", ["gas"]),
    ],
)
def test_a_slash_is_written_out_for_its_own_word(words, expected):
    assert slash_forms(words) == expected


def test_a_derived_criterion_is_sought_in_its_kinds_fields():
    industry = derive("industry", "fishing", GRAMMAR)
    assert industry.id == "derived industry: fishing"
    (phrases,) = industry.phrases
    assert phrases.fields == ("title_qualifier", "industry_description")
    assert phrases.include == ("fishing",)
    assert phrases.exclude == ()
    (phrases,) = derive("additional", "fishing", GRAMMAR).phrases
    assert phrases.fields == ("title_qualifier", "job_description", "department")


def test_a_template_says_the_ending_in_respondents_words():
    (phrases,) = derive("industry", "wire rope mfr", GRAMMAR).phrases
    assert {"wire rope mfr", "wire rope manufacturer", "manufacture of wire rope"} <= set(
        phrases.include
    )
    assert all("wire rope" in phrase for phrase in phrases.include)


def test_a_template_needs_something_before_the_ending():
    (phrases,) = derive("industry", "mfr", GRAMMAR).phrases
    assert phrases.include == ("mfr",)


def test_a_template_fills_each_form_of_a_slash():
    (phrases,) = derive("industry", "bank/postal service", GRAMMAR).phrases
    assert phrases.include == ("bank service", "bank services", "postal service", "postal services")
