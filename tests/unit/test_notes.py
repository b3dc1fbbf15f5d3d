"""Notes as rules: where their branches lead, how their titles are said, and faults in them."""

from datetime import date

import polars as pl
import pytest
from test_see import entry

from flows.coding.normalise import normalise_records, normalise_titles
from flows.coding.stages import match_titles
from reference.notes import Branch, Family, Notes, note_references
from reference.rulebook import load_rule_book
from reference.see import follow_references
from schemas.records import CANONICAL_COLUMNS

COLUMNS = (
    *("index_entry_id", "index_title", "index_title_reversed", "additional_qualifier"),
    *("industry_qualifier", "see", "unit_group"),
)
OWNER = entry("Owner", see="see also notes")
INDEX = (
    OWNER,
    entry("Owner", ind="hotel", code="1221"),
    entry("Owner", ind="school: riding", code="1224"),
    entry("Gym owner", reversed="Owner, gym", code="1224"),
    entry("Proprietor", see="see notes"),
)


def family(*branches, titles=("Proprietor",), **rules):
    return Family(
        id="owners",
        says="Owners are coded by what the business does.",
        source="these tests",
        date=date(2026, 1, 1),
        titles=titles,
        branch=branches,
        **rules,
    )


def followed(one, *entries):
    """(title, led to, additional, industry, code) of every row that the family's notes make."""
    index = pl.DataFrame(entries, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    rows = follow_references(index, (one,))
    assert set(rows["reference_followed"]) <= {"notes: Owners are coded by what the business does."}
    return rows.select(
        *("index_title_from", "index_title", "additional_qualifier", "industry_qualifier"),
        "unit_group",
    ).rows()


def test_a_branch_leads_to_all_entries_of_a_title():
    assert followed(family(Branch(see="Owner ( )")), *INDEX) == [
        ("Proprietor", "Owner", None, "hotel", "1221"),
        ("Proprietor", "Owner", None, "school: riding", "1224"),
    ]


def test_or_to_those_that_it_picks():
    hotel = [("Proprietor", "Owner", None, "hotel", "1221")]
    assert followed(family(Branch(see="Owner ( )", only=("Hotel",))), *INDEX) == hotel
    assert followed(family(Branch(see="Owner ( )", but_not=("school",))), *INDEX) == hotel


def test_what_a_branch_asks_for_is_asked_of_the_record():
    branch = Branch(see="Owner, gym", industry="gym", additional="fitness")
    assert followed(family(branch), *INDEX) == [
        ("Proprietor", "Gym owner", "fitness", "gym", "1224")
    ]


def test_titles_and_branches_that_an_edition_does_not_have_lead_nowhere():
    assert not followed(family(Branch(see="Owner, zoo", industry="zoo")), *INDEX)
    assert not followed(family(Branch(see="Owner ( )"), titles=("Founder",)), *INDEX)


def test_a_title_is_not_led_to_itself():
    index = pl.DataFrame([OWNER], schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    both = family(Branch(see="owner ( )"), Branch(see="Owner, gym"), titles=("owner",))
    assert [row["see"] for row in note_references(index, (both,))] == ["see Owner, gym"]


@pytest.mark.parametrize(
    "fault", [{"industry": "zoo", "only": ("zoo",)}, {"see": "x"}, {"to": "y"}]
)
def test_a_faulty_branch_is_refused(fault):
    with pytest.raises(ValueError, match=r"condition of its own|at least 3|not permitted"):
        Branch.model_validate({"see": "Owner ( )"} | fault)


def test_a_title_is_in_one_family_only():
    rules = load_rule_book().notes.model_dump(exclude={"families"})
    families = (family(), family(titles=("Owner",), also={"proprietor": "Owner"}))
    with pytest.raises(ValueError, match="proprietor: in more than one family"):
        Notes.model_validate(rules | {"family": families})


@pytest.mark.parametrize(
    ("title", "duties", "expected"),
    [
        ("Trainee", "Training to be a plumber with a local firm", "Trainee (plumber)"),
        ("TRAINEE ", "apprenticed as a cabinet maker.", "TRAINEE  (cabinet maker)"),
        ("Self-employed", "window cleaner", "Self-employed (window cleaner)"),
        ("Apprentice", "helps with whatever is to be done", "Apprentice"),
        ("Apprentice", None, "Apprentice"),
        ("Clerk", "training to be a plumber", "Clerk"),
    ],
)
def test_the_occupation_in_an_apprentices_duties_joins_the_title(
    title, duties, expected, starter_lookup
):
    record = {"job_title": [title], "job_description": [duties]}
    frame = pl.LazyFrame(
        {name: record.get(name, [None]) for name in CANONICAL_COLUMNS},
        schema=dict.fromkeys(CANONICAL_COLUMNS, pl.String),
    )
    normalised = normalise_records(frame, starter_lookup).collect()
    assert normalised["job_title"].item() == expected
    assert normalised["job_description"].item() == duties


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Apprentice plumbers", ("plumber", "plumbers apprentice", "apprentice", "plumbers")),
        ("Apprentice mentor", (None, None, None, None)),
        ("Hotel owner (family firm)", (None, None, "owner", "hotel family firm")),
        ("Owner of a hotel", (None, "hotel owner", "owner", "hotel")),
        ("Manager of sales", (None, "sales manager", None, None)),
        ("Manager at a bank", (None, "bank manager", "manager", "bank")),
        ("Bank sales manager", (None, "bank sales manager", None, None)),
        ("Forewoman of painters", ("painting foreman", "painters foreman", None, None)),
        ("PA to the managing director", (None, None, None, None)),
        ("Student (vet)", ("vet", "vet student", "student", "vet")),
        ("Student adviser", (None, "adviser student", None, None)),
        ("Teapot", (None, None, None, None)),
    ],
)
def test_a_title_and_the_words_beside_it(title, expected, starter_lookup):
    """What it names; the words before it; the title for which they are evidence, and they."""
    forms = normalise_titles(pl.LazyFrame({"job_title": [title]}), starter_lookup).collect()
    row = forms.row(0, named=True)
    beside = row["words_beside"] if row["family_title"] else None
    assert (row["named"], row["words_first"], row["family_title"], beside) == expected


def test_the_word_that_is_set_aside_is_recorded(starter_lookup):
    titles = pl.LazyFrame({"job_title": ["Apprentice plumber", "Junior trainee plumber (nights)"]})
    matched = match_titles(titles, starter_lookup).collect()
    assert matched["match_method"].to_list() == ["named_occupation", "words_set_aside"]
    assert matched["words_set_aside"].to_list() == ["apprentice", "trainee, junior, nights"]
