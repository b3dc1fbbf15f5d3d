"""The written criteria against the published files: terms, SIC codes, and what they cover."""

import polars as pl
import pytest

from flows.criteria.check import check_coherence
from reference.rulebook import load_rule_book
from reference.sic import read_sic

RULES = load_rule_book()
SIC_STRUCTURE = "publisheduksicsummaryofstructureworksheet.xlsx"

COMMONEST_INDUSTRY_TERMS = """coal mine|textile mfr|metal trades|ceramics mfr|government
local government|retail trade|railways|secondary school|mine: not coal|footwear mfr|printing
building construction|paper mfr|clothing mfr|glass mfr|banking|insurance|food products mfr
chemical mfr|steelworks|hospital service|telecoms|shipping|plastics goods mfr|manufacturing
electricity supplier|vehicle mfr|rolling mill|engineering|gas supplier|leather dressing
rubber goods mfr|paper goods mfr|metal mfr|police service|building society
wholesale, retail trade|broadcasting|educational establishments"""

COMMONEST_ADDITIONAL_TERMS = """computing/IT|professional|metal|vehicles|entertainment|wood
marketing|catering|qualified|rubber|charitable organisation|sales|plastics|shelf filling|aircraft
home care|glass|office machinery|public relations|telephone|benefits"""


def listed(text: str) -> list[str]:
    return [term.strip().lower() for line in text.splitlines() for term in line.split("|")]


@pytest.mark.parametrize("term", listed(COMMONEST_INDUSTRY_TERMS))
def test_the_40_commonest_industry_terms_are_written(term):
    assert ("industry", term) in RULES.written()


@pytest.mark.parametrize("term", listed(COMMONEST_ADDITIONAL_TERMS))
def test_the_commonest_additional_terms_are_written(term):
    assert ("additional", term) in RULES.written()


def test_the_lists_above_are_the_commonest_of_edition_13(edition13):
    for kind, text, count in (
        ("industry", COMMONEST_INDUSTRY_TERMS, 40),
        ("additional", COMMONEST_ADDITIONAL_TERMS, 20),
    ):
        uses = edition13.index[f"{kind}_qualifier"].drop_nulls().str.to_lowercase().value_counts()
        rarest = uses.filter(pl.col(f"{kind}_qualifier").is_in(listed(text)))["count"].min()
        commoner = uses.filter(pl.col("count") > rarest, pl.col(f"{kind}_qualifier") != "nos")[
            f"{kind}_qualifier"
        ]
        assert set(commoner) <= set(listed(text))
        assert len(listed(text)) >= count


def test_every_term_and_sic_code_exists_and_no_exclusion_is_idle(edition13, shared_data):
    structure = read_sic(shared_data / "sic2007" / SIC_STRUCTURE)
    assert check_coherence(RULES, edition13.index, structure) == []


def test_every_criterion_says_where_it_comes_from():
    for criterion in RULES.criteria:
        assert criterion.source.strip()
        assert criterion.date.year >= 2026
        assert any(example.met for example in criterion.examples)
        assert not all(example.met for example in criterion.examples)
