"""The steps for one file of a run: read it, then validate and code it batch by batch."""

from __future__ import annotations

import time
from pathlib import Path

import polars as pl

from flows import progress
from flows.batches import BatchCoder
from flows.coding import OUTPUT_SCHEMA, Coder
from flows.coding.extract import SOURCE_ROW, StagedFile, canonical, extract_file, scan_staged
from flows.coding.mapping import read_mapping
from flows.coding.trace import tell_classification
from flows.coding.validate import duplicate_ids
from flows.lookups import load_lookup
from flows.overrides import load_overrides
from flows.parts import CodedParts
from flows.reports.manifest import SourceFailure, SourceSummary
from flows.run import Run
from schemas.errors import SocRecodeError
from schemas.records import EMPLOYER_COLUMNS

RESERVED = frozenset({SOURCE_ROW, *OUTPUT_SCHEMA})


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
    began, done = time.perf_counter(), staged.rows_quarantined
    columns, shared = mapped_columns(run, staged), pl.read_parquet(duplicates)
    metadata = {**identity, "source_file": staged.source_file, "source_sha256": staged.sha256}
    lookup = load_lookup(run.edition)
    told = tell_classification(canonical(scan_staged(staged), columns), lookup)
    coder = BatchCoder(
        Coder(lookup, assign_from=run.settings.assign_likeness_from),
        lookup,
        columns,
        assumed=next(iter(told), None),
        skilled_worker=run.skilled_worker,
        overrides=load_overrides(run.overrides, lookup) if run.overrides else None,
    )
    parts = CodedParts(run, staged, metadata)
    batches = scan_staged(staged).collect_batches(
        chunk_size=run.settings.batch_rows, maintain_order=True
    )
    for batch in batches:
        coded = coder.code(batch, shared)
        parts.write(batch, coded)
        done += batch.height
        progress.report(staged.source_file, done, staged.rows_read)
    return SourceSummary.model_validate(
        {
            "source_file": staged.source_file,
            "path": str(staged.source.absolute()),
            "sha256": staged.sha256,
            "read": staged.rows_read,
            "seconds": round(time.perf_counter() - began, 3),
            "mapped": {name: f"{column} ({staged.how[name]})" for name, column in columns.items()},
            "renamed": staged.renamed,
            "coded_files": parts.names,
            "four_digit_codes_of": told,
            **parts.outcomes,
            **{table: dict(sorted(counter.items())) for table, counter in parts.tables.items()},
            "missing_evidence_weights": {
                fields: round(weight, 3) for fields, weight in sorted(parts.missing_weights.items())
            },
        }
    )
