"""Write a file's results part by part, and count them on the way."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl

from flows.coded_files import write_coded
from flows.coding import Coded
from flows.coding.audit import CODED_SCHEMA
from flows.coding.extract import SOURCE_ROW, StagedFile
from flows.coding.validate import Validated, quarantine
from flows.reports.manifest import COUNTED
from flows.run import Run
from schemas.coded import CodedRecord
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

    def write(self, batch: pl.DataFrame, validated: Validated, coded: Coded) -> None:
        """Check and write one coded batch: coded, quarantined and review records."""
        valid, faults = validated
        name = f"{self._run.stems[self._staged.source_file]}-{len(self.names):05}.parquet"
        uses = _uses(coded.decision, valid["weight"])
        decided = coded.decisions[uses["decision"]].cast(CODED_SCHEMA)
        CodedRecord.validate(decided)
        if faults.height:
            self._write_quarantine(name, batch, faults)
            rows = valid.select(SOURCE_ROW)
            batch = batch.join(rows, on=SOURCE_ROW, how="semi", maintain_order="left")
        self._write_review(name, valid, coded)
        write_coded(
            self._run.result / "coded" / name,
            batch,
            coded,
            row_group_rows=self._run.settings.row_group_rows,
            metadata=self._metadata,
        )
        self.names.append(f"coded/{name}")
        self.outcomes.update(_count(decided["outcome"], uses["uses"]))
        self.outcomes["quarantined"] += faults.height
        for table, column in COUNTED.items():
            self.tables[table].update(_count(decided[column], uses["uses"]))
        self.missing_weights.update(_count(decided["missing_evidence"], uses["weight"]))

    def _write_quarantine(self, name: str, batch: pl.DataFrame, faults: pl.DataFrame) -> None:
        rows = quarantine(batch, faults, self._staged.source_file)
        QuarantinedRecord.validate(rows)
        rows.write_parquet(self._folder("quarantine") / name)

    def _write_review(self, name: str, valid: pl.DataFrame, coded: Coded) -> None:
        """The batch's records in review, in the shape of schemas/review.py."""
        outcome = coded.decisions["outcome"].cast(pl.String)
        in_review = (outcome == "review").gather(coded.decision)
        decided = coded.decisions[coded.decision.filter(in_review)]
        both = pl.concat([valid.filter(in_review), decided], how="horizontal")
        rows = both.with_columns(source_file=pl.lit(self._staged.source_file)).select(
            pl.col(name).cast(kind) for name, kind in REVIEW_SCHEMA.items()
        )
        ReviewedRecord.validate(rows)
        rows.write_parquet(self._folder("review") / name)

    def _folder(self, name: str) -> Path:
        return self._run.work / name


def _uses(decision: pl.Series, weight: pl.Series) -> pl.DataFrame:
    """How many records have each decision, and their weight together; without a weight it is 1."""
    return (
        pl.DataFrame([decision.alias("decision"), weight.fill_null(1.0).alias("weight")])
        .group_by("decision")
        .agg(uses=pl.len(), weight=pl.col("weight").sum())
    )


def _count(column: pl.Series, uses: pl.Series) -> dict[str, Any]:
    """How many records, or how much weight, each value of a column of decisions has."""
    counted = pl.DataFrame([column.alias("value"), uses.alias("uses")]).drop_nulls("value")
    return dict(counted.group_by("value").agg(pl.col("uses").sum()).iter_rows())
