"""The coding engine: records in, coded records out. Pure Polars; knows nothing of Prefect or disks.

`code_records` is the whole of it: each stage makes the next one's table, and costly work is done
once per distinct title and once per distinct case (a title with the evidence it needs).
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from flows.coding.assign import assign
from flows.coding.audit import CODED_COLUMNS, audit
from flows.coding.candidates import find_candidates
from flows.coding.normalise import EVIDENCE_FIELDS, normalise_records, normalise_titles
from flows.coding.qualify import find_evidence, meet_terms, qualify
from reference.lookup import Lookup

__all__ = ["Workings", "code_records", "work_out"]

NOT_IN_INDEX = "title is not in the index"


class Workings(NamedTuple):
    """What the stages made of a batch of records."""

    keyed: pl.LazyFrame  # one row per record, in order: case
    cases: pl.LazyFrame  # one row per case: its title and the evidence that it needs
    met: pl.LazyFrame  # one row per case and qualifier term it satisfies
    decided: pl.LazyFrame  # one row per case: the coded columns


def code_records(records: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """Code canonical records (schemas/records.py); one row per record, in their order.

    Columns: CODED_COLUMNS. A record's outcome depends on nothing but its own columns.
    """
    workings = work_out(records, lookup)
    return workings.keyed.join(
        workings.decided, on="case", how="left", maintain_order="left"
    ).select(CODED_COLUMNS)


def work_out(records: pl.LazyFrame, lookup: Lookup) -> Workings:
    """Run all stages, and keep what they made."""
    normalised = normalise_records(records)
    titles = match_titles(normalised, lookup)
    keyed, cases = find_cases(normalised, titles)
    in_index = cases.drop_nulls("title_id")
    asking = in_index.filter("needs_evidence").collect().lazy()
    met = meet_terms(asking, find_evidence(asking, lookup), lookup).collect().lazy()
    fits = qualify(in_index, met, lookup).collect().lazy()
    decided = audit(_with_unknown(cases, assign(in_index, fits, lookup)), lookup)
    return Workings(keyed, cases, met, decided.collect().lazy())


def match_titles(normalised: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """The index title of each distinct job title; one row per job_title, numbered."""
    distinct = normalised.select("job_title").unique()
    found = find_candidates(normalise_titles(distinct, lookup), lookup)
    return found.with_row_index("title_no").collect().lazy()


def find_cases(
    normalised: pl.LazyFrame, titles: pl.LazyFrame
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """The case of each record, and each distinct case with its title.

    A case is a title with the evidence that it needs: none, for a title with a single branch.
    """
    what_matters = ["title_no", *EVIDENCE_FIELDS]
    relevant = (
        normalised.join(
            titles.select("job_title", "title_no", "needs_evidence"),
            on="job_title",
            how="left",
            maintain_order="left",
        )
        .select("title_no", *(pl.when("needs_evidence").then(f).alias(f) for f in EVIDENCE_FIELDS))
        .collect()
        .lazy()
    )
    distinct = relevant.unique(what_matters).with_row_index("case").collect().lazy()
    keyed = relevant.join(
        distinct, on=what_matters, how="left", maintain_order="left", nulls_equal=True
    ).select("case")
    return keyed, distinct.join(titles, on="title_no").collect().lazy()


def _with_unknown(cases: pl.LazyFrame, assigned: pl.LazyFrame) -> pl.LazyFrame:
    """The decisions of all cases: those whose title is not in the index go to review."""
    unknown = pl.col("outcome").is_null()
    return (
        cases.select("case", "match_method", "words_set_aside")
        .join(assigned, on="case", how="left")
        .with_columns(
            outcome=pl.when(unknown).then(pl.lit("review")).otherwise("outcome"),
            review_reason=pl.when(unknown).then(pl.lit(NOT_IN_INDEX)).otherwise("review_reason"),
        )
    )
