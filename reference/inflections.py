"""The inflections of words marked "~" in a phrase: one way to write a verb, all ways to say it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

MARK = "~"
_VOWELS = "aeiou"


class Inflections:
    """Regular English inflections, and the irregular ones that grammar.toml lists."""

    def __init__(self, irregular: Mapping[str, tuple[str, ...]]) -> None:
        self._irregular = irregular

    def forms(self, phrase: str) -> list[str]:
        """The phrase in every inflection of its marked words; itself, if none is marked."""
        if MARK not in phrase:
            return [phrase]
        words = [
            self._word_forms(word.removeprefix(MARK)) if word.startswith(MARK) else [word]
            for word in phrase.split()
        ]
        return [" ".join(chosen) for chosen in product(*words)]

    def _word_forms(self, word: str) -> list[str]:
        """A verb's forms. Some that no one says are among them, which does no harm."""
        forms = [word, *regular_forms(word), *self._irregular.get(word, ())]
        return list(dict.fromkeys(forms))


def regular_forms(word: str) -> list[str]:
    """What -s, -ing and -ed make of a verb: carry, carries, carrying, carried."""
    if word.endswith("e"):
        return [f"{word}s", f"{word[:-1]}ing", f"{word}d", *([f"{word}ing"] * word.endswith("ee"))]
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return [f"{word[:-1]}ies", f"{word}ing", f"{word[:-1]}ied"]
    plural = f"{word}es" if word.endswith(("ch", "sh", "x", "ss", "o")) else f"{word}s"
    forms = [plural, f"{word}ing", f"{word}ed"]
    if len(word) > 2 and word[-1] not in f"{_VOWELS}wxy" and word[-2] in _VOWELS:
        forms += [f"{word}{word[-1]}ing", f"{word}{word[-1]}ed"]
    return forms
