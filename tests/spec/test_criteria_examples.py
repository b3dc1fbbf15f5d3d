"""Every example of every written criterion is tested: the record meets the criterion, or not."""

import pytest

from flows.criteria.check import check_examples
from flows.criteria.words import example_words
from reference.rulebook import load_rule_book

RULES = load_rule_book()


@pytest.fixture(scope="module")
def failures() -> dict[str, list[str]]:
    """What fails, by criterion; all examples are read at once."""
    found: dict[str, list[str]] = {}
    for finding in check_examples(RULES):
        found.setdefault(finding.criterion, []).append(finding.found)
    return found


@pytest.mark.parametrize("criterion", RULES.criteria, ids=lambda criterion: criterion.id)
def test_the_examples_of_a_criterion_hold(criterion, failures):
    assert failures.get(criterion.id, []) == []


def test_every_example_is_of_use():
    """No example is written twice under its criterion."""
    for criterion in RULES.criteria:
        said = [example_words(example) for example in criterion.examples]
        assert len(said) == len(set(said)), criterion.id
