"""The steps for one file of a run: read it, then validate and code it batch by batch."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from flows import progress
from flows.coding import code_records
from flows.coding.audit import CODED_COLUMNS
from flows.coding.extract import SOURCE_ROW, StagedFile, canonical, extract_file, scan_staged
from flows.coding.mapping import read_mapping
from flows.coding.validate import duplicate_ids, quarantine, validate
from flows.lookups import load_lookup
from flows.reports.manifest import SourceFailure, SourceSummary
from flows.run import Run
from schemas.coded import CodedRecord
from schemas.errors import SocRecodeError
from schemas.quarantine import QuarantinedRecord
from schemas.records import EMPLOYER_COLUMNS
from schemas.review import REVIEW_SCHEMA, ReviewedRecord

RESERVED = frozenset({SOURCE_ROW, *CODED_COLUMNS})
COUNTED = {
    "match_methods": "match_method",
    "precedence_rungs": "precedence_rung",
    "default_reasons": "default_reason",
    "review_reasons": "review_reason",
}


def extract_source(run: Run, path: Path) -> StagedFile | SourceFailure:
    """Read one file into the work folder; one that cannot be read is a failure of its own."""
    mapping = read_mapping(run.settings.mapping) if run.settings.mapping else None
    name = run.sources[path]
    try:
        return extract_file(
            path, mapping, run.work / "staging", reserved=RESERVED, source_file=name
        )
    except SocRecodeError as error:
        return SourceFailure(source_file=name, error=str(error), exit_code=error.exit_code)


def find_duplicates(run: Run, staged: list[StagedFile]) -> Path:
    """Write the record_ids that occur more than once over all files; gives the file's path."""
    target = run.work / "duplicates.parquet"
    frames = [canonical(scan_staged(file), mapped_columns(run, file)) for file in staged]
    duplicate_ids(frames).write_parquet(target)
    return target


def mapped_columns(run: Run, staged: StagedFile) -> dict[str, str]:
    """The canonical columns of a file; in a survey, nothing is the employer's to say."""
    if run.settings.kind == "employer":
        return staged.columns
    return {k: v for k, v in staged.columns.items() if k not in EMPLOYER_COLUMNS}


def code_source(
    run: Run, staged: StagedFile, duplicates: Path, identity: dict[str, str]
) -> SourceSummary:
    """Validate and code one staged file; writes its parts of the results to the work folder."""
    began, stem = time.perf_counter(), run.stems[staged.source_file]
    columns, shared = mapped_columns(run, staged), pl.read_parquet(duplicates)
    metadata = {**identity, "source_file": staged.source_file, "source_sha256": staged.sha256}
    outcomes: Counter[str] = Counter(quarantined=staged.rows_quarantined)
    tables: dict[str, Counter[str]] = {table: Counter() for table in COUNTED}
    names: list[str] = []
    done = staged.rows_quarantined
    for number, batch in enumerate(_batches(run, staged)):
        part = f"{stem}-{number:05}.parquet"
        records = canonical(batch.lazy(), columns).collect()
        valid, faults = validate(records, shared)
        if faults.height:
            _write_quarantine(run.work / "quarantine" / part, batch, faults, staged)
        coded = code_records(valid.lazy(), load_lookup(run.edition)).collect()
        CodedRecord.validate(coded)
        inputs = batch if not faults.height else _only(batch, valid)
        pl.concat([inputs, coded], how="horizontal").write_parquet(
            run.result / "coded" / part,
            row_group_size=run.settings.row_group_rows,
            metadata=metadata,
        )
        _write_review(run.work / "review" / part, valid, coded, staged)
        names.append(f"coded/{part}")
        outcomes.update(_count(coded["outcome"]))
        outcomes["quarantined"] += faults.height
        for table, column in COUNTED.items():
            tables[table].update(_count(coded[column]))
        done += batch.height
        progress.report(staged.source_file, done, staged.rows_read)
    return SourceSummary(
        source_file=staged.source_file,
        sha256=staged.sha256,
        read=staged.rows_read,
        **outcomes,
        seconds=round(time.perf_counter() - began, 3),
        mapped={name: f"{column} ({staged.how[name]})" for name, column in columns.items()},
        renamed=staged.renamed,
        coded_files=names,
        **{table: dict(sorted(counter.items())) for table, counter in tables.items()},
    )


def _batches(run: Run, staged: StagedFile) -> Iterator[pl.DataFrame]:
    return scan_staged(staged).collect_batches(
        chunk_size=run.settings.batch_rows, maintain_order=True
    )


def _only(batch: pl.DataFrame, valid: pl.DataFrame) -> pl.DataFrame:
    rows = valid.select(SOURCE_ROW)
    return batch.join(rows, on=SOURCE_ROW, how="semi", maintain_order="left")


def _count(column: pl.Series) -> dict[str, int]:
    return {value: count for value, count in column.value_counts().iter_rows() if value is not None}


def _write_quarantine(
    path: Path, batch: pl.DataFrame, faults: pl.DataFrame, staged: StagedFile
) -> None:
    rows = quarantine(batch, faults, staged.source_file)
    QuarantinedRecord.validate(rows)
    rows.write_parquet(path)


def _write_review(
    path: Path, valid: pl.DataFrame, coded: pl.DataFrame, staged: StagedFile
) -> None:
    """The batch's records in review, in the shape of schemas/review.py."""
    both = pl.concat([valid, coded], how="horizontal").filter(pl.col("outcome") == "review")
    rows = both.with_columns(source_file=pl.lit(staged.source_file)).select(
        pl.col(name).cast(kind) for name, kind in REVIEW_SCHEMA.items()
    )
    ReviewedRecord.validate(rows)
    rows.write_parquet(path)
