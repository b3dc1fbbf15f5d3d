"""The notes to which the index sends a coder for some titles ("see notes"), as rules.

A family of titles has branches: a condition in the language of the index's qualifiers, and the
title of the index whose entries it leads to. No code stands here: the edition says the code.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from reference.keys import loose_key

Row = dict[str, Any]

FOLLOWED = "notes: "
"""Begins `reference_followed` where a note was followed and not a reference of the index."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Branch(_Frozen):
    """Where a note leads: all entries of a title, or, under a condition, what that title takes."""

    see: str = Field(min_length=3)
    """A title as the index sorts and refers to it: "Owner ( )", "Supervisor, cleaning"."""
    additional: str | None = None
    industry: str | None = None
    only: tuple[str, ...] = ()
    """Qualifiers of the title's entries that are followed; none: all."""
    but_not: tuple[str, ...] = ()
    """Qualifiers of the title's entries that are not followed, nor those that narrow them."""

    @model_validator(mode="after")
    def _one_kind_of_condition(self) -> Self:
        if (self.additional or self.industry) and (self.only or self.but_not):
            raise ValueError(f"{self.see!r} has a condition of its own, and picks from the entries")
        return self

    def follows(self, entry: Row) -> bool:
        """Whether the branch leads to this entry of the title it names."""
        qualifiers = {
            (entry[f"{kind}_qualifier"] or "").lower() for kind in ("additional", "industry")
        }
        wanted = {term.lower() for term in self.only}
        unwanted = [term.lower() for term in self.but_not]
        return (not wanted or bool(wanted & qualifiers)) and not any(
            qualifier == term or qualifier.startswith(f"{term}:")
            for qualifier in qualifiers
            for term in unwanted
        )


class Family(_Frozen):
    """Titles that one note speaks of, and how such titles are said."""

    id: str = Field(pattern=r"^[a-z-]+$")
    says: str = Field(min_length=20)
    """The note in one sentence; the record's `reference_followed`."""
    source: str = Field(min_length=5)
    date: date
    titles: tuple[str, ...] = Field(min_length=1)
    also: dict[str, str] = {}
    """Other words for a title of the family: "business owner" is "Owner"."""
    words: Literal["around", "after", "in a place"] = "in a place"
    """Which words beside the title are evidence for it: all ("hotel owner"), those after it, or
    those of a place ("manager of a hotel"): others are a function ("hotel maintenance manager")."""
    around: tuple[str, ...] = ()
    """Titles of the family of which all words beside them are."""
    names_occupation: Literal["beside", "in brackets"] | None = None
    """Words there, or the duties, are the occupation itself: "apprentice electrician"."""
    named: dict[str, str] = {}
    """What words beside the title make of it: "plumber" beside "foreman" is "Plumbing foreman"."""
    branches: tuple[Branch, ...] = Field((), alias="branch")

    def said(self) -> dict[str, str]:
        """Every way to say a title of the family, and the title."""
        return {title: title for title in self.titles} | self.also


class Notes(_Frozen):
    """All families, and the words around their titles."""

    source: str
    date: date
    links: tuple[str, ...] = Field(min_length=1)
    """May stand between the title and what is said of it: "owner of a hotel"."""
    places: tuple[str, ...] = Field(min_length=1)
    """Those of them that a place follows: "at", "of a"."""
    not_beside: tuple[str, ...] = Field(min_length=1)
    """A title with one of these words is somebody else's: "assistant to the company director"."""
    not_named: tuple[str, ...] = Field(min_length=1)
    """The same of titles beside which the occupation is named: "apprentice mentor"."""
    training: tuple[str, ...] = Field(min_length=1)
    """Words in the duties before the occupation that an apprentice is trained for."""
    training_ends: tuple[str, ...] = Field(min_length=1)
    """Words after which the duties speak of something else."""
    families: tuple[Family, ...] = Field(alias="family", min_length=1)

    @field_validator("families")
    @classmethod
    def _each_title_once(cls, families: tuple[Family, ...]) -> tuple[Family, ...]:
        said = [words.lower() for family in families for words in family.said()]
        twice = sorted({words for words in said if said.count(words) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)}: in more than one family")
        return families


def note_references(index: pl.DataFrame, families: tuple[Family, ...]) -> Iterator[Row]:
    """The references that notes make, as rows of the index with their `branch` and words.

    One per title of a family that the edition has, and branch; a title is not led to itself.
    """
    title = pl.col("index_title").str.to_lowercase()
    titles = [title.lower() for family in families for title in family.titles]
    named = index.filter(title.is_in(titles)).unique(title, keep="first", maintain_order=True)
    rows = {row["index_title"].lower(): row for row in named.iter_rows(named=True)}
    for family in families:
        for row in (rows[t.lower()] for t in family.titles if t.lower() in rows):
            own = (row["index_title_reversed"] or row["index_title"]).lower()
            for number, branch in enumerate(family.branches, start=1):
                if branch.see.lower().removesuffix("( )").strip() != own:
                    yield row | {
                        "index_entry_id": f"{family.id} {number}",
                        "additional_qualifier": branch.additional,
                        "industry_qualifier": branch.industry,
                        "see": f"see {branch.see}",
                        "says": FOLLOWED + family.says,
                        "branch": branch,
                    }


def title_words(notes: Notes) -> pl.DataFrame:
    """How titles of the families are said; one row per way, the longest first.

    Columns: said and title (loose keys); words and names (of Family: `words`, `names_occupation`).
    """
    rows = [
        (said, title, "around" if title in family.around else family.words, family.names_occupation)
        for family in notes.families
        for said, title in family.said().items()
    ]
    schema = {"said": pl.String, "title": pl.String, "words": pl.String, "names": pl.String}
    return (
        pl.DataFrame(rows, schema=schema, orient="row")
        .with_columns(loose_key(pl.col("said", "title")))
        .sort(-pl.col("said").str.len_chars().cast(pl.Int32), "said")
    )


def named_titles(notes: Notes) -> pl.DataFrame:
    """What words beside a title make of it; one row per way to say both: said, title (keys)."""
    rows = [
        (f"{said} {words}", title)
        for family in notes.families
        for said in family.said()
        for words, title in family.named.items()
    ]
    return pl.DataFrame(rows, schema={"said": pl.String, "title": pl.String}, orient="row").select(
        loose_key(pl.col("said", "title"))
    )


def training_pattern(notes: Notes) -> str:
    """Finds the occupation that duties say somebody is trained for, as the one group."""
    said, ends = _any(notes.training), _any(notes.training_ends)
    return rf"(?i)\b{said}(?: an?| the)? ([\w'/ -]+?)(?: {ends}\b.*|\s*[.,;:(].*)?\s*$"


def beside_patterns(notes: Notes) -> dict[str, str]:
    """Find a title and the words beside it in a loose key: `after` or `before` it, `in_place`.

    And `not_beside`, `not_named`: words with which it is not such a title.
    """
    said = "|".join(title_words(notes)["said"])
    return {
        "after": rf"^({said})(?: {_any(notes.links)})*(?: (.+))?$",
        "before": rf"^(.+?) ({said})$",
        "in_place": rf"^({said})(?: {_any(notes.places)} (.+))?$",
        "not_beside": rf"\b{_any(notes.not_beside)}\b",
        "not_named": rf"\b{_any(notes.not_named)}\b",
    }


def _any(words: tuple[str, ...]) -> str:
    return f"(?:{'|'.join(sorted(words, key=len, reverse=True))})"
