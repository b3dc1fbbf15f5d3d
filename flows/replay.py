"""Code records of an earlier run again, and compare every coded column with what is recorded.

The records are taken from the coded files, which have the input's own columns, and go through the
same steps as in a run. Differences never show a respondent's words.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from flows import progress
from flows.batches import BatchCoder
from flows.coding import OUTPUT_SCHEMA, Coder, Overrides
from flows.coding.extract import SOURCE_ROW
from flows.lookups import load_lookup
from flows.overrides import load_overrides
from flows.recorded_run import RecordedRun
from flows.reports.manifest import file_sha256
from flows.verify_counts import UNREADABLE
from reference.lookup import Lookup
from reference.skilled_worker import load_rules

MOST_KEPT = 1_000
"""Differences kept with their values; all are counted."""

BATCH_ROWS = 200_000
"""Records coded again at a time."""

NO_WORDS = frozenset(
    {
        "unit_group",
        "unit_group_title",
        "sub_unit_group",
        "sub_unit_group_title",
        "skill_level",
        "isco08",
        "soc2010",
        "outcome",
        "match_method",
        "index_entry_id",
        "index_title",
        "additional_qualifier",
        "industry_qualifier",
        "default_code",
        "reference_followed",
        "precedence_rung",
        "default_reason",
        "alternatives",
        "review_reason",
        "missing_evidence",
        "candidates",
        "likely_codes",
        "certainty",
        "safe_code",
        "override_id",
        "change_kind",
        "compared_classification",
        "compared_code",
        "previous_skill_level",
        "skilled_worker_change",
    }
)
"""The coded columns in which no respondent's words are, whose values may be shown."""

_DUPLICATES = pl.DataFrame(schema={"record_id": pl.String})  # coded records had ids of their own


@dataclass(frozen=True)
class Difference:
    """A column of a record, or a whole file, that is not what coding gives now."""

    file: str
    source_row: int | None
    column: str
    recorded: str | None = None
    now: str | None = None
    shown: bool = False
    """Whether the values are given: not where they hold a respondent's words."""


@dataclass
class Replay:
    """What coding records again came to; counts are records."""

    seed: int
    coded: int = 0
    """Records in the coded files."""
    records: int = 0
    """Records coded again."""
    differing: int = 0
    """Of those, records of which a column differs."""
    columns: dict[str, int] = field(default_factory=dict)
    """Records that differ, by column."""
    faults: dict[str, str] = field(default_factory=dict)
    """Files that could not be coded again, and why."""
    differences: list[Difference] = field(default_factory=list)
    """The first MOST_KEPT, in the order of files, and within a batch of columns and rows."""

    @property
    def agrees(self) -> bool:
        """Whether every record coded again is as it is recorded."""
        return not self.differing and not self.faults


def replay_run(recorded: RecordedRun, records: int, seed: int | None = None) -> Replay:
    """Code random records again, with the edition of the run; all, if there are no more.

    The same seed chooses the same records; without one it is made from the run's id. Raises
    EditionError if the edition, or the Skilled Worker tables of the run, are not installed.
    """
    edition, run_id = recorded.manifest["edition"], recorded.manifest["run_id"]
    replay = Replay(seed_of(run_id) if seed is None else seed)
    lookup = load_lookup(edition)
    certain = recorded.manifest["settings"]["assign_likeness_from"]
    coder, rules_date = Coder(lookup, assign_from=certain), recorded.manifest["skilled_worker_date"]
    rules = load_rules(date.fromisoformat(rules_date)) if rules_date else None
    overrides = _overrides(recorded, lookup, replay)
    heights = {name: _height(recorded, name, replay) for name in recorded.source_of}
    replay.coded = sum(heights.values())
    chosen = _choose(replay.coded, records, replay.seed)
    first = 0
    for name, height in heights.items():
        within = chosen.filter(chosen.is_between(first, first + height - 1)) - first
        first += height
        if within.len():
            try:
                source = recorded.source_of[name]
                assumed = next(iter(source.four_digit_codes_of), None)
                coding = BatchCoder(coder, lookup, source.columns, assumed, rules, overrides)
                _replay_file(recorded, name, within, coding, replay)
            except UNREADABLE:
                replay.faults[name] = "cannot be read as Parquet of the columns in run.json"
    return replay


