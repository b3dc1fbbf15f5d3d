"""The coding engine: records in, coded records out. Pure Polars; knows nothing of Prefect or disks.

`code_records` is the whole of it: each stage makes the next one's table, and costly work is done
once per distinct title and once per distinct case (a title with the evidence it needs).
"""

from __future__ import annotations

import polars as pl

from flows.coding.assign import assign
from flows.coding.audit import CODED_COLUMNS, audit
from flows.coding.candidates import find_candidates
from flows.coding.normalise import EVIDENCE_FIELDS, normalise_records, normalise_titles
from flows.coding.qualify import find_evidence, meet_terms, qualify
from reference.lookup import Lookup

__all__ = ["CODED_COLUMNS", "code_records"]

NOT_IN_INDEX = "title is not in the index"


def code_records(records: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """Code canonical records (schemas/records.py); one row per record, in their order.

    Columns: CODED_COLUMNS. A record's outcome depends on nothing but its own columns.
    """
    normalised = normalise_records(records)
    titles = code_titles(normalised, lookup)
    cases, keyed = find_cases(normalised, titles)
    decided = code_cases(cases, titles, lookup)
    return keyed.join(decided, on="case", how="left", maintain_order="left").select(CODED_COLUMNS)


def code_titles(normalised: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """The index title of each distinct job title; one row per job_title."""
    distinct = normalised.select("job_title").unique()
    found = find_candidates(normalise_titles(distinct, lookup), lookup)
    return found.with_row_index("title_no").collect().lazy()


def find_cases(
    normalised: pl.LazyFrame, titles: pl.LazyFrame
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Distinct cases, and the records with the number of theirs.

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
    cases = relevant.unique(what_matters).with_row_index("case").collect().lazy()
    keyed = relevant.join(
        cases, on=what_matters, how="left", maintain_order="left", nulls_equal=True
    ).select("case")
    return cases, keyed


def code_cases(cases: pl.LazyFrame, titles: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """Decide each distinct case; one row per case with CODED_COLUMNS."""
    known = cases.join(titles.drop("job_title"), on="title_no").collect().lazy()
    in_index = known.drop_nulls("title_id")
    asking = in_index.filter("needs_evidence").collect().lazy()
    evidence = find_evidence(asking, lookup).collect().lazy()
    met = meet_terms(asking, evidence, lookup).collect().lazy()
    fits = qualify(in_index, met, lookup).collect().lazy()
    assigned = assign(in_index, fits, lookup).collect().lazy()
    decisions = known.select("case", "match_method", "words_set_aside").join(
        assigned, on="case", how="left"
    )
    unknown = pl.col("outcome").is_null()
    return audit(
        decisions.with_columns(
            outcome=pl.when(unknown).then(pl.lit("review")).otherwise("outcome"),
            review_reason=pl.when(unknown).then(pl.lit(NOT_IN_INDEX)).otherwise("review_reason"),
        ),
        lookup,
    ).collect().lazy()
