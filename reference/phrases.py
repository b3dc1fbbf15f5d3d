"""The evidence that criteria ask for, compiled: phrases in all their forms, contexts, SIC codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from reference.inflections import Inflections
from reference.keys import evidence_key
from reference.rulebook import DEFAULT_FIELDS, Grammar, PhraseSet, RuleBook, split_together
from reference.terms import TermCompiler


def phrase_table(compiler: TermCompiler, criteria: pl.DataFrame) -> pl.DataFrame:
    """Phrases, and what each needs beside it: the other parts of its combination.

    `criteria` has criterion (a number) and id; the columns and grain are those of Lookup.phrases.
    """
    sets = [
        (criterion.id, phrase_set, list(phrase_set.fields or DEFAULT_FIELDS[criterion.kind]))
        for criterion in compiler.criteria.values()
        for phrase_set in criterion.phrases
    ]
    spoken = _spoken([phrase_set for _, phrase_set, _ in sets], compiler.grammar)
    keys = (
        spoken.select(pl.col("written").unique())
        .with_columns(phrase=evidence_key(pl.col("written")))
        .drop_nulls()
        .with_columns(weight=pl.col("phrase").str.count_matches(" ").cast(pl.UInt32) - 1)
    )
    owners = pl.DataFrame(
        [(number, name, fields) for number, (name, _, fields) in enumerate(sets)],
        schema={"phrase_set": pl.UInt32, "id": pl.String, "field": pl.List(pl.String)},
        orient="row",
    ).join(criteria.select("criterion", "id"), on="id")
    said = pl.when(parts=1).then("phrase").otherwise("said")
    combined = (
        spoken.join(keys, on="written")
        .with_columns(combination=said.rank("dense").cast(pl.UInt32))
        .drop("said", "written")
        .unique()
    )
    order = ("criterion", "phrase_set", "field", "role", "phrase", "combination", "part")
    return combined.join(owners.drop("id").explode("field"), on="phrase_set").sort(order)


def _spoken(sets: Sequence[PhraseSet], grammar: Grammar) -> pl.DataFrame:
    """Every phrase of every set in every inflection, as it is written."""
    inflections = Inflections(grammar.irregular)
    rows = [
        (number, role, said, part, len(parts), phrase)
        for number, phrase_set in enumerate(sets)
        for role, said, parts in _combinations(phrase_set)
        for part, alternatives in enumerate(parts)
        for alternative in alternatives
        for phrase in inflections.forms(alternative)
    ]
    schema = {
        "phrase_set": pl.UInt32,
        "role": pl.String,
        "said": pl.String,
        "part": pl.UInt32,
        "parts": pl.UInt32,
        "written": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def phrase_patterns(phrases: pl.DataFrame) -> pl.DataFrame:
    """Each distinct phrase, with its first_word."""
    words = pl.col("phrase").str.strip_chars().str.split(" ")
    return phrases.select("phrase").unique().sort("phrase").with_columns(first_word=words.list[0])


def _combinations(phrases: PhraseSet) -> Iterator[tuple[str, str, list[list[str]]]]:
    """Every phrase or combination of a set: its role, its words, its parts."""
    lone = {"counts": phrases.include, "masks": phrases.exclude, "cancels": phrases.unless}
    for role, listed in lone.items():
        yield from ((role, said, [[said]]) for said in listed)
    yield from (("counts", said, split_together(said)) for said in phrases.together)


def sic_prefixes(compiler: TermCompiler, criteria: pl.DataFrame) -> pl.DataFrame:
    """The SIC prefixes that each criterion lists, with their length as weight."""
    rows = [(c.id, prefix) for c in compiler.criteria.values() for prefix in c.sic2007]
    return (
        pl.DataFrame(rows, schema={"id": pl.String, "prefix": pl.String}, orient="row")
        .join(criteria.select("criterion", "id"), on="id")
        .select("criterion", "prefix", weight=pl.col("prefix").str.len_bytes())
        .unique()
        .sort("prefix", "criterion")
    )


def not_counting(rules: RuleBook) -> dict[str, str]:
    """Patterns of what keeps a phrase from counting, in texts in evidence form (evidence_key).

    any: what a text must have somewhere for the others to matter; before: what ends the text that
    stands before the phrase; after: what begins the text after it; ended, turning: what stands in
    the text before, and in the text after, anywhere; turn: the part of the text before, from its
    beginning, that has no effect.
    """
    book = rules.contexts
    bridges = f"(?: {_any_of(book.bridges)})*"
    before = []
    for context in (c for c in book.contexts if c.words):
        said = f" {_any_of(context.words)}"
        if context.through:
            listed = rf"(?:(?: \S+){{1,3}} (?:and|or){bridges})?"
            said += rf"(?: \S+){{0,5}} {_any_of(context.through)}{bridges}{listed}"
        before.append(rf"{said}{bridges}(?: \S+){{0,{context.gap}}}")
    anywhere = [word for context in book.contexts for word in (*context.words, *context.after)]
    return {
        "any": f" {_any_of(anywhere)} ",
        "before": f"(?:{'|'.join(before)}) $",
        "after": f"^ {_any_of([word for c in book.contexts for word in c.after])} ",
        "ended": f" {_any_of([word for c in book.contexts if c.until_turn for word in c.words])} ",
        "turning": f" {_any_of(book.turns)} ",
        "turn": f"^.* {_any_of(book.turns)} ",
    }


def _any_of(words: Sequence[str]) -> str:
    keys = pl.DataFrame({"word": words}).select(key=evidence_key(pl.col("word")).str.strip_chars())
    return f"(?:{'|'.join(keys['key'].unique().sort())})"