def _overrides(recorded: RecordedRun, lookup: Lookup, replay: Replay) -> Overrides | None:
    """The run's overrides; none, and a fault, if their file is not where, or what, it was."""
    digest = recorded.manifest["overrides_sha256"]
    if not digest:
        return None
    path = Path(str(recorded.manifest["settings"].get("overrides")))
    if path.is_file() and file_sha256(path) == digest:
        return load_overrides(path, lookup)
    replay.faults["overrides"] = "the file of overrides is not where, or not what, it was"
    return None


def seed_of(run_id: str) -> int:
    """The seed with which a run is replayed unless another is given."""
    return int(hashlib.sha256(run_id.encode()).hexdigest()[:8], 16)


def _choose(rows: int, wanted: int, seed: int) -> pl.Series:
    """Choose row numbers, from 0 up to `rows`, in ascending order."""
    if wanted >= rows:
        return pl.int_range(rows, eager=True)
    return pl.Series(random.Random(seed).sample(range(rows), wanted), dtype=pl.Int64).sort()


def _height(recorded: RecordedRun, name: str, replay: Replay) -> int:
    """Count the records of a coded file; none, and a fault, if it cannot be coded again."""
    needed = {SOURCE_ROW, *recorded.source_of[name].columns.values(), *OUTPUT_SCHEMA}
    try:
        frame = pl.scan_parquet(recorded.folder / name, glob=False)
        missing = sorted(needed - set(frame.collect_schema().names()))
        height: int = frame.select(pl.len()).collect().item()
    except UNREADABLE:
        replay.faults[name] = "is missing, or cannot be read as Parquet"
        return 0
    if missing:
        replay.faults[name] = f"has no column {', '.join(missing)}"
        return 0
    return height


def _replay_file(
    recorded: RecordedRun, name: str, chosen: pl.Series, coder: BatchCoder, replay: Replay
) -> None:
    """Code the chosen rows of a coded file again, a batch at a time."""
    frame = pl.scan_parquet(recorded.folder / name, glob=False)
    rows = frame.select(SOURCE_ROW).collect()[SOURCE_ROW].gather(chosen)
    if rows.len() < replay.coded:
        frame = frame.filter(pl.col(SOURCE_ROW).is_in(rows.implode()))
    done = 0
    for batch in frame.collect_batches(chunk_size=BATCH_ROWS, maintain_order=True):
        _replay_batch(name, batch, coder, replay)
        done += batch.height
        progress.report(name, done, max(done, rows.len()))


def _replay_batch(name: str, batch: pl.DataFrame, coder: BatchCoder, replay: Replay) -> None:
    # Rows are numbered anew: what is recorded as source_row may have been altered.
    numbered = batch.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias(SOURCE_ROW))
    told = coder.code(numbered, _DUPLICATES)
    validated = told.validated
    refused = batch[validated.faults[SOURCE_ROW]]
    sets_aside = pl.repeat("quarantined", refused.height, eager=True).alias("outcome")
    found = pl.concat(
        [
            _compare(batch[validated.valid[SOURCE_ROW]], told.by_record()),
            _compare(refused, sets_aside.to_frame()),
        ]
    )
    replay.records += batch.height
    replay.differing += found[SOURCE_ROW].n_unique()
    for column, count in found["column"].value_counts(sort=True).iter_rows():
        replay.columns[column] = replay.columns.get(column, 0) + count
    kept = found.head(MOST_KEPT - len(replay.differences))
    replay.differences += [Difference(name, *row) for row in kept.iter_rows()]


def _compare(recorded: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Find the values that differ; one row per record and column of `now`, as in Difference."""
    found = [
        pl.DataFrame(
            schema={
                SOURCE_ROW: pl.Int64,
                "column": pl.String,
                "recorded": pl.String,
                "now": pl.String,
                "shown": pl.Boolean,
            }
        )
    ]
    rows = recorded[SOURCE_ROW].cast(pl.Int64)
    for column in now:
        then = recorded[column.name].cast(pl.String)
        unequal = then.ne_missing(column.cast(pl.String))
        shown = column.name in NO_WORDS
        values = pl.DataFrame({"recorded": then, "now": column.cast(pl.String)})
        differing = values.filter(unequal).select(
            pl.lit(column.name).alias("column"),
            pl.when(shown).then(pl.col("recorded", "now")),
            pl.lit(shown).alias("shown"),
        )
        found.append(differing.insert_column(0, rows.filter(unequal)))
    return pl.concat(found)
