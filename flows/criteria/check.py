"""Checks the rule book: that it is coherent, that it fits an edition, that every example holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import polars as pl

from flows.coding.qualify import FIELDS, meet_terms, read_texts, spoken_texts
from flows.criteria.words import example_words
from reference.inflections import Inflections
from reference.keys import evidence_key
from reference.lookup import SLOTS, Lookup, compile_lookup
from reference.rulebook import (
    DEFAULT_FIELDS,
    Grammar,
    PhraseSet,
    RuleBook,
    split_together,
)
from reference.terms import shared_ending


class Finding(NamedTuple):
    """What is wrong with a criterion, in a sentence."""

    criterion: str
    found: str


def check_rules(
    rules: RuleBook, index: pl.DataFrame | None = None, sic: pl.DataFrame | None = None
) -> list[Finding]:
    """Check a rule book that has the right form, and run its examples: what is wrong with it."""
    return _in_order(rules, [*check_coherence(rules, index, sic), *check_examples(rules)])


def check_coherence(
    rules: RuleBook, index: pl.DataFrame | None = None, sic: pl.DataFrame | None = None
) -> list[Finding]:
    """Check that nothing in the rule book is idle or unknown; what is wrong, by criterion.

    With `index` (schemas/index.py), also that every term is one of it, or part of one; with `sic`
    (`reference.sic.read_sic`), also that every SIC code exists.
    """
    found = [*_unbalanced_examples(rules), *_idle_exclusions(rules)]
    if index is not None:
        found += _unknown_terms(rules, index)
    if sic is not None:
        found += _unknown_sic_codes(rules, set(sic["code"]))
    return _in_order(rules, found)


def _in_order(rules: RuleBook, found: list[Finding]) -> list[Finding]:
    order = {criterion.id: number for number, criterion in enumerate(rules.criteria)}
    return sorted(found, key=lambda finding: order[finding.criterion])


def check_examples(rules: RuleBook) -> Iterator[Finding]:
    """Run every example through the engine; those wrongly met or not met."""
    met = met_examples(rules)
    for criterion in rules.criteria:
        for number, example in enumerate(criterion.examples, start=1):
            is_met = (criterion.id, number) in met
            if is_met is not example.met:
                result = "is met and should not be" if is_met else "is not met and should be"
                yield Finding(criterion.id, f"example {number} {result}: {example_words(example)}")


def met_examples(rules: RuleBook) -> set[tuple[str, int]]:
    """Read every example with the engine: (criterion, number of its example from 1) of those met.

    All are read at once: records of titles that are each qualified by one criterion's terms.
    """
    lookup = _title_per_criterion(rules)
    examples = [
        (criterion.id, number, example)
        for criterion in rules.criteria
        for number, example in enumerate(criterion.examples, start=1)
    ]
    cases = pl.DataFrame(
        [
            (case, criterion, *(getattr(example, field) for field in FIELDS))
            for case, (criterion, _, example) in enumerate(examples)
        ],
        schema={"case": pl.UInt32, "key": pl.String, **dict.fromkeys(FIELDS, pl.String)},
        orient="row",
    ).join(lookup.strict_titles.select("key", "title_id"), on="key", maintain_order="left")
    texts = spoken_texts(cases.lazy()).select("field", "text").unique().collect()
    met = meet_terms(cases.lazy(), read_texts(texts, lookup).lazy(), lookup)
    return {examples[case][:2] for case in met.select("case").unique().collect()["case"]}


def _title_per_criterion(rules: RuleBook) -> Lookup:
    """An index with a title for each criterion, its id, which its terms qualify, compiled."""
    rows = [
        {f"{slot}_qualifier": term if slot == kind else None for slot in SLOTS}
        | {"index_title": criterion.id}
        for (kind, term), criterion in rules.written().items()
    ]
    nothing = [
        *("default_code", "index_title_reversed", "see", "version_note", "change"),
        *("isco08", "soc2010", "soc2000", "soc90"),
    ]
    asked = [f"{slot}_qualifier" for slot in SLOTS]
    index = pl.DataFrame(rows, schema=dict.fromkeys([*asked, "index_title"], pl.String))
    index = index.with_row_index("record_number", offset=1).with_columns(
        *(pl.lit(None, pl.String).alias(name) for name in nothing),
        index_entry_id=pl.format("x{}", "record_number"),
        unit_group=pl.lit("1111"),
        sub_unit_group=pl.lit("1111/00"),
    )
    return compile_lookup(
        edition="criteria",
        reference_version="none",
        index=index,
        structure=pl.DataFrame(
            {"code": ["1111"], "level": ["unit_group"], "title": ["any"], "skill_level": [4]}
        ),
        sub_unit_groups=pl.DataFrame({"sub_unit_group": ["1111/00"], "title": ["any"]}),
        rules=rules,
    )


def _unbalanced_examples(rules: RuleBook) -> Iterator[Finding]:
    for criterion in rules.criteria:
        for is_met, words in ((True, "meets"), (False, "does not meet")):
            if not any(example.met is is_met for example in criterion.examples):
                yield Finding(criterion.id, f"has no example that {words} it")


def _idle_exclusions(rules: RuleBook) -> Iterator[Finding]:
    """Excluding phrases that contain no including phrase, and so can never change anything."""
    keys = _phrase_keys(rules)
    for criterion in rules.criteria:
        usual = DEFAULT_FIELDS[criterion.kind]
        for phrases in criterion.phrases:
            fields = set(phrases.fields or usual)
            rivals = (one for one in criterion.phrases if fields & set(one.fields or usual))
            counting = {key for one in rivals for said in _counting(one) for key in keys[said]}
            for said in phrases.exclude:
                if counting.isdisjoint(run for key in keys[said] for run in _runs(key)):
                    yield Finding(criterion.id, f"exclude “{said}” covers no phrase that counts")


def _counting(phrases: PhraseSet) -> Iterator[str]:
    yield from phrases.include
    for said in phrases.together:
        for part in split_together(said):
            yield from part


def _phrase_keys(rules: RuleBook) -> dict[str, list[str]]:
    """Every phrase that counts or excludes, in all its inflections, as texts are compared."""
    inflected = Inflections(rules.grammar.irregular)
    sets = [phrases for criterion in rules.criteria for phrases in criterion.phrases]
    said = dict.fromkeys(one for phrases in sets for one in (*_counting(phrases), *phrases.exclude))
    forms = pl.DataFrame(
        [(phrase, form) for phrase in said for form in inflected.forms(phrase)],
        schema={"said": pl.String, "form": pl.String},
        orient="row",
    )
    keys = forms.with_columns(key=evidence_key(pl.col("form")).str.strip_chars())
    grouped = keys.group_by("said").agg(pl.col("key").drop_nulls())
    return dict(grouped.iter_rows())


def _runs(phrase: str) -> Iterator[str]:
    """Every run of words in a phrase."""
    words = phrase.split()
    for start, end in combinations(range(len(words) + 1), 2):
        yield " ".join(words[start:end])


def _unknown_terms(rules: RuleBook, index: pl.DataFrame) -> Iterator[Finding]:
    branches = [branch for family in rules.notes.families for branch in family.branches]
    known: set[tuple[str, str]] = set()
    for kind in SLOTS:
        terms = set(index[f"{kind}_qualifier"].drop_nulls().str.to_lowercase())
        terms |= {term.lower() for branch in branches if (term := getattr(branch, kind))}
        known |= {(kind, part) for term in terms for part in _parts(term, rules.grammar)}
    for criterion in rules.criteria:
        for term in criterion.terms:
            if (criterion.kind, term.lower()) not in known:
                yield Finding(criterion.id, f"“{term}” is no {criterion.kind} term of the edition")


def _parts(term: str, grammar: Grammar) -> Iterator[str]:
    """A term, its levels, what leads to each of them, and the alternatives of each."""
    levels = [level.strip() for level in term.split(":")]
    for number, level in enumerate(levels, start=1):
        yield level
        yield ": ".join(levels[:number])
        alternatives = [piece.strip() for piece in level.split(",")]
        yield from (*alternatives, *shared_ending(alternatives, grammar))
        yield level.partition(",")[2].strip()


def _unknown_sic_codes(rules: RuleBook, codes: set[str]) -> Iterator[Finding]:
    for criterion in rules.criteria:
        for code, times in Counter(criterion.sic2007).items():
            if code not in codes:
                yield Finding(criterion.id, f"SIC code {code} does not exist")
            if times > 1:
                yield Finding(criterion.id, f"SIC code {code} is listed {times} times")
