"""Rewrite: other readings of titles that are not in the index as they are written.

Each way of rewriting proposes readings; one counts if all proposals that are in the index are the
same title of it. So a title is never turned into another that it might as well be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from flows.coding.candidates import find_candidates
from flows.coding.normalise import normalise_titles, set_aside_pattern
from reference.keys import folded, loose_key
from reference.lookup import Lookup
from reference.spelling import neighbours
from reference.wording import PREPOSITIONS, unordered

_MARKS = r"[(\[)\],]"
_AFTER_MARK = r"(?i)^([^(,]*?)(?:,|\s[-\u2013\u2014]\s?|\s(?:in|at|for|with)\s)\s*(.+?)\s*$"
_LAST_WORD = r"^(?<before>[^(\[,]*?)(?<last>\pL+)(?<after>[^\pL(\[,]*(?:[(\[,].*)?)$"
_PLURALS = (
    (r"men$", "man"),
    (r"ies$", "y"),
    (r"(ch|sh|x|ss)es$", "${1}"),
    (r"([^aious])s$", "${1}"),
)
"""Endings of several and of one, the first that fits counts."""
_JOINS = r"\s*/\s*|\s+(?:and|or|cum)\s+"
_HYPHEN = r"\s*-\s*"
_BEGINS_SMALL = rf"^(?:{'|'.join(PREPOSITIONS)}) "
MOST_READINGS = 24
"""Readings that are looked up for a title with several mistyped words, of which each may be any of
several words."""


@dataclass(frozen=True)
class Rewriting:
    """One way to read a title: what it is called, and what proposes readings.

    `propose` takes distinct job_title and reading so far, and gives job_title and new readings.
    """

    method: str
    propose: Callable[[pl.DataFrame, Lookup], pl.DataFrame]
    goes_on: bool = False
    """Whether the ways after it go on from what it read, where that is not in the index."""


def rewrite_words(kind: str) -> Callable[[pl.DataFrame, Lookup], pl.DataFrame]:
    """Read words as the rewrites of one kind in reference/wording/rewrites.csv say.

    Words that may mean several things without others beside them are read as each of these. A
    title without any of the words has no new reading.
    """

    def propose(titles: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
        rewrites = lookup.rewrites.filter(kind=kind)
        needs_others = pl.col("beside").list.len() > 0
        spaced = titles.with_columns(text=_spaced(pl.col("reading")))
        spaced = spaced.with_columns(as_said="text")
        for _, said, means, beside in _occurring(rewrites.filter(needs_others), spaced).rows():
            spaced = spaced.with_columns(text=_put(pl.col("text"), said, means, beside))
        meanings = (
            rewrites.filter(~needs_others)
            .group_by(pl.format(" {} ", pl.col("said").str.replace_all(" ", "  ")))
            .agg(pl.format(" {} ", pl.col("means").str.replace_all(" ", "  ")))
            .sort("said")
        )
        readings = []
        most = meanings.select(pl.col("means").list.len().max()).item() or 1
        for number in range(most):
            nth = pl.col("means").list.get(number, null_on_oob=True)
            put = meanings.select(pl.coalesce(nth, pl.col("means").list.first()))["means"]
            text = pl.col("text").str.replace_many(
                meanings["said"].to_list(), put.to_list(), leftmost=True
            )
            read = spaced.with_columns(text).filter(pl.col("text") != pl.col("as_said"))
            readings.append(read.select("job_title", reading=pl.col("text").pipe(_closed)))
        return pl.concat(readings)

    return propose


def _occurring(rewrites: pl.DataFrame, spaced: pl.DataFrame) -> pl.DataFrame:
    """The rewrites of which the words occur in some text at all: few do."""
    there = pl.format(" {} ", pl.col("said").str.replace_all(" ", "  "))
    sought = rewrites.select(there.unique()).to_series().implode()
    found = spaced.select(pl.col("text").str.extract_many(sought, overlapping=True))
    return rewrites.filter(there.is_in(found["text"].explode().drop_nulls().unique().implode()))


def _put(text: pl.Expr, said: str, means: str, beside: list[str]) -> pl.Expr:
    """The text with `means` for `said`, if a word of those beside stands elsewhere in it."""
    there = f" {said.replace(' ', '  ')} "
    others = text.str.replace_all(there, " ", literal=True)
    stands = others.str.contains_any([f" {word} " for word in beside])
    put = text.str.replace_all(there, f" {means.replace(' ', '  ')} ", literal=True)
    return pl.when(stands).then(put).otherwise(text)


def read_as_one(titles: pl.DataFrame, _lookup: Lookup) -> pl.DataFrame:
    """Read a title of several people as that of one: "software engineers"."""
    parts = folded(pl.col("reading")).str.extract_groups(_LAST_WORD).struct
    before, last, after = (parts.field(name) for name in ("before", "last", "after"))
    one = pl.coalesce(
        pl.when(last.str.contains(many)).then(last.str.replace(many, one)) for many, one in _PLURALS
    )
    return titles.select(
        "job_title", reading=pl.concat_str(before, one, after).str.strip_chars()
    ).drop_nulls("reading")


def bracket_what_follows(titles: pl.DataFrame, _lookup: Lookup) -> pl.DataFrame:
    """Read what follows a mark, or "in", "at", "for" or "with", as if it stood in brackets.

    There it is evidence of the work or the workplace, or says nothing: "Manager in retail",
    "Wire filler - Bristol".
    """
    reading = pl.col("reading").str.replace(_AFTER_MARK, "${1} (${2})")
    return titles.select("job_title", reading=reading)


def repair_spelling(titles: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    """Read words that the index does not know as those one typing error away that it does."""
    words = (
        titles.lazy()
        .with_row_index("title")
        .with_columns(word=_spaced(pl.col("reading")).str.strip_chars().str.split(" "))
        .explode("word")
        .filter(pl.col("word") != "")
        .with_row_index("position")
        .collect()
    )
    unknown = (
        words.lazy()
        .select("word")
        .filter(pl.col("word").str.contains(r"^\p{L}+$"))
        .unique()
        .join(lookup.vocabulary.lazy(), on="word", how="anti")
    )
    meant = (
        neighbours(unknown, lookup.spellings.lazy())
        .group_by("word")
        .agg(pl.col("meant").sort())
        .collect()
    )
    choices = words.join(meant, on="word", how="left", maintain_order="left").with_columns(
        choices=pl.col("meant").list.len().fill_null(1).cast(pl.Int64)
    )
    many = pl.col("choices").cum_prod().over("title")
    return (
        choices.lazy()
        .with_columns(stride=many // pl.col("choices"), readings=many.max().over("title"))
        .filter(pl.col("readings").is_between(2, MOST_READINGS) | _repaired_once())
        .with_columns(number=pl.int_ranges(0, pl.col("readings")))
        .explode("number")
        .with_columns(
            word=pl.coalesce(
                pl.col("meant").list.get(
                    pl.col("number") // pl.col("stride") % pl.col("choices"), null_on_oob=True
                ),
                "word",
            )
        )
        .group_by("title", "job_title", "number")
        .agg(reading=pl.col("word").sort_by("position").str.join(" ").pipe(_closed))
        .select("job_title", "reading")
        .collect()
    )


def _repaired_once() -> pl.Expr:
    """Whether a title has a mistyped word, and only one choice for it."""
    any_repaired = pl.col("meant").is_not_null().any().over("title")
    return any_repaired & (pl.col("readings") == 1)


def reorder_words(titles: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    """Read a title as the only one of the index with the same words in another order.

    Small words may be dropped between others; where a preposition begins the title it belongs to
    the next word ("In-flight manager").
    """
    key = loose_key(pl.col("reading"))
    aside = set_aside_pattern(lookup)
    kept = loose_key(key.str.replace_all(aside, " "))
    dropped = key.str.extract_all(aside).list.join(" ")
    return (
        titles.select("job_title", kept=kept, dropped=dropped)
        .filter(~pl.col("kept").str.contains(_BEGINS_SMALL))
        .with_columns(unordered=unordered(pl.col("kept")))
        .join(lookup.unordered_titles, on="unordered")
        .select("job_title", reading=pl.format("{} {}", "dropped", "key").str.strip_chars())
    )


def first_of_two(joins: str) -> Callable[[pl.DataFrame, Lookup], pl.DataFrame]:
    """Read a title that names two jobs, both in the index, as the first of them.

    `joins` is a pattern of what stands between them.
    """

    def propose(titles: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
        jobs = titles.select(
            "job_title",
            job=folded(pl.col("reading")).str.replace_all(joins, "/").str.split("/"),
        ).filter(pl.col("job").list.len() == 2)
        if jobs.is_empty():
            return titles.clear()
        named = jobs.explode("job").select(job_title="job").unique()
        known = _found(named, lookup)["job_title"].implode()
        both = pl.col("job").list.eval(pl.element().is_in(known)).list.all()
        return jobs.filter(both).select("job_title", reading=pl.col("job").list.first())

    return propose


REWRITINGS = (
    Rewriting("words_rewritten", rewrite_words("abbreviation"), goes_on=True),
    Rewriting("words_rewritten", rewrite_words("spelling"), goes_on=True),
    Rewriting("words_rewritten", rewrite_words("form"), goes_on=True),
    Rewriting("read_as_one", read_as_one),
    Rewriting("rest_as_qualifier", bracket_what_follows, goes_on=True),
    Rewriting("words_rewritten", rewrite_words("synonym")),
    Rewriting("spelling_repaired", repair_spelling),
    Rewriting("first_of_two_jobs", first_of_two(_JOINS)),
    Rewriting("words_reordered", reorder_words),
    Rewriting("first_of_two_jobs", first_of_two(_HYPHEN)),  # a "conductor-driver" is one job
)
"""The ways in the order in which they are tried; each goes on from what the ones before read."""


def rewrite_titles(found: pl.DataFrame, lookup: Lookup) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Look titles that are not in the index up in other readings; one row per `job_title`.

    `found` is of `find_candidates`; adds `title_read_as`, the reading that is in the index (null:
    as it is written), and gives match_method the name of the rewriting. Also gives the titles
    that are in the index in no reading, and the `reading` that they came to.
    """
    not_found = found.filter(pl.col("title_id").is_null())
    readings = not_found.select("job_title", reading="job_title")
    if not_found.is_empty():
        return found.with_columns(title_read_as=pl.lit(None, pl.String)), readings
    proposals = []
    for rung, rewriting in enumerate(REWRITINGS):
        proposed = rewriting.propose(readings, lookup).unique(maintain_order=True)
        proposed = proposed.join(readings, on=["job_title", "reading"], how="anti")
        proposals.append(proposed.select(pl.lit(rung).alias("rung"), "job_title", "reading"))
        if rewriting.goes_on:
            first = proposed.unique("job_title", keep="first", maintain_order=True)
            readings = readings.join(first, on="job_title", how="left").select(
                "job_title", reading=pl.coalesce("reading_right", "reading")
            )
    hits = _first_to_count(pl.concat(proposals), lookup).select(*found.columns, "title_read_as")
    as_written = found.join(hits, on="job_title", how="anti")
    titles = [as_written.with_columns(title_read_as=pl.lit(None, pl.String)), hits]
    return pl.concat(titles), readings.join(hits, on="job_title", how="anti")


