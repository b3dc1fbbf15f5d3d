"""Every example of every written criterion is a test: the record meets the criterion, or not."""

import pytest

from flows.criteria.check import met_examples
from reference.rulebook import load_rule_book

RULES = load_rule_book()
EXAMPLES = [
    pytest.param(criterion, number, example, id=f"{criterion.id}-{number}")
    for criterion in RULES.criteria
    for number, example in enumerate(criterion.examples, start=1)
]


@pytest.fixture(scope="module")
def met() -> set[tuple[str, int]]:
    """All examples are read at once, as records of one title that every written term qualifies."""
    return met_examples(RULES)


@pytest.mark.parametrize(("criterion", "number", "example"), EXAMPLES)
def test_example(criterion, number, example, met):
    assert ((criterion.id, number) in met) is example.met, criterion.statement
