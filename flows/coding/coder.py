"""Code batch after batch, doing the costly work once per distinct title, text and case.

A case is a title with what its evidence says about it: nothing, for a title with a single branch.
Texts are numbered as they are met, so that records are compared by numbers, not by text.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from flows.coding.audit import CODED_COLUMNS, CODED_SCHEMA
from flows.coding.liken import LIKENESS, NEVER
from flows.coding.normalise import EVIDENCE_FIELDS, normalise_records
from flows.coding.numbering import Numbering, first_of_each
from flows.coding.qualify import FACTS, read_texts
from flows.coding.stages import match_titles, work_out
from flows.coding.trace import OF_DECISION
from reference.lookup import Lookup

MOST_REMEMBERED = 1_000_000
"""Titles, texts and combinations of them kept from batch to batch, about 1 KiB each; then all are
forgotten and met anew."""

WHAT_MATTERS = ("job_title", *EVIDENCE_FIELDS)
TITLES_SCHEMA = {
    "number": pl.UInt32,
    "job_title": pl.String,
    "title_id": pl.UInt32,
    "match_method": pl.String,
    "title_qualifier": pl.String,
    "words_set_aside": pl.String,
    "title_read_as": pl.String,
    **LIKENESS,
    "needs_evidence": pl.Boolean,
}
_TEXTS = {"field": pl.String, "text": pl.String, "text_no": pl.UInt32}


class Coded(NamedTuple):
    """What coding says of records: few decisions serve many records."""

    decisions: pl.DataFrame
    """One row per decision, used or not, with the columns of CODED_SCHEMA; texts are Enum."""
    decision: pl.Series
    """For each record, in their order, the row of its decision."""
    found: pl.DataFrame
    """The title and the entry of each decision, as numbers of the lookup: OF_DECISION."""

    def by_record(self) -> pl.DataFrame:
        """One row per record, in their order, with the columns of CODED_SCHEMA."""
        return self.decisions.cast(CODED_SCHEMA)[self.decision]


class Decisions:
    """The decisions made so far; their texts are kept once each, and numbered."""

    def __init__(self) -> None:
        self._texts = {name: pl.Series([], dtype=pl.String) for name in CODED_COLUMNS}
        self._numbers = pl.DataFrame(schema=dict.fromkeys(CODED_COLUMNS, pl.UInt32))
        self.found = pl.DataFrame(schema=dict.fromkeys(OF_DECISION, pl.UInt32))
        """The title and the entry of each; null for none."""

    @property
    def height(self) -> int:
        """How many decisions there are."""
        return self._numbers.height

    def add(self, made: pl.DataFrame) -> None:
        """Add rows, with OF_DECISION and the columns of CODED_SCHEMA, below the others."""
        numbers = pl.DataFrame([self._number(made[name]) for name in CODED_COLUMNS])
        self._numbers = pl.concat([self._numbers, numbers])
        self.found = pl.concat([self.found, made.select(OF_DECISION)])

    def _number(self, column: pl.Series) -> pl.Series:
        texts, known = column.cast(pl.String), self._texts[column.name]
        met = texts.drop_nulls().unique(maintain_order=True)
        known = pl.concat([known, met.filter(~met.is_in(known.implode()))])
        self._texts[column.name] = known
        return texts.cast(pl.Enum(known)).to_physical().cast(pl.UInt32)

    def table(self) -> pl.DataFrame:
        """All decisions, a row each, with the columns of CODED_SCHEMA; texts are Enum."""
        columns = []
        for column in self._numbers:
            texts = column.cat.to(pl.Enum(self._texts[column.name]))
            kind = CODED_SCHEMA[column.name]
            columns.append(texts if kind == pl.String else texts.cast(pl.String).cast(kind))
        return pl.DataFrame(columns)


class Coder:
    """Codes the batches of one run. A record's code depends on its own columns only."""

    def __init__(
        self, lookup: Lookup, most_remembered: int = MOST_REMEMBERED, assign_from: int = NEVER
    ) -> None:
        self._lookup = lookup
        self._assign_from = assign_from
        self._most = most_remembered
        self._bearing = _facts_that_bear(lookup)
        self._forget()

    def _forget(self) -> None:
        numbers = dict.fromkeys(WHAT_MATTERS, pl.UInt32)
        self._texts = {name: Numbering() for name in WHAT_MATTERS}
        self._says = {name: Numbering() for name in EVIDENCE_FIELDS}
        self._titles = pl.DataFrame(schema=TITLES_SCHEMA)
        self._met = pl.DataFrame(schema=_TEXTS)
        self._read = pl.DataFrame(schema={"field": pl.String, "text": pl.String, **FACTS})
        self._combinations = pl.DataFrame(schema={**numbers, "decision": pl.UInt32})
        self._cases = self._combinations.clear()
        self._decisions = Decisions()

    def code(self, records: pl.DataFrame) -> Coded:
        """Code canonical records (schemas/records.py)."""
        if self._titles.height + self._combinations.height + self._met.height > self._most:
            self._forget()
        texts = normalise_records(records.lazy(), self._lookup).collect()
        numbers, new_titles = self._needed(texts)
        rows, of_record = first_of_each(numbers)
        numbers = numbers[rows]
        decisions = _known(self._combinations, numbers)
        unmet = decisions.is_null()
        if unmet.any():
            made = self._combine(texts, rows.filter(unmet), numbers.filter(unmet), new_titles)
            decisions = decisions.scatter(unmet.arg_true(), made)
        return Coded(self._decisions.table(), decisions.gather(of_record), self._decisions.found)

    def _combine(
        self, texts: pl.DataFrame, rows: pl.Series, numbers: pl.DataFrame, titles: pl.DataFrame
    ) -> pl.Series:
        """Decide combinations of title and evidence not yet met, which stand in the texts' rows."""
        self._read_new(texts, rows, numbers, titles)
        said = self._said(numbers)
        first, of_combination = first_of_each(said)
        decisions = self._decide(texts, rows[first], said[first]).gather(of_combination)
        met = numbers.with_columns(decision=decisions)
        self._combinations = pl.concat([self._combinations, met])
        return decisions

    def _needed(self, texts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Number the texts, and blank the evidence of titles that need none.

        Also gives the titles that were not met before.
        """
        titles = texts.select(self._texts["job_title"].number(pl.col("job_title"))).to_series()
        new = (
            pl.DataFrame({"number": titles})
            .with_row_index("row")
            .unique("number")
            .join(self._titles, on="number", how="anti")
        )
        worded = new.select("number", job_title=texts["job_title"][new["row"]])
        found = match_titles(worded.lazy().select("job_title"), self._lookup)
        met = worded.lazy().join(found, on="job_title").select(list(TITLES_SCHEMA)).collect()
        self._titles = pl.concat([self._titles, met])
        asks = titles.is_in(self._titles.filter("needs_evidence")["number"].implode())
        evidence = texts.select(
            self._texts[name].number(pl.when(pl.lit(asks)).then(name)) for name in EVIDENCE_FIELDS
        )
        return evidence.select(titles, *EVIDENCE_FIELDS), met

    def _read_new(
        self, texts: pl.DataFrame, rows: pl.Series, numbers: pl.DataFrame, titles: pl.DataFrame
    ) -> None:
        """Find what texts not yet met say, whatever the title; all fields in one search.

        `numbers` are those of the texts' `rows`; `titles` are new, and may have qualifiers.
        """
        new = [
            titles.select(field=pl.lit("title_qualifier"), text="title_qualifier")
            .drop_nulls()
            .unique()
            .join(self._met, on=["field", "text"], how="anti")
            .with_columns(text_no=pl.lit(None, pl.UInt32))
        ]
        for name in EVIDENCE_FIELDS:
            met = self._met.filter(field=name)
            unmet = (
                pl.DataFrame({"text_no": numbers[name], "row": rows})
                .drop_nulls("text_no")
                .unique("text_no")
                .join(met, on="text_no", how="anti")
            )
            text = texts[name][unmet["row"]]
            new.append(unmet.select(field=pl.lit(name), text=text, text_no="text_no"))
        unread = pl.concat(new)
        if unread.height:
            self._met = pl.concat([self._met, unread])
            found = read_texts(unread.select("field", "text"), self._lookup)
            self._read = pl.concat([self._read, found])

    def _said(self, numbers: pl.DataFrame) -> pl.DataFrame:
        """Replace the number of each text by that of what it says about the title.

        Respondents' texts are nearly all different, but most say nothing that a title's entries
        ask for, and the rest say few different things.
        """
        titles = self._titles.select("title_id", job_title="number")
        titled = numbers.join(titles, on="job_title", how="left", maintain_order="left")
        facts = self._met.join(
            self._read.with_columns(fact=_fact(self._lookup)), on=["field", "text"]
        )
        said = {"job_title": numbers["job_title"]}
        for name in EVIDENCE_FIELDS:
            pairs = titled.select("title_id", text_no=name)
            told = self._say(pairs.drop_nulls().unique(), facts.filter(field=name))
            says = pl.when(pl.col("text_no").is_not_null()).then(pl.col("says").fill_null(""))
            joined = pairs.join(told, on=["title_id", "text_no"], how="left", maintain_order="left")
            said[name] = joined.select(self._says[name].number(says)).to_series()
        return pl.DataFrame(said)

    def _say(self, pairs: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
        """What each text says about its title, as one string; no row for nothing."""
        one = pl.format("{}:{}", "fact", pl.col("words").fill_null(""))
        return (
            pairs.lazy()
            .join(facts.lazy().select("text_no", "fact", "words"), on="text_no")
            .join(self._bearing.lazy(), on=["title_id", "fact"], how="semi")
            .group_by("title_id", "text_no")
            .agg(says=one.sort().str.join("|"))
            .collect()
        )

    def _decide(self, texts: pl.DataFrame, rows: pl.Series, said: pl.DataFrame) -> pl.Series:
        """The decision of each distinct case; cases not yet met are decided now.

        A case is what is `said` by the texts of one of the `rows`.
        """
        decisions = _known(self._cases, said)
        unmet = decisions.is_null()
        if unmet.any():
            cases = said.filter(unmet)
            given = [pl.lit(cases[name]).is_not_null() for name in WHAT_MATTERS]
            words = texts[rows.filter(unmet)].select(
                pl.when(is_given).then(name)
                for name, is_given in zip(WHAT_MATTERS, given, strict=True)
            )
            added = cases.with_row_index("decision", offset=self._decisions.height)
            self._cases = pl.concat([self._cases, added.select(self._cases.columns)])
            self._decisions.add(self._work_out(words))
            decisions = decisions.scatter(unmet.arg_true(), added["decision"])
        return decisions

    def _work_out(self, words: pl.DataFrame) -> pl.DataFrame:
        titled = (
            words.lazy()
            .with_row_index("case")
            .join(self._titles.lazy(), on="job_title", how="left", maintain_order="left")
        )
        cases, read = titled.collect().lazy(), self._read.lazy()
        decided = work_out(cases, read, self._lookup, self._assign_from).decided
        return decided.sort("case").select(*CODED_COLUMNS, *OF_DECISION).collect()


def _known(met: pl.DataFrame, numbers: pl.DataFrame) -> pl.Series:
    """The decision on each row of numbers; null for those not yet met."""
    joined = numbers.join(met, on=WHAT_MATTERS, how="left", nulls_equal=True, maintain_order="left")
    return joined["decision"]


def _fact(lookup: Lookup) -> pl.Expr:
    """One number for either kind of fact: criteria first, then whole terms."""
    return pl.coalesce("criterion", pl.col("term") + lookup.criteria.height)


def _facts_that_bear(lookup: Lookup) -> pl.DataFrame:
    """The facts that some entry of a title asks for; one row per title_id and fact."""
    levels = lookup.title_levels
    met = levels.select("title_id", fact="criterion")
    stated = levels.select("title_id", fact=pl.col("term") + lookup.criteria.height)
    return pl.concat([met, stated]).unique()
