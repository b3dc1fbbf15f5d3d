"""What depends on criteria, how far they reach, and what a check of them finds."""

from datetime import date

import pytest
from small_rules import BANKING, WRITING, rules_of, small_index, small_lookup, write_sic

from flows.criteria.check import Finding, check_rules
from flows.criteria.coverage import coverage_shares, sic_gaps, term_coverage
from flows.criteria.dependants import dependants
from flows.criteria.named import read_name
from reference.sic import read_sic
from schemas.errors import UsageError

RULES = rules_of(BANKING, WRITING)


def changed(criterion: dict, **values: object) -> dict:
    return criterion | values


@pytest.fixture(scope="module")
def lookup():
    return small_lookup(RULES)


@pytest.fixture
def sic(tmp_path):
    return read_sic(write_sic(tmp_path / "sic.xlsx"))


# Dependants


def test_entries_depend_on_the_criteria_of_their_terms(lookup):
    columns = ("id", "index_title", "code", "steps")
    assert dependants(lookup).select(columns).rows() == [
        ("additional-computing", "Technical author", "2133/99", 0),
        ("derived additional: prices in £", "Technical author", "3412/07", 0),
        ("derived industry: zeppelin hangar", "Guard", "2133/99", 0),
        ("industry-banking", "Clerk", "3412/07", 0),
        ("industry-banking", "Guard", "2133/99", 0),
        ("industry-banking", "Teller", "3412/07", 0),
    ]


def test_entries_of_a_wider_term_depend_on_what_it_includes_one_step_away():
    finance = changed(
        BANKING, id="industry-finance", terms=["finance"], includes=["industry-banking"]
    )
    entries = [("Clerk", None, "finance", "3412/07"), ("Teller", None, "banking", "3412/07")]
    found = dependants(small_lookup(rules_of(BANKING, finance), entries))
    assert found.select("id", "index_title", "steps").rows() == [
        ("industry-banking", "Clerk", 1),
        ("industry-banking", "Teller", 0),
        ("industry-finance", "Clerk", 0),
    ]


# Coverage


def test_each_term_is_written_derived_or_asks_for_nothing(lookup):
    assert term_coverage(lookup).rows() == [
        ("additional", "computing/it", 1, "written"),
        ("additional", "nos", 1, "asks for nothing"),
        ("additional", "prices in £", 1, "derived"),
        ("industry", "bank", 1, "written"),
        ("industry", "banking", 1, "written"),
        ("industry", "banking: zeppelin hangar", 1, "derived"),
    ]


def test_shares_are_of_what_asks_for_something(lookup):
    shares = coverage_shares(term_coverage(lookup))
    assert shares.columns == ["kind", "status", "terms", "uses", "share_of_terms", "share_of_uses"]
    assert shares.rows() == [
        ("additional", "written", 1, 1, 0.5, 0.5),
        ("additional", "derived", 1, 1, 0.5, 0.5),
        ("additional", "asks for nothing", 1, 1, None, None),
        ("industry", "written", 2, 2, pytest.approx(2 / 3), pytest.approx(2 / 3)),
        ("industry", "derived", 1, 1, pytest.approx(1 / 3), pytest.approx(1 / 3)),
    ]


def test_a_term_of_signs_only_cannot_be_met():
    lookup = small_lookup(
        RULES, [("Clerk", None, "& co", "3412/07"), ("Guard", "?!", None, "2133/99")]
    )
    assert term_coverage(lookup).select("words", "status").rows() == [
        ("?!", "without any criterion"),
        ("& co", "derived"),
    ]


def test_gaps_between_sic_classes_and_industry_terms(lookup, sic):
    gaps = sic_gaps(lookup, sic)
    assert gaps.classes.rows() == [("0111", "Growing of cereals")]  # 6419 by its sub class
    assert gaps.terms.rows() == [("banking: zeppelin hangar", 1)]
    assert (gaps.all_classes, gaps.all_terms) == (3, 3)


# Names


