"""What a name stands for in the rule book: a criterion, or a term of the index and its reading."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from flows.criteria.dependants import coded_entries
from reference.lookup import SLOTS, Lookup
from reference.rulebook import Criterion, QualifierKind, RuleBook
from reference.terms import AND, CompiledCriterion, TermCompiler, derive
from schemas.errors import UsageError

AnyCriterion = Criterion | CompiledCriterion
"""A written criterion, or one derived from a term's own words."""

_NEAR_NAMES = 6


@dataclass(frozen=True)
class Reading:
    """A name, and what meets it: every one of `parts`, each by any one of its criteria.

    `term` is None where a criterion was named. No parts: the term asks for nothing.
    """

    kind: QualifierKind
    term: str | None
    parts: tuple[tuple[AnyCriterion, ...], ...]


def read_name(name: str, rules: RuleBook, lookup: Lookup) -> list[Reading]:
    """Read the id of a criterion or a term, in any case: a reading for each kind that has the term.

    Raises UsageError, with names like it, if neither the rules nor the edition know it.
    """
    wanted = " ".join(name.lower().split())
    by_id = {criterion.id: criterion for criterion in rules.criteria}
    if wanted in by_id:
        return [Reading(by_id[wanted].kind, None, ((by_id[wanted],),))]
    derived = lookup.criteria.filter(pl.col("id") == wanted, pl.col("statement").is_null())
    terms = set(lookup.terms.select("kind", "words").iter_rows()) | set(rules.written())
    for kind in SLOTS:
        if kind in derived["kind"]:
            words = wanted.removeprefix(f"derived {kind}: ")
            return [Reading(kind, None, ((derive(kind, words, rules.grammar),),))]
    readings = [read_term(kind, wanted, rules) for kind in SLOTS if (kind, wanted) in terms]
    if not readings:
        names = {*by_id, *(words for _, words in terms if AND not in words)}
        is_title = wanted in coded_entries(lookup)["title"]
        raise _unknown(name, sorted(names), is_title=is_title)
    return readings


def read_term(kind: QualifierKind, term: str, rules: RuleBook) -> Reading:
    """Read a qualifier term by the grammar; narrower criteria that also meet it are left out."""
    compiler = TermCompiler(rules)
    by_id = {criterion.id: criterion for criterion in rules.criteria}
    parts = tuple(
        tuple(
            by_id.get(name, compiler.criteria[name]) for name, steps in level.items() if steps == 0
        )
        for level in compiler.levels(kind, term)
    )
    return Reading(kind, term, parts)


def _unknown(name: str, names: list[str], *, is_title: bool) -> UsageError:
    near = get_close_matches(name.lower(), names, n=_NEAR_NAMES)
    hints = [
        f'It is a job title: `soc-recode explain "{name}"` shows the terms that decide its code.'
        * is_title,
        f"Names like it: {', '.join(near)}." * bool(near),
        "`soc-recode criteria list` names the criteria.",
    ]
    return UsageError(
        f"“{name}” is neither a criterion nor a qualifier term of the edition.",
        expected="a term as the index writes it, such as “computing/IT”, or a criterion's id",
        fix=" ".join(filter(None, hints)),
    )
