"""Changes: trace a batch's previous codes, once per distinct decision and previous code."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from flows.coding.coder import Coded
from flows.coding.numbering import first_of_each
from flows.coding.trace import TRACED_SCHEMA, previous_codes, trace
from reference.lookup import Lookup

if TYPE_CHECKING:
    from reference.skilled_worker import SkilledWorkerRules

_OF_CODED = (
    "outcome",
    "unit_group",
    "sub_unit_group",
    "evidence",
    "default_reason",
    "review_reason",
    "override_id",
)


class Traced(NamedTuple):
    """What became of records' previous codes: few changes serve many records."""

    changes: pl.DataFrame
    """One row per distinct decision and previous code: `decision`, the row of the decision, and
    the columns of TRACED_SCHEMA; texts are Enum."""
    change: pl.Series
    """For each record, in their order, the row of its change."""

    def by_record(self) -> pl.DataFrame:
        """One row per record, in their order, with the columns of TRACED_SCHEMA; texts are Enum."""
        return self.changes.select(TRACED_SCHEMA.names())[self.change]


def trace_records(
    records: pl.DataFrame,
    coded: Coded,
    lookup: Lookup,
    assumed: str | None = None,
    skilled_worker: SkilledWorkerRules | None = None,
) -> Traced:
    """Trace canonical records' previous codes through what they were coded to.

    `assumed` is the classification of four-digit codes that come without one; `skilled_worker`
    are the tables by which a change has consequences, if any.
    """
    if records["previous_code"].is_null().all():
        return _untraced(coded)
    previous = previous_codes(records.lazy(), assumed).collect()
    numbers = previous.select(pl.all().cast(pl.Categorical(pl.Categories.random())).to_physical())
    rows, change = first_of_each(numbers.with_columns(coded.decision.alias("decision")))
    decision = coded.decision.gather(rows).alias("decision")
    decided = coded.decisions.select(_OF_CODED)[decision].with_columns(
        pl.col(pl.Enum).cast(pl.String)
    )
    distinct = pl.concat([previous[rows], decided, coded.found[decision]], how="horizontal")
    traced = trace(distinct.lazy(), lookup, skilled_worker).collect()
    texts = [name for name, kind in TRACED_SCHEMA.items() if kind == pl.String]
    return Traced(
        traced.with_columns(_enumerated(traced[name]) for name in texts).with_columns(decision),
        change,
    )


def _untraced(coded: Coded) -> Traced:
    """What became of records without previous codes: a row per decision, used or not."""
    nothing = (
        pl.lit(None, pl.Enum([]) if kind == pl.String else kind).alias(name)
        for name, kind in TRACED_SCHEMA.items()
    )
    decision = pl.int_range(pl.len()).cast(coded.decision.dtype).alias("decision")
    return Traced(coded.decisions.select(*nothing, decision), coded.decision)


def _enumerated(texts: pl.Series) -> pl.Series:
    return texts.cast(pl.Enum(texts.drop_nulls().unique(maintain_order=True)))