def test_a_term_is_read_by_the_grammar_part_by_part(lookup):
    (reading,) = read_name("Banking:  Zeppelin hangar", RULES, lookup)
    assert [[one.id for one in part] for part in reading.parts] == [
        ["industry-banking"],
        ["derived industry: zeppelin hangar"],
    ]


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("industry-banking", ["industry-banking"]),
        ("BANK", ["industry-banking"]),
        ("derived industry: zeppelin hangar", ["derived industry: zeppelin hangar"]),
        ("nos", []),
    ],
)
def test_ids_terms_and_derived_names_are_known(lookup, name, ids):
    (reading,) = read_name(name, RULES, lookup)
    assert [one.id for part in reading.parts for one in part] == ids


def test_an_unknown_name_is_refused_with_names_like_it(lookup):
    with pytest.raises(UsageError, match=r"Names like it: .*banking"):
        read_name("bankings", RULES, lookup)


def test_a_job_title_is_told_from_a_term(lookup):
    with pytest.raises(UsageError, match='It is a job title: `soc-recode explain "Teller"`'):
        read_name("Teller", RULES, lookup)


# Check


def test_a_sound_rule_book_has_no_findings(sic):
    assert check_rules(RULES, small_index(), sic) == []


def test_examples_that_fail_are_found():
    examples = [
        {"job_description": "manuals for software", "met": False},
        {"job_description": "manuals for software", "department": "cash", "met": True},
        {"job_description": "manuals for pumps", "met": True},
    ]
    assert check_rules(rules_of(BANKING, changed(WRITING, examples=examples))) == [
        Finding(
            "additional-computing",
            "example 1 is met and should not be: duties: “manuals for software”",
        ),
        Finding(
            "additional-computing",
            "example 3 is not met and should be: duties: “manuals for pumps”",
        ),
    ]


def test_a_context_keeps_an_example_from_being_met():
    examples = [*WRITING["examples"], {"job_description": "retired from software", "met": False}]
    assert check_rules(rules_of(changed(WRITING, examples=examples))) == []


def test_what_meets_a_narrower_criterion_meets_the_wider_but_not_the_reverse():
    finance = changed(
        BANKING,
        id="industry-finance",
        terms=["finance"],
        sic2007=["66"],
        includes=["industry-banking"],
        phrases=[],
        examples=[
            {"sic2007": "6411", "met": True},
            {"industry_description": "high street bank", "met": True},
            {"industry_description": "finance", "met": True},
            {"sic2007": "65110", "met": False},
        ],
    )
    narrow = changed(BANKING, examples=[*BANKING["examples"], {"sic2007": "6612", "met": False}])
    assert check_rules(rules_of(narrow, finance)) == []


def test_sic_codes_that_do_not_exist_are_found(sic):
    listed = changed(BANKING, sic2007=["6411", "64191", "6499", "6499"])
    assert check_rules(rules_of(listed), None, sic) == [
        Finding("industry-banking", "SIC code 6499 does not exist"),
        Finding("industry-banking", "SIC code 6499 is listed 2 times"),
    ]


def test_terms_that_the_edition_lacks_are_found():
    terms = ["banking", "zeppelin hangar", "banking: zeppelin hangar", "blank"]
    found = check_rules(rules_of(changed(BANKING, terms=terms)), small_index())
    assert found == [Finding("industry-banking", "“blank” is no industry term of the edition")]


def test_exclusions_that_can_do_nothing_are_found():
    phrases = [
        {"include": ["~bind book"], "exclude": ["ring bound books", "bookshop"]},
        {"together": ["~sew + carpet|rug"], "exclude": ["rug trade", "sewn up", "sea"]},
        {"fields": ["department"], "include": ["software"], "exclude": ["book"]},
        {"include": ["software"]},
    ]
    found = check_rules(rules_of(changed(WRITING, phrases=phrases)))
    assert found == [
        Finding("additional-computing", f"exclude “{said}” covers no phrase that counts")
        for said in ("bookshop", "sea", "book")
    ]


def test_a_criterion_needs_an_example_of_either_result():
    one_sided = [{"job_description": "software", "met": True}] * 2
    found = check_rules(rules_of(changed(WRITING, examples=one_sided, date=date(2026, 1, 1))))
    assert found == [Finding("additional-computing", "has no example that does not meet it")]
