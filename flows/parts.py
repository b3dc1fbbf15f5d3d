"""Write a file's results part by part, and count them on the way."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl

from flows.batches import CodedBatch
from flows.coded_files import write_coded
from flows.coding import Coded, Traced
from flows.coding.audit import CODED_SCHEMA
from flows.coding.extract import SOURCE_ROW, StagedFile
from flows.coding.normalise import industry_that_counts
from flows.coding.trace import TRACED_SCHEMA
from flows.coding.validate import quarantine
from flows.reports.manifest import COUNTED
from flows.run import Run
from flows.tallies import tally
from schemas.coded import CodedRecord, TracedRecord
from schemas.quarantine import QuarantinedRecord
from schemas.review import REVIEW_SCHEMA, ReviewedRecord


class CodedParts:
    """The parts of one file's results in the work folder, and what is counted on the way."""

    def __init__(self, run: Run, staged: StagedFile, metadata: dict[str, str]) -> None:
        self._run, self._staged, self._metadata = run, staged, metadata
        self.names: list[str] = []
        self.outcomes: Counter[str] = Counter(quarantined=staged.rows_quarantined)
        self.tables: dict[str, Counter[str]] = {table: Counter() for table in COUNTED}
        self.missing_weights: Counter[str] = Counter()

    def write(self, batch: pl.DataFrame, told: CodedBatch) -> None:
        """Check and write one coded batch: coded, quarantined and review records."""
        (valid, faults), coded, traced, met = told
        name = f"{self._run.stems[self._staged.source_file]}-{len(self.names):05}.parquet"
        if met is not None:
            met.write_parquet(self._folder("overridden") / name)
        self._count(name, coded, traced, valid["weight"], faults.height)
        if faults.height:
            self._write_quarantine(name, batch, faults)
            rows = valid.select(SOURCE_ROW)
            batch = batch.join(rows, on=SOURCE_ROW, how="semi", maintain_order="left")
        self._write_review(name, valid, coded)
        write_coded(
            self._run.result / "coded" / name,
            batch,
            coded,
            traced,
            row_group_rows=self._run.settings.row_group_rows,
            metadata=self._metadata,
        )
        self.names.append(f"coded/{name}")

    def _count(
        self, name: str, coded: Coded, traced: Traced, weight: pl.Series, faulty: int
    ) -> None:
        """Check what was decided, and count it."""
        used = coded.decision.unique().sort()
        CodedRecord.validate(coded.decisions[used].cast(CODED_SCHEMA))
        TracedRecord.validate(traced.changes.select(TRACED_SCHEMA.names()).cast(TRACED_SCHEMA))
        tallies = tally(coded, traced, weight)
        tallies.write_parquet(self._folder("tallies") / name)
        self.outcomes.update(_sum(tallies, "outcome", "records"))
        self.outcomes["quarantined"] += faulty
        for table, column in COUNTED.items():
            self.tables[table].update(_sum(tallies, column, "records"))
        self.missing_weights.update(_sum(tallies, "missing_evidence", "weight"))

    def _write_quarantine(self, name: str, batch: pl.DataFrame, faults: pl.DataFrame) -> None:
        rows = quarantine(batch, faults, self._staged.source_file)
        QuarantinedRecord.validate(rows)
        rows.write_parquet(self._folder("quarantine") / name)

    def _write_review(self, name: str, valid: pl.DataFrame, coded: Coded) -> None:
        """The batch's records in review, in the shape of schemas/review.py."""
        outcome = coded.decisions["outcome"].cast(pl.String)
        in_review = (outcome == "review").gather(coded.decision)
        decided = coded.decisions[coded.decision.filter(in_review)]
        texts = valid.filter(in_review).with_columns(industry_that_counts())
        both = pl.concat([texts, decided], how="horizontal")
        rows = both.with_columns(source_file=pl.lit(self._staged.source_file)).select(
            pl.col(name).cast(kind) for name, kind in REVIEW_SCHEMA.items()
        )
        ReviewedRecord.validate(rows)
        rows.write_parquet(self._folder("review") / name)

    def _folder(self, name: str) -> Path:
        return self._run.work / name


def _sum(tallies: pl.DataFrame, column: str, measure: str) -> dict[str, Any]:
    """How many records, or how much weight, each value of a column has."""
    given = tallies.drop_nulls(column).group_by(column).agg(pl.col(measure).sum())
    return dict(given.iter_rows())
