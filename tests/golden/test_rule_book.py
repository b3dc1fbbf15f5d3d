"""The written criteria against the published files: terms, SIC codes, and what they cover."""

import polars as pl
import pytest

from reference.keys import evidence_key
from reference.rulebook import load_rule_book

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


def test_every_written_term_is_a_term_of_edition_13_or_a_part_of_one(edition13):
    """Or it is what a branch of notes.toml asks for."""
    branches = [branch for family in RULES.notes.families for branch in family.branches]
    parts = {("additional", branch.additional or "") for branch in branches}
    parts |= {("industry", branch.industry or "") for branch in branches}
    for kind in ("additional", "industry"):
        for term in edition13.index[f"{kind}_qualifier"].drop_nulls().str.to_lowercase().unique():
            levels = [level.strip() for level in term.split(":")]
            prefixes = [": ".join(levels[:n]) for n in range(1, len(levels) + 1)]
            pieces = [piece.strip() for level in levels for piece in level.split(",")]
            after_first = [level.partition(",")[2].strip() for level in levels]
            parts |= {(kind, part) for part in (*levels, *prefixes, *pieces, *after_first)}
    unknown = [
        (criterion.id, term)
        for criterion in RULES.criteria
        for term in criterion.terms
        if (criterion.kind, term.lower()) not in parts
    ]
    assert not unknown


def test_every_sic_code_exists(shared_data):
    structure = pl.read_excel(
        shared_data / "sic2007" / SIC_STRUCTURE,
        sheet_name="reworked structure",
        infer_schema_length=0,
    )
    levels = structure.select("Division", "Group", "Class", "Most disaggregated level")
    codes = {code.strip() for row in levels.iter_rows() for code in row if code}
    known = {code[:length] for code in codes for length in range(2, 6)}
    unknown = [
        (criterion.id, code)
        for criterion in RULES.criteria
        for code in criterion.sic2007
        if code not in known
    ]
    assert not unknown


def test_every_exclusion_covers_something_that_is_included():
    for criterion in RULES.criteria:
        for phrases in criterion.phrases:
            keys = pl.DataFrame(
                {"phrase": [*phrases.include, *phrases.exclude]}, schema={"phrase": pl.String}
            ).select(key=evidence_key(pl.col("phrase")))["key"]
            included, excluded = keys[: len(phrases.include)], keys[len(phrases.include) :]
            for key in excluded:
                assert any(one in key for one in included), (criterion.id, key.strip())


def test_every_criterion_says_where_it_comes_from():
    for criterion in RULES.criteria:
        assert criterion.source.strip()
        assert criterion.date.year >= 2026
        assert any(example.met for example in criterion.examples)
        assert not all(example.met for example in criterion.examples)
