"""References of the index: followed through chains and qualifiers, never in a circle."""

import polars as pl
import pytest

from reference.see import follow_references

COLUMNS = (
    *("index_entry_id", "index_title", "index_title_reversed", "additional_qualifier"),
    *("industry_qualifier", "see", "unit_group"),
)


def entry(title, *, name=None, reversed=None, add=None, ind=None, see=None, code=None):
    return (name or f"{title} {add} {ind}", title, reversed, add, ind, see, code)


def followed(*entries):
    """(title, led to, additional, industry, code, reference) of every further row, in order."""
    index = pl.DataFrame(entries, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    rows = follow_references(index)
    assert rows.columns == [
        *COLUMNS,
        *("index_title_from", "reversed_from", "reference_followed"),
    ]
    return rows.select(
        *("index_title_from", "index_title", "additional_qualifier", "industry_qualifier"),
        *("unit_group", "reference_followed"),
    ).rows()


REP = entry("Rep", see="see Representative")


def test_a_reference_leads_to_every_entry_of_the_title():
    assert followed(
        REP,
        entry("Representative", ind="insurance", code="3532"),
        entry("Representative", code="3552"),
        entry("Clerk", code="4159"),
    ) == [
        ("Rep", "Representative", None, "insurance", "3532", "see Representative"),
        ("Rep", "Representative", None, None, "3552", "see Representative"),
    ]


@pytest.mark.parametrize(
    "see", ["see Hand, datal", "see Hand, datal ( )", "see also HAND, DATAL ()", "see hand, datal"]
)
def test_titles_are_named_as_the_index_sorts_them(see):
    rows = followed(
        entry("Dataller", see=see),
        entry("Datal hand", reversed="Hand, datal", code="9132"),
    )
    assert [row[4] for row in rows] == ["9132"]


def test_the_natural_order_does_not_answer_where_there_is_a_reversed_title():
    assert not followed(
        entry("Dataller", see="see Datal hand"),
        entry("Datal hand", reversed="Hand, datal", code="9132"),
    )


def test_a_qualifier_in_brackets_is_taken_as_given():
    assert followed(
        entry("Liaison engineer", see="see Engineer (professional)"),
        entry("Engineer", add="professional, telecoms", code="2124"),
        entry("Engineer", add="Professional: mining", code="2121"),
        entry("Engineer", add="professional", code="2122"),
        entry("Engineer", add="professionally qualified", code="1111"),
        entry("Engineer", add="nos: professional", code="1111"),
        entry("Engineer", add="nos", code="1111"),
        entry("Engineer", code="1111"),
    ) == [
        ("Liaison engineer", "Engineer", add, None, code, "see Engineer (professional)")
        for add, code in (("telecoms", "2124"), ("mining", "2121"), (None, "2122"))
    ]


def test_the_qualifiers_of_both_must_be_met():
    assert followed(
        entry("Rep", add="books", ind="trade", see="see Representative"),
        entry("Representative", add="schools", ind="publishing", code="3552"),
        entry("Representative", code="3552"),
    ) == [
        ("Rep", "Representative", "books; schools", "trade; publishing", "3552", REP[5]),
        ("Rep", "Representative", "books", "trade", "3552", REP[5]),
    ]


def test_a_chain_is_followed_and_gathers_qualifiers():
    rows = followed(
        entry("Aa", add="one", see="see Bb"),
        entry("Bb", add="two", see="see Cc (three)"),
        entry("Cc", add="three, four", code="1111"),
        entry("Cc", add="five", code="2222"),
    )
    assert rows == [
        ("Aa", "Cc", "one; two; four", None, "1111", "see Bb"),
        ("Bb", "Cc", "two; four", None, "1111", "see Cc (three)"),
    ]


def test_circles_lead_nowhere_and_their_ways_out_do():
    assert not followed(entry("Aa", see="see Aa"))
    assert not followed(entry("Aa", see="see Bb"), entry("Bb", see="see Aa"))
    rows = followed(
        entry("Aa", see="see Bb"),
        entry("Bb", see="see Aa"),
        entry("Bb", ind="x", code="1111"),
    )
    assert ("Aa", "Bb", None, "x", "1111", "see Bb") in rows
    assert ("Bb", "Bb", None, "x", "1111", "see Aa") in rows


@pytest.mark.parametrize(
    "see",
    [
        "see notes",
        "see also notes",
        "see also notes for SOC90 to 2010 codes",
        "see Nobody",
        "Nobody",
        "see ",
    ],
)
def test_notes_and_titles_that_are_not_there_lead_nowhere(see):
    assert not followed(entry("Partner", see=see), entry("Clerk", code="4159"))


def test_an_entry_with_a_code_keeps_it():
    assert not followed(
        entry("Section head", see="see also Head", code="8160"), entry("Head", code="1111")
    )


def test_a_title_beside_its_own_reference_is_led_to_its_qualified_entries():
    """As "Engineer, nos: professional: see also Engineer (professional)" in the index."""
    assert followed(
        entry("Engineer", add="nos: professional", see="see also Engineer (professional)"),
        entry("Engineer", add="professional, civil", code="2121"),
        entry("Engineer", add="professional", code="2122"),
        entry("Engineer", code="8120"),
    ) == [
        ("Engineer", "Engineer", add, None, code, "see also Engineer (professional)")
        for add, code in (("nos: professional; civil", "2121"), ("nos: professional", "2122"))
    ]
