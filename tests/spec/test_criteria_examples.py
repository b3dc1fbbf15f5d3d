"""Every example of every written criterion is a test: the record meets the criterion, or not."""

import polars as pl
import pytest

from flows.coding.qualify import FIELDS, find_evidence, find_stated, read_texts, spoken_texts
from reference.lookup import Lookup, compile_lookup
from reference.rulebook import Criterion, load_rule_book, narrower

RULES = load_rule_book()
EXAMPLES = [
    pytest.param(number, criterion, example, id=f"{criterion.id}-{nth}")
    for number, (criterion, nth, example) in enumerate(
        (criterion, nth, example)
        for criterion in RULES.criteria
        for nth, example in enumerate(criterion.examples, start=1)
    )
]


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    """An index with one title, which every written term qualifies."""
    rows = [
        {
            "index_entry_id": f"x{number}",
            "record_number": number,
            "index_title": "worker",
            f"{criterion.kind}_qualifier": term,
            "unit_group": "1111",
            "sub_unit_group": "1111/00",
        }
        for number, (criterion, term) in enumerate(
            ((criterion, term) for criterion in RULES.criteria for term in criterion.terms), start=1
        )
    ]
    texts = (
        *("default_code", "index_title_reversed", "see", "isco08", "soc2010"),
        *("additional_qualifier", "industry_qualifier"),
    )
    index = pl.DataFrame(rows, infer_schema_length=None)
    index = index.with_columns(
        pl.lit(None, pl.String).alias(name) for name in texts if name not in index.columns
    )
    groups = pl.DataFrame(
        {"code": ["1111"], "level": ["unit_group"], "title": ["any"], "skill_level": [4]}
    )
    return compile_lookup(
        edition="criteria",
        reference_version="none",
        index=index,
        structure=groups,
        sub_unit_groups=pl.DataFrame({"sub_unit_group": ["1111/00"], "title": ["any"]}),
        rules=RULES,
    )


@pytest.fixture(scope="module")
def met(lookup: Lookup) -> set[tuple[int, str]]:
    """(example number, criterion id) of every example whose record meets a criterion.

    What meets a narrower criterion meets the wider ones that include it.
    """
    cases = pl.DataFrame(
        [
            {"case": number, **{f: getattr(param.values[2], f) for f in FIELDS}}
            for number, param in enumerate(EXAMPLES)
        ],
        schema={"case": pl.UInt32, **dict.fromkeys(FIELDS, pl.String)},
    ).with_columns(title_id=lookup.strict_titles["title_id"].item())
    texts = spoken_texts(cases.lazy()).select("field", "text").unique().collect()
    read = read_texts(texts, lookup).lazy()
    by_words = find_evidence(cases.lazy(), read).join(lookup.criteria.lazy(), on="criterion")
    stated = find_stated(cases.lazy(), read, lookup).join(
        lookup.title_levels.lazy().join(lookup.criteria.lazy(), on="criterion"), on="term"
    )
    both = pl.concat([by_words.select("case", "id"), stated.select("case", "id")]).collect()
    by_id = {criterion.id: criterion for criterion in RULES.criteria}
    wider = {(inner, outer.id) for outer in RULES.criteria for inner in narrower(outer, by_id)}
    found = set(both.iter_rows())
    return found | {(n, outer) for n, name in found for inner, outer in wider if inner == name}


@pytest.mark.parametrize(("number", "criterion", "example"), EXAMPLES)
def test_example(number, criterion: Criterion, example, met):
    assert ((number, criterion.id) in met) is example.met, criterion.statement
