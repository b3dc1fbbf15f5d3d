"""Code batch after batch, doing the costly work once per distinct title and once per distinct case.

A case is a title with the evidence that it needs: none, for a title with a single branch. Texts
are numbered as they are met, so that records are compared by numbers, not by text.
"""

from __future__ import annotations

import polars as pl

from flows.coding.audit import CODED_COLUMNS, CODED_SCHEMA
from flows.coding.normalise import EVIDENCE_FIELDS, normalise_records
from flows.coding.stages import match_titles, work_out
from reference.lookup import Lookup

MOST_REMEMBERED = 1_000_000
"""Cases kept from batch to batch, about 1 KiB each; then all are forgotten and met anew."""

WHAT_MATTERS = ("job_title", *EVIDENCE_FIELDS)


class Coder:
    """Codes the batches of one run. A record's code depends on its own columns only."""

    def __init__(self, lookup: Lookup, most_remembered: int = MOST_REMEMBERED) -> None:
        self._lookup = lookup
        self._most = most_remembered
        self._forget()

    def _forget(self) -> None:
        numbers = dict.fromkeys(WHAT_MATTERS, pl.UInt32)
        # Empty, but they keep the numbers of texts alive between batches: Polars forgets the
        # categories of a type, and numbers anew, once no series of that type is left.
        self._numbering = [
            pl.Series(name, [], dtype=pl.Categorical(pl.Categories.random()))
            for name in WHAT_MATTERS
        ]
        self._titles = pl.DataFrame()
        self._cases = pl.DataFrame(schema={**numbers, "decision": pl.UInt32})
        self._decisions = pl.DataFrame(schema=CODED_SCHEMA)

    def code(self, records: pl.DataFrame) -> pl.DataFrame:
        """Code canonical records (schemas/records.py): one row per record, in their order.

        Columns: those of CODED_SCHEMA.
        """
        if self._decisions.height > self._most:
            self._forget()
        texts = normalise_records(records.lazy()).collect()
        numbers = self._relevant(texts, self._number(texts))
        first, position = _first_of_each(numbers)
        decisions = self._decide(texts[first], numbers[first])
        return self._decisions[decisions[position]]

    def _number(self, texts: pl.DataFrame) -> pl.DataFrame:
        return texts.select(
            pl.col(held.name).cast(held.dtype).to_physical() for held in self._numbering
        )

    def _relevant(self, texts: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
        """Blank the evidence of titles that need none, after looking up titles not yet met."""
        title = pl.col("job_title")
        met = self._titles["number"] if self._titles.width else pl.Series(dtype=pl.UInt32)
        new = numbers.with_row_index("row").filter(~title.is_in(met.implode())).unique("job_title")
        found = match_titles(texts[new["row"]].lazy().select("job_title"), self._lookup)
        named = found.join(
            new.lazy().select(number="job_title", job_title=texts[new["row"]]["job_title"]),
            on="job_title",
        )
        self._titles = pl.concat([self._titles, named.collect()], how="diagonal")
        asking = self._titles.filter("needs_evidence")["number"].implode()
        return numbers.with_columns(
            pl.when(title.is_in(asking)).then(pl.col(name)) for name in EVIDENCE_FIELDS
        )

    def _decide(self, texts: pl.DataFrame, numbers: pl.DataFrame) -> pl.Series:
        """The decision of each distinct case; cases not yet met are decided now."""
        known = self._known(numbers)
        unmet = known.is_null()
        if unmet.any():
            cases = numbers.filter(unmet).with_row_index("case")
            words = texts.filter(unmet).select(
                pl.when(pl.lit(cases[name]).is_not_null()).then(name) for name in WHAT_MATTERS
            )
            decided = self._work_out(words)
            offset = self._decisions.height
            added = cases.rename({"case": "decision"}).with_columns(pl.col("decision") + offset)
            self._cases = pl.concat([self._cases, added.select(self._cases.columns)])
            self._decisions = pl.concat([self._decisions, decided.select(CODED_COLUMNS)])
            known = self._known(numbers)
        return known

    def _known(self, numbers: pl.DataFrame) -> pl.Series:
        """The number of each case's decision; null for cases not yet met."""
        joined = numbers.join(
            self._cases, on=WHAT_MATTERS, how="left", nulls_equal=True, maintain_order="left"
        )
        return joined["decision"]

    def _work_out(self, words: pl.DataFrame) -> pl.DataFrame:
        titled = (
            words.lazy()
            .with_row_index("case")
            .join(self._titles.lazy(), on="job_title", how="left", maintain_order="left")
        )
        return work_out(titled.collect().lazy(), self._lookup).decided.sort("case").collect()


def _first_of_each(numbers: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """The rows at which each distinct combination occurs first; and for each row, which of them."""
    rows = numbers.with_row_index("row")
    telling = [name for name in numbers.columns if numbers[name].null_count() < numbers.height]
    firsts = rows.select(pl.col("row").first().over(telling))["row"]
    is_first = firsts == rows["row"]
    order = is_first.cast(pl.UInt32).cum_sum() - 1
    return is_first.arg_true(), order.gather(firsts)
