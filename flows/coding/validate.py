"""Tell the records that can be coded from those that cannot, with every reason for each.

Works on collected batches (see schemas/records.py for why). Whether a record_id is unique is
known only over all files, so `duplicate_ids` is asked first and its answer is given to each batch.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl
from pandera.errors import SchemaErrors

from flows.coding.extract import SOURCE_ROW
from schemas.quarantine import QUARANTINE_SCHEMA
from schemas.records import CanonicalRecord, classification, weight

DUPLICATE = "record_id: given to more than one record"


class Validated(NamedTuple):
    """The two halves of a batch; every record is in exactly one."""

    valid: pl.DataFrame  # source_row and the canonical columns, cast and written one way
    faults: pl.DataFrame  # source_row, record_id, reasons


def duplicate_ids(frames: list[pl.LazyFrame]) -> pl.DataFrame:
    """Return each record_id that occurs more than once over all frames; one row per id.

    Looks for equal hashes first, eight bytes a record, and then at the text of those alone, so
    that ten million ids need well under 1 GiB.
    """
    given = pl.concat([frame.select("record_id").drop_nulls() for frame in frames])
    hashes = given.select(hash=pl.col("record_id").hash(seed=0)).collect()["hash"].sort()
    twice = hashes.filter(hashes == hashes.shift(1)).unique()
    return (
        given.filter(pl.col("record_id").hash(seed=0).is_in(twice.implode()))
        .group_by("record_id")
        .len()
        .filter(pl.col("len") > 1)
        .select("record_id")
        .sort("record_id")
        .collect()
    )


def validate(records: pl.DataFrame, duplicates: pl.DataFrame) -> Validated:
    """Check one batch of canonical records (see `extract.canonical`).

    `duplicates` is the answer of `duplicate_ids`: all records of such an id are faults, because
    which of them is right cannot be known. In the valid records, weight is a number, SIC codes
    are bare digits, classifications have their canonical names and six-digit codes a stroke.
    """
    reasons = pl.concat([_failed_checks(records), _duplicated(records, duplicates)])
    grouped = reasons.group_by("index").agg("reason").rename({"reason": "reasons"})
    judged = records.with_row_index("index").join(
        grouped, on="index", how="left", maintain_order="left"
    )
    faults = judged.filter(pl.col("reasons").is_not_null())
    valid = judged.filter(pl.col("reasons").is_null()).select(records.columns)
    return Validated(_cast(valid), faults.select(SOURCE_ROW, "record_id", "reasons"))


def quarantine(staged: pl.DataFrame, faults: pl.DataFrame, source_file: str) -> pl.DataFrame:
    """Build the quarantine rows of a staged batch; one row per fault, in the batch's order.

    `staged` has source_row and the input's columns (see `extract.scan_staged`), which become the
    content as JSON; `faults` is that of `validate`. Columns: those of QuarantinedRecord.
    """
    faulty = staged.join(
        faults.select(SOURCE_ROW), on=SOURCE_ROW, how="semi", maintain_order="left"
    )
    inputs = [_writable(name, kind) for name, kind in staged.schema.items() if name != SOURCE_ROW]
    content = faulty.select(SOURCE_ROW, content=pl.struct(inputs).struct.json_encode())
    rows = content.join(faults, on=SOURCE_ROW, how="left", maintain_order="left")
    return rows.with_columns(source_file=pl.lit(source_file)).select(
        pl.col(name).cast(kind) for name, kind in QUARANTINE_SCHEMA.items()
    )


def _failed_checks(records: pl.DataFrame) -> pl.DataFrame:
    """Return the checks that failed; one row per record and check: index, reason."""
    try:
        CanonicalRecord.validate(records, lazy=True)
    except SchemaErrors as error:
        cases: pl.DataFrame = error.failure_cases
        if cases["index"].null_count():
            raise  # the table itself is wrong: a defect, not a fault of a record
        column, check = pl.col("column"), pl.col("check")
        of_column = pl.col("schema_context") == "Column"
        reason = pl.when(of_column).then(pl.format("{}: {}", column, check)).otherwise(check)
        return cases.select(pl.col("index").cast(pl.UInt32), reason=reason)
    return pl.DataFrame(schema={"index": pl.UInt32, "reason": pl.String})


def _duplicated(records: pl.DataFrame, duplicates: pl.DataFrame) -> pl.DataFrame:
    shared = records.select("record_id").with_row_index("index")
    rows = shared.join(duplicates, on="record_id", how="semi", maintain_order="left")
    return rows.select("index", reason=pl.lit(DUPLICATE))


def _cast(valid: pl.DataFrame) -> pl.DataFrame:
    code = pl.col("previous_code")
    return valid.with_columns(
        pl.col("sic2007", "employer_sic2007").str.replace_all("[./]", ""),
        classification(pl.col("previous_classification")),
        code.str.replace("^([0-9]{4})([0-9]{2})$", "${1}/${2}"),
        weight(pl.col("weight")),
    )


def _writable(name: str, kind: pl.DataType) -> pl.Expr:
    """Return a column in a form that JSON can hold; binary is written as base64."""
    column = pl.col(name)
    if kind == pl.Binary:
        return column.bin.encode("base64")
    if kind.is_nested() and "Binary" in str(kind):
        return pl.lit("(nested binary)").alias(name)
    return column
