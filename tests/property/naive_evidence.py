"""Qualifier terms and evidence for them, as slowly and plainly as they can be written.

Written from grammar.toml, precedence.toml and the docstrings, not from the Polars code: loops over
plain strings. The other half of naive_coder.py.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from itertools import chain

from reference.rulebook import Context, Criterion, Grammar, PhraseSet, RuleBook

Text = str | None

ADDITIONAL = ("title_qualifier", "job_description", "department")
INDUSTRY = ("title_qualifier", "industry_description")
TEXTS = (
    *("title_qualifier", "job_description", "department", "qualification"),
    "industry_description",
)
KINDS = {
    "additional": ("stated", "described", "sector"),
    "industry": ("stated", "described", "classified", "implied"),
}


@dataclass(frozen=True)
class RulesInUse(RuleBook):
    """The rules, and the phrases of every criterion that something in the index asks for."""

    in_use: tuple[tuple[PhraseSet, ...], ...] = ()
    places: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    """What `all_starts` found before, by field and text."""


# Forms of texts


def plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.lower())
    letters = "".join(c for c in letters if unicodedata.category(c)[0] != "M")
    return re.sub("['’‘`´]", "", letters).replace("&", " and ")  # noqa: RUF001


def strict(text: str) -> str:
    return " ".join("".join(c if c.isalnum() or c == "-" else " " for c in plain(text)).split())


def loose(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in plain(text)).split())


ONE_OF_MANY = {"taxis": "taxi", "gases": "gas", "lenses": "len", "lens": "len"}


def singular(word: str) -> str:
    if not word.isalpha():
        return word
    if word in ONE_OF_MANY:
        return ONE_OF_MANY[word]
    endings = [
        ("buses$", 2, ""),
        ("..ies$", 3, "y"),
        ("..ie$", 2, "y"),
        ("..(ch|sh|x|ss)es$", 2, ""),
        ("..[^sui]s$", 1, ""),
    ]
    for ending, dropped, instead in endings:
        if re.search(ending, word):
            return word[:-dropped] + instead
    return word


def spoken(text: str) -> list[str]:
    return [singular(word) for word in loose(text).split()]


def places(phrase: str, words: list[str]) -> list[tuple[int, int]]:
    """Where a phrase stands in a text, as whole words."""
    sought = spoken(phrase)
    return [
        (start, start + len(sought))
        for start in range(len(words) - len(sought) + 1)
        if sought and words[start : start + len(sought)] == sought
    ]


# Terms


@dataclass
class Asked:
    """What meets one level of a term: any one of these criteria."""

    criteria: list[tuple[tuple[PhraseSet, ...], tuple[str, ...]]]


def read_term(kind: str, term: Text, rules: RuleBook) -> list[Asked]:
    """The levels of a term, all of which must be met; none: nothing is asked."""
    return [
        level
        for both in (term or "").lower().split(";")
        for level in read_parts(kind, [part.strip() for part in both.split(":")], rules)
    ]


def read_parts(kind: str, parts: list[str], rules: RuleBook) -> list[Asked]:
    """A colon narrows; the longest written beginning comes first, the rest is read by itself."""
    for length in range(len(parts), 0, -1):
        if known := written(kind, ": ".join(parts[:length]), rules):
            rest = [level for part in parts[length:] for level in read_part(kind, part, rules)]
            return [Asked([known]), *rest]
    return [level for part in parts for level in read_part(kind, part, rules)]


def read_part(kind: str, part: str, rules: RuleBook) -> list[Asked]:
    """A comma lists alternatives; after "professional" it adds a condition; "nos" asks nothing."""
    grammar = rules.grammar
    words = [word.strip() for word in part.split(",")]
    words = [word for word in words if word and word not in grammar.vacuous]
    if not words:
        return []
    if known := written(kind, ", ".join(words), rules):
        return [Asked([known])]
    if words[0] in grammar.conjunctive and len(words) > 1:
        first = written(kind, words[0], rules) or derived(kind, words[0], grammar)
        return [Asked([first]), *read_part(kind, ", ".join(words[1:]), rules)]
    ending = words[-1].split()[-1]
    if len(words) > 1 and ending in grammar.shared_endings:
        words = [word if word.endswith(ending) else f"{word} {ending}" for word in words]
    return [Asked([written(kind, w, rules) or derived(kind, w, grammar) for w in words])]


def written(kind: str, term: str, rules: RuleBook):
    for criterion in rules.criteria:
        if criterion.kind == kind and term in [t.lower() for t in criterion.terms]:
            return fields_filled(criterion), criterion.sic2007
    return None


def fields_filled(criterion: Criterion) -> tuple[PhraseSet, ...]:
    usual = ADDITIONAL if criterion.kind == "additional" else INDUSTRY
    return tuple(s.model_copy(update={"fields": s.fields or usual}) for s in criterion.phrases)


def derived(kind: str, words: str, grammar: Grammar):
    """A term's own words, in the forms of its ending's template; a slash is two of them."""
    forms = [""]
    for word in words.split():
        forms = [f"{form} {choice}".strip() for form in forms for choice in word.split("/")]
    phrases = []
    for form in forms:
        *stem, ending = form.split()
        templates = [t for t in grammar.templates if t.ending == ending and stem]
        phrases += [p.replace("{}", " ".join(stem)) for t in templates for p in t.phrases] or [form]
    usual = ADDITIONAL if kind == "additional" else INDUSTRY
    return (PhraseSet(fields=usual, include=tuple(phrases)),), ()


# Evidence


@dataclass(order=True)
class Met:
    """How a term is met: the kind of evidence by its place in KINDS, and minus its weight."""

    strength: int
    lightness: int = field(default=0)


def meet_term(kind: str, term: Text, record: dict[str, Text], rules: RulesInUse) -> Met | None:
    """How a record meets a term: stated as such, or all levels, the weakest of which counts."""
    stated = (*ADDITIONAL, "qualification") if kind == "additional" else INDUSTRY
    if any(spoken(term or "") == spoken(record[f] or "") for f in stated if record[f]):
        return Met(0, -len(spoken(term or "")))
    levels = [
        min(
            (m for c in level.criteria if (m := meet_criterion(kind, c, record, rules))),
            default=None,
        )
        for level in read_term(kind, term, rules)
    ]
    if None in levels:
        return None
    return Met(max(m.strength for m in levels), sum(m.lightness for m in levels))


def meet_criterion(kind: str, criterion, record: dict[str, Text], rules: RulesInUse) -> Met | None:
    """The strongest evidence for a criterion, and of that the longest phrase or SIC prefix."""
    phrase_sets, sic_prefixes = criterion
    found = [
        Met(KINDS[kind].index(kind_of_evidence(kind, name)), -weight)
        for name in TEXTS
        for weight in phrases_found(phrase_sets, name, record[name], rules)
    ]
    code = re.sub("[^0-9]", "", record["sic2007"] or "")
    found += [
        Met(KINDS[kind].index(kind_of_evidence(kind, "sic2007")), -len(prefix))
        for prefix in sic_prefixes
        if code.startswith(prefix)
    ]
    return min(found, default=None)


def phrases_found(
    phrase_sets: tuple[PhraseSet, ...], name: str, text: Text, rules: RulesInUse
) -> list[int]:
    """The words of each thing a criterion says of a text: of a phrase, or of several together.

    A phrase right before another, of whatever criterion, has no weight: it only describes it.
    """
    followed = all_starts(name, text or "", rules)
    found = []
    for parts, masks in asked_of(phrase_sets, name, text or "", rules):
        lone = len(parts) == 1
        here = [places_where(part, masks, text or "", rules, lone=lone) for part in parts]
        starts_of = {start for part in here for start, _ in part}
        if all(here) and len(starts_of) >= len(parts):
            weights = [max(end - start for start, end in part) for part in here]
            if lone:
                weights = [max(0 if end in followed else end - start for start, end in here[0])]
            found.append(sum(weights))
    return found


def all_starts(name: str, text: str, rules: RulesInUse) -> set[int]:
    """Where a phrase of any criterion begins in a text, if it may count there."""
    if (name, text) not in rules.places:
        rules.places[name, text] = {
            start
            for phrase_set in chain.from_iterable(rules.in_use)
            if name in phrase_set.fields
            for parts in looked_for(phrase_set)
            for part in parts
            for start, _ in places_where(part, [], text, rules, lone=len(parts) == 1)
        }
    return rules.places[name, text]


def asked_of(
    phrase_sets: tuple[PhraseSet, ...], name: str, text: str, rules: RuleBook
) -> list[tuple[list[list[str]], list[str]]]:
    """What a criterion looks for in a field: parts with their alternatives, and what masks them."""
    here = [s for s in phrase_sets if name in s.fields]
    masks = [phrase for s in here for phrase in s.exclude]
    kept = [s for s in here if not places_where([*s.unless], [], text, rules, lone=False)]
    return [(parts, masks) for s in kept for parts in looked_for(s)]


def looked_for(phrase_set: PhraseSet) -> list[list[list[str]]]:
    """Each phrase, or several that count together, as parts with their alternatives."""
    lone = [[[said]] for said in phrase_set.include]
    return lone + [[part.split("|") for part in t.split("+")] for t in phrase_set.together]


def alternatives(part: list[str], rules: RuleBook) -> list[str]:
    """Every phrase of a part, with the words marked "~" in every inflection."""
    found = []
    for said in part:
        phrases = [""]
        for word in said.split():
            forms = inflections(word[1:], rules) if word[0] == "~" else [word]
            phrases = [f"{phrase} {form}".strip() for phrase in phrases for form in forms]
        found += phrases
    return found


def inflections(word: str, rules: RuleBook) -> list[str]:
    """A verb's forms: -s, -ing and -ed, and those that grammar.toml lists."""
    forms = [word, *rules.grammar.irregular.get(word, ())]
    if word.endswith("e"):
        return [*forms, word + "s", word + "d", word[:-1] + "ing", word + "ing"]
    if word.endswith("y") and word[-2] not in "aeiou":
        return [*forms, word[:-1] + "ies", word[:-1] + "ied", word + "ing"]
    return [
        *forms,
        *(word + "s", word + "es", word + "ing", word + "ed"),
        *(word + word[-1] + "ing", word + word[-1] + "ed"),
    ]


