"""The coding engine: records in, coded records out. Pure Polars; knows nothing of Prefect or disks.

    normalise -> candidates -> qualify -> assign -> audit

`stages` has them in their order; `Coder` runs them once per distinct title and case.
"""

from __future__ import annotations

import polars as pl

from flows.coding.coder import Coded, Coder
from flows.coding.liken import NEVER
from reference.lookup import Lookup

__all__ = ["Coded", "Coder", "code_records"]


def code_records(
    records: pl.LazyFrame, lookup: Lookup, *, assign_from: int = NEVER
) -> pl.LazyFrame:
    """Code canonical records (schemas/records.py) in one go; one row per record, in their order.

    Columns: those of `flows.coding.audit.CODED_SCHEMA`. A title in no reading of the index is
    assigned what it is most like from a certainty of `assign_from` per cent. For more than memory
    holds, use a Coder.
    """
    return Coder(lookup, assign_from=assign_from).code(records.collect()).by_record().lazy()
