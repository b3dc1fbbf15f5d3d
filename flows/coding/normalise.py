"""Normalise: from the respondent's words to the forms in which titles are looked up.

The words themselves are never altered; each form stands in a column of its own.
"""

from __future__ import annotations

import re

import polars as pl

from reference.keys import loose_key, strict_key
from reference.lookup import Lookup

_BRACKETS = r"\s*[(\[]([^)\]]*)[)\]]\s*"
_FEW_WORDS = r"^\s*([\w'/-]+(?: [\w'/-]+){0,3})\W*$"
_PLURAL = r"([^aious\d])s$"
_BOUND = "\x1f"  # stands on either side of words that may be set aside; in no key of a title
_SET_ASIDE = f"{_BOUND}([^{_BOUND}]*){_BOUND}"
_AFTER_MARK = r"(?:,|\s[-\u2013\u2014]\s)\s*([^,]*?)\s*$"

EVIDENCE_FIELDS = (
    "job_description",
    "department",
    "qualification",
    "industry_description",
    "sic2007",
)
"""Record columns in which evidence for a qualifier is sought; `title_qualifier` joins them."""

RECORD_COLUMNS = ("job_title", *EVIDENCE_FIELDS, "employer_industry", "employer_sic2007")
"""The canonical columns that coding depends on; no other has any effect on a code."""


