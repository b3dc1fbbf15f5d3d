"""Kinds of noise: each makes a title as somebody might write it, or None where it cannot apply.

The words here are the benchmark's own: no list that titles are coded with was looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

Noise = Callable[[str, Random], str | None]

_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SMALL_WORDS = {"a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to"}
_ABBREVIATIONS = {
    "accountant": "acct",
    "administrator": "admin",
    "advertising": "advtg",
    "assistant": "asst",
    "chartered": "chtd",
    "civil": "civ",
    "commercial": "comm",
    "coordinator": "coord",
    "customer": "cust",
    "department": "dept",
    "development": "dev",
    "director": "dir",
    "electrical": "elec",
    "engineer": "eng",
    "engineering": "engg",
    "equipment": "equip",
    "executive": "exec",
    "general": "gen",
    "government": "govt",
    "hospital": "hosp",
    "insurance": "ins",
    "international": "intl",
    "laboratory": "lab",
    "lecturer": "lect",
    "machine": "mach",
    "maintenance": "maint",
    "management": "mgmt",
    "manager": "mgr",
    "manufacturing": "mfg",
    "marketing": "mktg",
    "mechanical": "mech",
    "medical": "med",
    "officer": "offr",
    "operations": "ops",
    "operative": "opve",
    "operator": "optr",
    "production": "prod",
    "professional": "prof",
    "representative": "rep",
    "research": "res",
    "secretary": "secy",
    "sergeant": "sgt",
    "service": "svc",
    "services": "svcs",
    "superintendent": "supt",
    "supervisor": "supvr",
    "technical": "tech",
    "technician": "tech",
    "university": "univ",
}
_GRADES = (
    "Senior",
    "Junior",
    "Principal",
    "Trainee",
    "Experienced",
    "Snr",
    "Jnr",
    "Grade 2",
    "Band 6",
)
_PLACES_AND_SHIFTS = (
    "- Leeds",
    "- Manchester",
    "(Glasgow)",
    ", Cardiff",
    "in Bristol",
    "north west",
    "(South East)",
    "(nights)",
    "- night shift",
    "days",
    "part time",
    "(full-time)",
    "- weekends",
    "12 hour shifts",
)


def _neighbours(letter: str) -> str:
    """The letters beside a letter in its row of the keyboard."""
    for row in _KEYBOARD:
        if letter in row:
            place = row.index(letter)
            return row[max(place - 1, 0) : place] + row[place + 1 : place + 2]
    return ""


def _mistyped(title: str, draws: Random, change: Callable[[str, int], str | None]) -> str | None:
    """A title with a change at one letter, not the first, of one word of five letters or more."""
    words = [found.span() for found in re.finditer(r"[A-Za-z]{5,}", title)]
    places = [place for begin, end in words for place in range(begin + 1, end)]
    if not places:
        return None
    changed = change(title, draws.choice(places))
    return None if changed == title else changed


def letter_dropped(title: str, draws: Random) -> str | None:
    return _mistyped(title, draws, lambda text, at: text[:at] + text[at + 1 :])


def letter_doubled(title: str, draws: Random) -> str | None:
    return _mistyped(title, draws, lambda text, at: text[:at] + text[at] + text[at:])


def letters_swapped(title: str, draws: Random) -> str | None:
    def swap(text: str, at: int) -> str | None:
        pair = text[at : at + 2]
        return text[:at] + pair[::-1] + text[at + 2 :] if pair.isalpha() and len(pair) > 1 else None

    return _mistyped(title, draws, swap)


def neighbouring_key(title: str, draws: Random) -> str | None:
    def mistype(text: str, at: int) -> str | None:
        beside = _neighbours(text[at].lower())
        return text[:at] + draws.choice(beside) + text[at + 1 :] if beside else None

    return _mistyped(title, draws, mistype)


def words_swapped(title: str, draws: Random) -> str | None:
    words = title.split(" ")
    places = [
        place
        for place in range(len(words) - 1)
        if not _SMALL_WORDS & {words[place].lower(), words[place + 1].lower()}
    ]
    if not places:
        return None
    place = draws.choice(places)
    words[place : place + 2] = words[place + 1], words[place]
    swapped = " ".join(words)
    return None if swapped.lower() == title.lower() else swapped


def plural(title: str, _: Random) -> str | None:
    """The last word in the plural; none where it ends in s already, or not in a letter."""
    if not re.search(r"[A-Za-rt-z]$", title):
        return None
    if title.endswith(("man", "woman")):
        return title[:-2] + "en"
    if re.search(r"[^aeiou]y$", title):
        return title[:-1] + "ies"
    return title + ("es" if re.search(r"(?:ch|sh|x|z)$", title) else "s")


def letter_case(title: str, draws: Random) -> str | None:
    changed = draws.choice((title.upper(), title.lower(), title.title(), title.swapcase()))
    return None if changed == title else changed


def abbreviated(title: str, draws: Random) -> str | None:
    words = title.split(" ")
    places = [place for place, word in enumerate(words) if word.lower() in _ABBREVIATIONS]
    if not places:
        return None
    place = draws.choice(places)
    short = _ABBREVIATIONS[words[place].lower()]
    words[place] = short if words[place].islower() else short.capitalize()
    return " ".join(words)


def grade_before(title: str, draws: Random) -> str | None:
    is_word = title[1:2].islower()
    return f"{draws.choice(_GRADES)} {title[:1].lower() if is_word else title[:1]}{title[1:]}"


def place_or_shift_after(title: str, draws: Random) -> str | None:
    after = draws.choice(_PLACES_AND_SHIFTS)
    return title + after if after.startswith(",") else f"{title} {after}"


KINDS: dict[str, Noise] = {
    "letter dropped": letter_dropped,
    "letter doubled": letter_doubled,
    "letters swapped": letters_swapped,
    "neighbouring key": neighbouring_key,
    "two words swapped": words_swapped,
    "plural": plural,
    "letter case": letter_case,
    "abbreviation": abbreviated,
    "grade before": grade_before,
    "place or shift after": place_or_shift_after,
}