def _found(titles: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    """The index titles of distinct titles, of those that are in the index."""
    found = find_candidates(normalise_titles(titles.lazy(), lookup), lookup)
    return found.collect(engine="in-memory").drop_nulls("title_id")


def _first_to_count(proposals: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    """Of each title, the reading of the first way whose readings lead to one title of the index."""
    readings = proposals.select(job_title="reading").unique()
    known = _found(readings, lookup).rename({"job_title": "title_read_as"})
    methods = {rung: rewriting.method for rung, rewriting in enumerate(REWRITINGS)}
    return (
        proposals.join(known, left_on="reading", right_on="title_read_as", coalesce=False)
        .filter(pl.col("title_id").n_unique().over("rung", "job_title") == 1)
        .sort("job_title", "rung", "title_read_as")
        .unique("job_title", keep="first", maintain_order=True)
        .with_columns(match_method=pl.col("rung").replace_strict(methods, return_dtype=pl.String))
    )


def _spaced(text: pl.Expr) -> pl.Expr:
    """Each word, bracket and comma with a space on either side, so that whole words are found."""
    words = (
        folded(text)
        .str.replace_all(r"\s[-\u2013\u2014]\s", " , ")
        .str.replace_all(r"\b(\p{L})\.", "${1}")
        .str.replace_all(rf"({_MARKS})", " ${1} ")
        .str.replace_all(r"[^\p{L}\p{N}()\[\],/]+|(/)", " ${1} ")
        .str.replace_all(r"\s+", "  ")
        .str.strip_chars()
    )
    return pl.format(" {} ", words)


def _closed(text: pl.Expr) -> pl.Expr:
    """The text with single spaces, and brackets and commas as they are usually written."""
    return (
        text.str.replace_all(r"\s+", " ")
        .str.replace_all(r"([(\[]) ", "${1}")
        .str.replace_all(r" ([)\],])", "${1}")
        .str.strip_chars()
    )
