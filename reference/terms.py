"""The grammar of qualifier terms: from the index's words to criteria that must be met.

A term becomes levels, all of which must be met; a level is met by any one of its criteria.
Where no criterion is written, one is derived from the term's own words by `grammar.toml`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reference.rulebook import (
    DEFAULT_FIELDS,
    Criterion,
    Grammar,
    PhraseSet,
    QualifierKind,
    RuleBook,
    narrower,
)

AND = ";"
"""Joins the terms of an index entry and of the reference that led to it; not used in the index."""


@dataclass(frozen=True)
class CompiledCriterion:
    """A criterion ready to be looked for: written by us, or derived from a term's own words."""

    id: str
    kind: QualifierKind
    statement: str | None
    """None: derived."""
    sic2007: tuple[str, ...]
    phrases: tuple[PhraseSet, ...]


class TermCompiler:
    """Parses terms of one rule book; remembers each criterion it needed."""

    def __init__(self, rules: RuleBook) -> None:
        self.grammar = rules.grammar
        by_id = {criterion.id: criterion for criterion in rules.criteria}
        self._narrower = {c.id: narrower(c, by_id) for c in rules.criteria}
        self._by_id = {
            c.id: CompiledCriterion(c.id, c.kind, c.statement, self._own_codes(c, by_id), c.phrases)
            for c in rules.criteria
        }
        self._written = {key: self._by_id[c.id] for key, c in rules.written().items()}
        self.criteria: dict[str, CompiledCriterion] = {}

    def _own_codes(self, criterion: Criterion, by_id: dict[str, Criterion]) -> tuple[str, ...]:
        """Without the codes that a narrower criterion lists too: they are met through that one."""
        theirs = {code for name in self._narrower[criterion.id] for code in by_id[name].sic2007}
        return tuple(code for code in criterion.sic2007 if code not in theirs)

    def levels(self, kind: QualifierKind, term: str) -> list[dict[str, int]]:
        """The criteria that meet each level of a term, by id; no levels: nothing is asked.

        The number is how many steps narrower than the term's own criterion each one is.
        """
        return [
            {
                self._remember(self._by_id.get(name, criterion)): steps
                for criterion in level
                for name, steps in (
                    {criterion.id: 0} | self._narrower.get(criterion.id, {})
                ).items()
            }
            for part in term.lower().split(AND)
            for level in self._part_levels(kind, part.strip())
        ]

    def _remember(self, criterion: CompiledCriterion) -> str:
        self.criteria[criterion.id] = criterion
        return criterion.id

    def _part_levels(self, kind: QualifierKind, term: str) -> Iterator[list[CompiledCriterion]]:
        """Longest written prefix first, then each narrower part by itself."""
        parts = [part.strip() for part in term.split(":")]
        for length in range(len(parts), 0, -1):
            written = self._written.get((kind, ": ".join(parts[:length])))
            if written:
                yield [written]
                parts = parts[length:]
                break
        for part in parts:
            yield from self._level(kind, part)

    def _level(self, kind: QualifierKind, part: str) -> Iterator[list[CompiledCriterion]]:
        words = [piece.strip() for piece in part.split(",") if piece.strip()]
        words = [word for word in words if word not in self.grammar.vacuous]
        if not words:
            return
        whole = self._written.get((kind, ", ".join(words)))
        if whole:
            yield [whole]
        elif words[0] in self.grammar.conjunctive and len(words) > 1:
            yield [self._criterion(kind, words[0])]
            yield from self._level(kind, ", ".join(words[1:]))
        else:
            yield [self._criterion(kind, word) for word in shared_ending(words, self.grammar)]

    def _criterion(self, kind: QualifierKind, words: str) -> CompiledCriterion:
        return self._written.get((kind, words)) or derive(kind, words, self.grammar)


def shared_ending(alternatives: list[str], grammar: Grammar) -> list[str]:
    """Give every alternative the last one's ending: "hosiery, knitwear mfr" -> "hosiery mfr"."""
    ending = alternatives[-1].rpartition(" ")[2]
    if len(alternatives) == 1 or ending not in grammar.shared_endings:
        return alternatives
    return [a if a.endswith(ending) else f"{a} {ending}" for a in alternatives]


def slash_forms(words: str) -> list[str]:
    """Write out a slash between alternatives of one word: "care/residential home" -> both homes."""
    forms = [""]
    for word in words.split():
        forms = [f"{form} {choice}" for form in forms for choice in word.split("/") if choice]
    return [form.strip() for form in forms]


def derive(kind: QualifierKind, words: str, grammar: Grammar) -> CompiledCriterion:
    """The criterion that a term's own words make, in the forms that its ending's template gives."""
    phrases: list[str] = []
    for form in slash_forms(words):
        stem, _, ending = form.rpartition(" ")
        template = next((t for t in grammar.templates if t.ending == ending and stem), None)
        phrases += [p.format(stem) for p in template.phrases] if template else [form]
    return CompiledCriterion(
        id=f"derived {kind}: {words}",
        kind=kind,
        statement=None,
        sic2007=(),
        phrases=(PhraseSet(fields=DEFAULT_FIELDS[kind], include=tuple(phrases)),),
    )
