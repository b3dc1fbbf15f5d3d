"""The forms in which texts are compared."""

import polars as pl
import pytest

from reference.keys import evidence_key, loose_key, strict_key


def key_of(function, text):
    return pl.select(function(pl.lit(text, pl.String))).item()


@pytest.mark.parametrize(
    ("text", "strict", "loose"),
    [
        ("Technical writer", "technical writer", "technical writer"),
        ("  TECHNICAL\t\n writer. ", "technical writer", "technical writer"),
        ("Midwife-tutor", "midwife-tutor", "midwife tutor"),
        ("Writer, technical", "writer technical", "writer technical"),
        ("Writer (technical)", "writer technical", "writer technical"),
        ("Wages & payroll", "wages and payroll", "wages and payroll"),
        ("R&D manager", "r and d manager", "r and d manager"),
        ("Driver's mate", "drivers mate", "drivers mate"),
        ("Driver’s mate", "drivers mate", "drivers mate"),  # noqa: RUF001
        ("Maître d'hôtel", "maitre dhotel", "maitre dhotel"),
        ("cafe\u0301 owner", "cafe owner", "cafe owner"),
        ("ﬁtter", "fitter", "fitter"),  # a ligature
        ("C++ developer", "c developer", "c developer"),
        ("HGV class 1/2", "hgv class 1 2", "hgv class 1 2"),
        ("writer_technical", "writer technical", "writer technical"),
        ("Учитель", "учитель", "учитель"),
        ("", None, None),
        (" .,; ", None, None),
        (None, None, None),
    ],
)
def test_title_keys(text, strict, loose):
    assert key_of(strict_key, text) == strict
    assert key_of(loose_key, text) == loose


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bricks", " brick "),
        ("Brick", " brick "),
        ("factories", " factory "),
        ("churches", " church "),
        ("brushes, boxes", " brush box "),
        ("glasses", " glass "),
        ("glass", " glass "),
        ("drivers' mates", " driver mate "),
        ("apis", " apis "),
        ("pcs", " pcs "),
        ("bus", " bus "),
        ("business analysis", " business analysis "),
        ("pies", " pie "),
        ("gas", " gas "),
        ("24s", " 24s "),
        ("computing/IT", " computing it "),
        ("e-commerce", " e commerce "),
        ("Taxis, buses and minibuses", " taxi bus and minibus "),
        ("gases and lenses", " gas and len "),
        ("the lens", " the len "),
        ("cookies", " cooky "),
        ("a cookie", " a cooky "),
    ],
)
def test_evidence_keys_fold_plurals_and_stand_between_spaces(text, expected):
    assert key_of(evidence_key, text) == expected


@pytest.mark.parametrize("text", [None, "", " - "])
def test_a_text_without_words_has_no_evidence_key(text):
    assert key_of(evidence_key, text) is None


def test_words_match_whole_only():
    assert key_of(evidence_key, "rail") not in key_of(evidence_key, "trailers and railings")
    assert key_of(evidence_key, "rail") in key_of(evidence_key, "by rail.")


def test_keys_are_stable():
    """A key of a key is itself, so that it does not matter which side was made a key first."""
    texts = ["Midwife-tutor & co.", "Glasses; brushes", "É-ß’s", "ΟΔΟΣ"]  # noqa: RUF001
    frame = pl.DataFrame({"t": texts})
    for function in (strict_key, loose_key):
        once = frame.select(function(pl.col("t")))
        assert once.select(function(pl.col("t"))).equals(once)
