"""The forms in which texts are compared: one definition for index, criteria and records.

Each function maps a string expression to a string expression; nothing here keeps state.
"""

from __future__ import annotations

import polars as pl

_APOSTROPHES = "['\u2019\u2018`\u00b4]"
_COMBINING_MARKS = r"\p{M}"
_GAPS = r"[\s\p{Cc}\x{FFFE}\x{FFFF}]+"  # the last two can stand in no workbook


def folded(text: pl.Expr) -> pl.Expr:
    """Lower case, without accents and apostrophes, with "&" written out."""
    return (
        text.str.to_lowercase()
        .str.normalize("NFKD")
        .str.replace_all(_COMBINING_MARKS, "")
        .str.replace_all(_APOSTROPHES, "")
        .str.replace_all("&", " and ", literal=True)
    )


def _spaced(text: pl.Expr, separators: str) -> pl.Expr:
    """Every run of the separators becomes one space; none at the ends; empty becomes null."""
    spaced = text.str.replace_all(separators, " ").str.strip_chars(" ")
    return pl.when(spaced != "").then(spaced)


def one_line(text: pl.Expr) -> pl.Expr:
    """The text with its line breaks, control characters and runs of spaces as one space each."""
    return _spaced(text, _GAPS)


def text_key(text: pl.Expr) -> pl.Expr:
    """A whole text's key, in which only case, accents, apostrophes and spacing do not count."""
    return _spaced(folded(text), _GAPS)


def strict_key(text: pl.Expr) -> pl.Expr:
    """A title's key that keeps hyphens: "Midwife-tutor" and "Midwife tutor" are two entries."""
    return _spaced(folded(text), r"[^\p{L}\p{N}-]+")


def loose_key(text: pl.Expr) -> pl.Expr:
    """A title's key in which every punctuation mark is a space."""
    return _spaced(folded(text), r"[^\p{L}\p{N}]+")


def evidence_key(text: pl.Expr) -> pl.Expr:
    """A text's words for whole-word search: the loose key, plurals folded, a space at each end.

    Plurals fold crudely ("bricks", "brick" -> "brick"; "factories" -> "factory"), the same way in
    criteria and records, so only equality counts, not grammar.
    """
    singular = (
        loose_key(text)
        .str.replace_all(r"\b(\p{L}*bus|gas|lens)es\b", "${1}")
        .str.replace_all(r"\btaxis\b", "taxi")
        .str.replace_all(r"\b(\p{L}{2,})ies?\b", "${1}y")
        .str.replace_all(r"\b(\p{L}{2,}(?:ch|sh|x|ss))es\b", "${1}")
        .str.replace_all(r"\b(\p{L}{2,}[^suiSUI\W\d_])s\b", "${1}")
    )
    return pl.concat_str(pl.lit(" "), singular, pl.lit(" "))
