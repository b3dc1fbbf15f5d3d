"""The run manifest, run.json: what was read, with what it was coded, and counts that add up."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from schemas.errors import ReconciliationError

OUTCOMES = ("assigned", "assigned_by_default", "review", "quarantined")
COUNTED = {
    "match_methods": "match_method",
    "precedence_rungs": "precedence_rung",
    "default_reasons": "default_reason",
    "review_reasons": "review_reason",
    "missing_evidence": "missing_evidence",
    "change_kinds": "change_kind",
}
"""Tables of the manifest that count records by the values of a coded column."""


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)


class SourceSummary(_Facts):
    """What became of one file's records; counts are records."""

    source_file: str
    path: str
    """Where it was, absolute, so that `soc-recode verify` finds it again."""
    sha256: str
    read: int
    assigned: int = 0
    assigned_by_default: int = 0
    review: int = 0
    quarantined: int = 0
    seconds: float
    mapped: dict[str, str]
    renamed: dict[str, str]
    coded_files: list[str]
    match_methods: dict[str, int]
    precedence_rungs: dict[str, int]
    default_reasons: dict[str, int]
    review_reasons: dict[str, int]
    missing_evidence: dict[str, int]
    missing_evidence_weights: dict[str, float]
    change_kinds: dict[str, int]
    four_digit_codes_of: dict[str, int]
    """Records whose four-digit previous code, given without a classification, exists in each; all
    are taken for codes of the first."""


class SourceFailure(_Facts):
    """A file that could not be read; the other files' results stand."""

    source_file: str
    error: str
    exit_code: int


def count_outcomes(sources: Iterable[SourceSummary]) -> dict[str, int]:
    """Records read and records by outcome, over all files.

    Raises ReconciliationError unless every record read has exactly one outcome.
    """
    counts = dict.fromkeys(("read", *OUTCOMES), 0)
    for source in sources:
        for name in counts:
            counts[name] += getattr(source, name)
        if source.read != sum(getattr(source, name) for name in OUTCOMES):
            raise ReconciliationError(
                f"{source.source_file}: {source.read} records were read, but "
                + ", ".join(f"{getattr(source, name)} {name}" for name in OUTCOMES)
                + " were written.",
                fix="Nothing was written to the results folder; please report this.",
            )
    return counts


def assigned_share(counts: dict[str, int]) -> tuple[float | None, int]:
    """The autocoding rate, to four decimals, and its denominator: eligible records.

    The rate is None where no record is eligible.
    """
    eligible = counts["read"] - counts["quarantined"]
    assigned = counts["assigned"] + counts["assigned_by_default"]
    return (round(assigned / eligible, 4) if eligible else None), eligible


def count_table(sources: Iterable[SourceSummary], table: str) -> dict[str, Any]:
    """One table of counts, or weights, such as review_reasons over all files, largest first."""
    total: Counter[str] = Counter()
    for source in sources:
        total.update(getattr(source, table))
    ordered = sorted(total.items(), key=lambda item: (-item[1], item[0]))
    return {name: round(amount, 3) for name, amount in ordered}


def run_identity(facts: dict[str, Any]) -> str:
    """A run's id: 16 hex digits that depend on all that its results depend on, and nothing else."""
    digest = hashlib.sha256()
    for key in sorted(facts):
        digest.update(f"{key}={facts[key]}\n".encode())
    return digest.hexdigest()[:16]


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def code_version() -> str:
    """The version of soc-recode and the first digits of the SHA-256 of the engine's source."""
    digest = hashlib.sha256()
    for package in ("flows", "schemas", "reference"):
        for file in sorted(_python_files(files(package)), key=str):
            digest.update(file.read_bytes())
    return f"{version('soc-recode')}+{digest.hexdigest()[:12]}"


def _python_files(folder: Traversable) -> Iterable[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.name.startswith(("_", ".")):
            yield from _python_files(entry)
        elif entry.name.endswith(".py"):
            yield entry
