"""The families of notes.toml once more, in loops over words: the third part of naive_coder.

Written from the docstrings of reference/notes.py and of flows/coding/normalise.py.
"""

from __future__ import annotations

import re

from naive_evidence import Text, loose

from reference.notes import Family, Notes


def all_said(notes: Notes) -> dict[str, tuple[Family, str]]:
    """Every way to say a title of a family, the longest first: the family and the title."""
    found = {
        loose(said): (family, title)
        for family in notes.families
        for said, title in family.said().items()
    }
    return dict(sorted(found.items(), key=lambda item: (-len(item[0]), item[0])))


def words_after(key: str, notes: Notes) -> tuple[Text, Text]:
    """A title and what stands after it, without linking words."""
    for said in all_said(notes):
        if key == said or key.startswith(said + " "):
            rest = key[len(said) :].split()
            while rest and rest[0] in notes.links:
                rest = rest[1:]
            return said, " ".join(rest) or None
    return None, None


def words_before(key: str, notes: Notes) -> tuple[Text, Text]:
    words = key.split()
    for cut in range(1, len(words)):
        if " ".join(words[cut:]) in all_said(notes):
            return " ".join(words[cut:]), " ".join(words[:cut])
    return None, None


def words_of_a_place(key: str, notes: Notes) -> tuple[Text, Text]:
    for said in all_said(notes):
        if key == said:
            return said, None
        for place in sorted(notes.places, key=len, reverse=True):
            if key.startswith(f"{said} {place} "):
                return said, key[len(f"{said} {place} ") :]
    return None, None


def split(key: str, notes: Notes) -> tuple[Text, Text]:
    said, words = words_after(key, notes)
    before, others = words_before(key, notes)
    return said or before, words or others


def one_of(words: str) -> str:
    """ "plumbers" is one plumber; "boss", "basis" and "virus" are one already."""
    return re.sub(r"([^aious\d])s$", r"\1", words)


def somebody_elses(key: str, words: tuple[str, ...]) -> bool:
    return any(word in key.split() for word in words)


def named(key: str, in_brackets: Text, notes: Notes) -> Text:
    """The title that the words beside a title of a family name."""
    said, words = split(key, notes)
    if not said or not words:
        return None
    family, _ = all_said(notes)[said]
    for form in (words, one_of(words)):
        if form in family.named:
            return loose(family.named[form])
    itself = family.names_occupation == "beside" or (
        family.names_occupation == "in brackets" and words == loose(in_brackets or "")
    )
    return one_of(words) if itself and not somebody_elses(words, notes.not_named) else None


def words_first(key: str, notes: Notes) -> list[str]:
    """The words beside a title of a family, and then the title: as they stand, and of one."""
    said, words = split(key, notes)
    if not said or not words or somebody_elses(key, notes.not_beside):
        return []
    title = loose(all_said(notes)[said][1])
    return [f"{words} {title}", f"{one_of(words)} {title}"]


def title_and_evidence(key: str, notes: Notes) -> tuple[Text, Text]:
    """A title of a family, and the words beside it that are evidence for it."""
    if somebody_elses(key, notes.not_beside):
        return None, None
    said, words = words_of_a_place(key, notes)
    if not said:
        for find, kinds in ((words_after, ("around", "after")), (words_before, ("around",))):
            said, words = find(key, notes)
            if said and place_of_words(said, notes) in kinds:
                break
            said = None
    return (loose(all_said(notes)[said][1]), words) if said else (None, None)


def place_of_words(said: str, notes: Notes) -> str:
    family, title = all_said(notes)[said]
    return "around" if title in family.around else family.words


def with_occupation_of_duties(title: str, duties: Text, notes: Notes) -> str:
    """The title of an apprentice, with the occupation that the duties name in brackets."""
    naming = [w for w, (family, _) in all_said(notes).items() if family.names_occupation]
    bare = re.sub(r"\W+", " ", title).strip().lower()
    if bare not in naming or not duties:
        return title
    any_of = lambda words: "|".join(sorted(words, key=len, reverse=True))  # noqa: E731
    trained = re.search(
        rf"(?i)\b(?:{any_of(notes.training)})(?: an?| the)? ([\w'/ -]+?)"
        rf"(?: (?:{any_of(notes.training_ends)})\b.*|\s*[.,;:(].*)?\s*$",
        duties,
    )
    few = re.fullmatch(r"\s*([\w'/-]+(?: [\w'/-]+){0,3})\W*", duties)
    found = trained or few
    return f"{title} ({found[1]})" if found else title