def places_where(
    part: list[str], masks: list[str], text: str, rules: RuleBook, *, lone: bool
) -> set[tuple[int, int]]:
    """The places at which one of a part's phrases counts."""
    words = spoken(text)
    masked = [place for mask in masks for place in places(mask, words)]
    return {
        (start, end)
        for phrase in alternatives(part, rules)
        for start, end in places(phrase, words)
        if not any(first <= start and end <= last for first, last in masked)
        and not kept_from_counting(words[:start], words[end:], rules, lone=lone)
    }


def kept_from_counting(before: list[str], after: list[str], rules: RuleBook, *, lone: bool) -> bool:
    """Whether words such as "opposite the", or "lane" after a lone phrase, stand around it."""
    book = rules.contexts
    for turn in [spoken(word) for word in book.turns]:
        for start in range(len(before)):
            if before[start : start + len(turn)] == turn:
                return kept_from_counting(before[start + len(turn) :], after, rules, lone=lone)
    if lone and any(after[: len(spoken(w))] == spoken(w) for c in book.contexts for w in c.after):
        return True
    over = any(c.until_turn and said_in(c.words, before) for c in book.contexts)
    if over and said_in(book.turns, after):
        return True
    return any(stands_before(context, before, rules) for context in book.contexts)


def said_in(said: tuple[str, ...], words: list[str]) -> bool:
    return any(places(word, words) for word in said)


