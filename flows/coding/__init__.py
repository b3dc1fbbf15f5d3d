"""The coding engine: records in, coded records out. Pure Polars; knows nothing of Prefect or disks.

    normalise -> candidates -> qualify -> assign -> audit -> override -> trace

`stages` has them in their order; `Coder` runs them once per distinct title and case,
`override_records` puts people's decisions in their place, and `trace_records` says what became of
the codes that records had before.
"""

from __future__ import annotations

import polars as pl

from flows.coding.audit import CODED_SCHEMA
from flows.coding.changes import Traced, trace_records
from flows.coding.coder import Coded, Coder
from flows.coding.liken import NEVER
from flows.coding.override import Overrides, override_records
from flows.coding.trace import TRACED_SCHEMA
from reference.lookup import Lookup

__all__ = [
    "OUTPUT_SCHEMA",
    "Coded",
    "Coder",
    "Overrides",
    "Traced",
    "code_records",
    "override_records",
    "trace_records",
]

OUTPUT_SCHEMA = pl.Schema({**CODED_SCHEMA, **TRACED_SCHEMA})
"""The columns that stand beside a record's own in the coded files, in their order."""


def code_records(
    records: pl.LazyFrame, lookup: Lookup, *, assign_from: int = NEVER
) -> pl.LazyFrame:
    """Code canonical records (schemas/records.py) in one go; one row per record, in their order.

    Columns: those of `flows.coding.audit.CODED_SCHEMA`. A title in no reading of the index is
    assigned what it is most like from a certainty of `assign_from` per cent. For more than memory
    holds, use a Coder.
    """
    return Coder(lookup, assign_from=assign_from).code(records.collect()).by_record().lazy()
