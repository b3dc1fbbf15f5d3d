"""Code a batch of an extract as a run does: validate, code, trace. Knows no files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from flows.coding import Coded, Coder, Overrides, Traced, override_records, trace_records
from flows.coding.extract import canonical
from flows.coding.validate import Validated, validate
from reference.lookup import Lookup
from reference.skilled_worker import SkilledWorkerRules


class CodedBatch(NamedTuple):
    """What a run makes of a batch."""

    validated: Validated
    coded: Coded
    traced: Traced
    met: pl.DataFrame | None
    """What the batch says of overrides (flows/coding/override.py); None: there are none."""

    def by_record(self) -> pl.DataFrame:
        """One row per valid record, in their order, with the columns of OUTPUT_SCHEMA."""
        return pl.concat([self.coded.by_record(), self.traced.by_record()], how="horizontal")


@dataclass(frozen=True)
class BatchCoder:
    """Codes the batches of one file."""

    coder: Coder
    lookup: Lookup
    columns: dict[str, str]
    """Each canonical column, and the file's column it is read from."""
    assumed: str | None
    """The classification of four-digit previous codes that come without one."""
    skilled_worker: SkilledWorkerRules | None
    """The tables by which a change has consequences, if any are installed."""
    overrides: Overrides | None
    """People's decisions, which come before the engine's."""

    def code(self, batch: pl.DataFrame, duplicates: pl.DataFrame) -> CodedBatch:
        """Code a batch with the file's own columns and source_row.

        `duplicates` is the answer of `duplicate_ids` for the whole run.
        """
        validated = validate(canonical(batch.lazy(), self.columns).collect(), duplicates)
        coded, met = self.coder.code(validated.valid), None
        if self.overrides:
            coded, met = override_records(validated.valid, coded, self.overrides, self.lookup)
        traced = trace_records(
            validated.valid, coded, self.lookup, self.assumed, self.skilled_worker
        )
        return CodedBatch(validated, coded, traced, met)