def stands_before(context: Context, before: list[str], rules: RuleBook) -> bool:
    """Whether a context's words end a text, with what may stand between them and the phrase."""
    ends = {end for gap in range(context.gap + 1) if (end := len(before) - gap) >= 0}
    ends = without_bridges(before, ends, rules)
    if context.through:
        lists = set(ends)
        for end in ends:
            if before[:end] and before[end - 1] in ("and", "or"):
                lists |= {end - 1 - more for more in (1, 2, 3) if end - 1 - more >= 0}
        ends = without_bridges(before, lists, rules)
        ends = {
            start - more for start in starts(context.through, before, ends) for more in range(6)
        }
    return bool(starts(context.words, before, ends))


def without_bridges(before: list[str], ends: set[int], rules: RuleBook) -> set[int]:
    """The ends, and those before any number of bridging words."""
    bridges = [spoken(word) for word in rules.contexts.bridges]
    found = set()
    for end in ends:
        start = end
        found.add(start)
        while start > 0 and [before[start - 1]] in bridges:
            start -= 1
            found.add(start)
    return found


def starts(said: tuple[str, ...], words: list[str], ends: set[int]) -> set[int]:
    """Where one of the words said starts that ends at one of the ends."""
    return {
        end - len(spoken(word))
        for word in said
        for end in ends
        if end >= len(spoken(word)) and words[end - len(spoken(word)) : end] == spoken(word)
    }


def kind_of_evidence(kind: str, name: str) -> str:
    if kind == "additional":
        return "sector" if name in ("sic2007", "industry_description") else "described"
    if name == "sic2007":
        return "classified"
    return "described" if name in INDUSTRY else "implied"
