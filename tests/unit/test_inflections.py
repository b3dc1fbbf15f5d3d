"""One way to write a verb, all ways to say it."""

import pytest

from reference.inflections import Inflections, regular_forms
from reference.rulebook import PhraseSet, split_together


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("clean", {"cleans", "cleaning", "cleaned"}),
        ("wash", {"washes", "washing", "washed"}),
        ("fit", {"fits", "fitting", "fitted"}),
        ("bake", {"bakes", "baking", "baked"}),
        ("carry", {"carries", "carrying", "carried"}),
        ("play", {"plays", "playing", "played"}),
        ("oversee", {"oversees", "overseeing"}),
        ("sew", {"sews", "sewing", "sewed"}),
    ],
)
def test_the_regular_forms_of_a_verb_are_made_by_rule(verb, said):
    assert said <= set(regular_forms(verb))


def test_irregular_forms_are_listed_and_only_marked_words_change():
    inflections = Inflections({"make": ("made",)})
    assert set(inflections.forms("~make toy")) >= {"make toy", "making toy", "made toy"}
    assert inflections.forms("make toy") == ["make toy"]


def test_several_marked_words_give_every_pair():
    forms = Inflections({}).forms("~pick and ~pack")
    assert {"pick and pack", "picking and packing", "picked and packed"} <= set(forms)


def test_words_that_count_together_are_parts_of_alternatives():
    assert split_together("~fit|~mend + window | patio door") == [
        ["~fit", "~mend"],
        ["window", "patio door"],
    ]


@pytest.mark.parametrize("said", ["window", "fit +", "fit | + window", ""])
def test_a_combination_needs_two_parts_that_say_something(said):
    with pytest.raises(ValueError, match="two or more parts"):
        PhraseSet(together=(said,))