def normalise_records(records: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """The columns that coding depends on, one row per record, in the records' order.

    What the employer says of the whole organisation stands in where the record itself has no
    industry. The occupation that an apprentice's duties name joins the title, in brackets.
    Columns: job_title and EVIDENCE_FIELDS.
    """
    return records.select(
        _with_occupation_named(lookup),
        "job_description",
        "department",
        "qualification",
        *industry_that_counts(),
    )


def industry_that_counts() -> list[pl.Expr]:
    """A record's industry_description and sic2007: its own, or if it has neither the employer's."""
    none_of_its_own = pl.all_horizontal(pl.col("industry_description", "sic2007").is_null())
    employer = {"industry_description": "employer_industry", "sic2007": "employer_sic2007"}
    return [
        pl.when(none_of_its_own).then(stand_in).otherwise(own).alias(own)
        for own, stand_in in employer.items()
    ]


def _with_occupation_named(lookup: Lookup) -> pl.Expr:
    """The title; an apprentice's with the occupation that the duties name, or are: "plumber"."""
    title = pl.col("job_title")
    said = lookup.title_words.drop_nulls("names")["said"]
    apprentices = "|".join(words.replace(" ", r"\W+") for words in said)
    is_apprentice = title.str.contains(rf"(?i)^\W*(?:{apprentices})\W*$")
    duties = pl.when(is_apprentice).then("job_description")  # few: the patterns below are slow
    named = pl.coalesce(duties.str.extract(lookup.trained_for), duties.str.extract(_FEW_WORDS))
    return pl.coalesce(pl.format("{} ({})", title, named), title)


def normalise_titles(titles: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """The forms of each distinct title; one row per `job_title`.

    Columns: strict and loose key of the whole title; `turned`, with what stands in brackets or
    after the last comma or dash put first ("Care assistant (senior)"); without its brackets
    (`bare_`); and without set-aside words as well: all of them (`kept`), and the first or the last
    only, for "senior bank teller" is a bank teller. title_qualifier, the words in brackets, or if
    they are set-aside words only, aside_in_brackets; words_set_aside, first_ and last_. Of a title
    of notes.toml with words beside it, the title that they `named`, whole or without brackets and
    set-aside words (`named_kept`); the words and then the title, as they stand (`words_first`) or
    of one (`word_first`); the `family_title` for which the words_beside are evidence. Of those
    titles, `apprentice` is one that is set aside when the words beside it name the occupation.
    """
    title = pl.col("job_title")
    bare = title.str.replace_all(_BRACKETS, " ")
    bracketed = title.str.extract_all(_BRACKETS).list.eval(pl.element().str.strip_chars(" ()[]"))
    in_brackets = bracketed.list.join(" ").replace("", None)
    after = title.str.extract(_AFTER_MARK)
    turned = pl.coalesce(in_brackets + " " + bare, after + " " + title.str.replace(_AFTER_MARK, ""))
    aside = set_aside_pattern(lookup)
    marked = pl.col("marked")
    return (
        titles.with_columns(
            strict=strict_key(title),
            loose=loose_key(title),
            turned=loose_key(turned),
            bare_strict=strict_key(bare),
            bare_loose=loose_key(bare),
            in_brackets=loose_key(in_brackets),
            title_qualifier=in_brackets,
        )
        .with_columns(
            marked=pl.col("bare_loose").str.replace_all(f"({aside})", f"{_BOUND}${{1}}{_BOUND}")
        )
        .with_columns(
            kept=loose_key(marked.str.replace_all(_SET_ASIDE, " ")),
            words_set_aside=_unbound(marked.str.extract_all(_SET_ASIDE).list.join(", ")),
            kept_but_first=loose_key(_unbound(marked.str.replace(_SET_ASIDE, " "))),
            first_set_aside=marked.str.extract(_SET_ASIDE),
            kept_but_last=loose_key(_unbound(marked.str.replace(f"^(.*){_SET_ASIDE}", "${1} "))),
            last_set_aside=marked.str.extract(f"^.*{_SET_ASIDE}"),
            kept_in_brackets=loose_key(pl.col("in_brackets").str.replace_all(aside, " ")),
        )
        .with_columns(
            title_qualifier=pl.when(pl.col("kept_in_brackets").is_not_null()).then(
                "title_qualifier"
            ),
            aside_in_brackets=pl.when(pl.col("kept_in_brackets").is_null()).then("in_brackets"),
        )
        .pipe(_split_titles_of_notes, lookup)
    )


def _unbound(key: pl.Expr) -> pl.Expr:
    return key.str.replace_all(_BOUND, "", literal=True)


def set_aside_pattern(lookup: Lookup) -> str:
    """A pattern for the words of a title's loose key that may be set aside."""
    return rf"\b(?:{'|'.join(re.escape(word) for word in lookup.set_aside)})\b"


def _split_titles_of_notes(titles: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """Add what a title of notes.toml and the words beside it make: the columns named above."""
    for key in ("loose", "kept"):
        title, words = _title_and_words(pl.col(key), lookup)
        titles = titles.with_columns(title.alias(f"{key}_title"), words.alias(f"{key}_words"))
    title, words = pl.col("loose_title"), pl.col("loose_words")
    said, title_of = lookup.title_words["said"], lookup.title_words["title"]
    own = pl.when(~pl.col("loose").str.contains(lookup.words_beside["not_beside"])).then(
        title.replace_strict(said, title_of, default=None)
    )
    set_aside = pl.coalesce(title, "kept_title")
    return titles.with_columns(
        named=_named(title, words, lookup),
        named_kept=_named(pl.col("kept_title"), pl.col("kept_words"), lookup),
        apprentice=pl.when(_names(set_aside, lookup)).then(set_aside),
        words_first=pl.concat_str(words, own, separator=" "),
        word_first=pl.concat_str(_one(words), own, separator=" "),
    ).pipe(_with_words_beside, lookup)


def _with_words_beside(titles: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """Add family_title and words_beside, where these are evidence for that title."""
    bare, find = pl.col("bare_loose"), lookup.words_beside
    said = {name: lookup.title_words.filter(words=name)["said"] for name in ("around", "after")}
    after, before, placed = (
        bare.str.extract_groups(find[name]).struct.rename_fields(order)
        for name, order in (
            ("after", ["title", "words"]),
            ("before", ["words", "title"]),
            ("in_place", ["title", "words"]),
        )
    )
    any_after = pl.concat([said["around"], said["after"]]).implode()
    split = [
        pl.when(placed.struct.field("title").is_not_null()).then(placed),
        pl.when(after.struct.field("title").is_in(any_after)).then(after),
        pl.when(before.struct.field("title").is_in(said["around"].implode())).then(before),
    ]
    title, words = (
        pl.coalesce(one.struct.field(name) for one in split) for name in ("title", "words")
    )
    own = title.replace_strict(
        lookup.title_words["said"], lookup.title_words["title"], default=None
    )
    beside = pl.concat_str(words, "title_qualifier", separator=" ", ignore_nulls=True)
    return titles.with_columns(
        family_title=pl.when(~bare.str.contains(find["not_beside"])).then(own),
        words_beside=beside.replace("", None),
    )


def _title_and_words(key: pl.Expr, lookup: Lookup) -> tuple[pl.Expr, pl.Expr]:
    """The title of notes.toml in a key, and the words beside it; null where there is none."""
    after, before = (lookup.words_beside[name] for name in ("after", "before"))
    title = pl.coalesce(key.str.extract(after, 1), key.str.extract(before, 2))
    return title, pl.coalesce(key.str.extract(after, 2), key.str.extract(before, 1))


def _named(title: pl.Expr, words: pl.Expr, lookup: Lookup) -> pl.Expr:
    """The title that words beside one of notes.toml name: as listed there, or themselves."""
    listed = lookup.named_titles
    made = [
        pl.concat_str(title, said, separator=" ").replace_strict(
            listed["said"], listed["title"], default=None
        )
        for said in (words, _one(words))
    ]
    others = words.str.contains(lookup.words_beside["not_named"])
    itself = _names(title, lookup, "beside") | (
        _names(title, lookup) & (words == pl.col("in_brackets"))
    )
    return pl.coalesce(*made, pl.when(itself & ~others).then(_one(words)))


def _names(title: pl.Expr, lookup: Lookup, where: str | None = None) -> pl.Expr:
    """Whether the occupation is named beside a title of notes.toml; if `where` is given, there."""
    naming = lookup.title_words.drop_nulls("names")
    said = naming.filter(names=where) if where else naming
    return title.is_in(said["said"].implode())


def _one(words: pl.Expr) -> pl.Expr:
    """The last word as one of its kind: "bricklayers", and "electrician's" without its mark."""
    return words.str.replace(_PLURAL, "${1}")
