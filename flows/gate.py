"""The gate: whether a run's results may be used, given an earlier run of the same series.

flows/drift.py measures how far the two are apart; a threshold (flows/settings.py) that is breached
holds the run, or warns.
"""

from __future__ import annotations

from typing import Any, Literal

from flows.drift import DIGITS, Facts, LevelDrift, ReviewDrift, drift_of_level, drift_of_review
from flows.results import Results
from flows.settings import DriftThresholds, Gate
from schemas.errors import HeldError

Status = Literal["passed", "warned", "held"]
NAMES = {4: "unit groups", 6: "sub-unit groups"}
"""The levels that can be in breach; the others are shown."""
_NAMED = 3
"""Codes that a sentence names."""


class GateReport(Facts):
    """What the comparison with an earlier run came to."""

    status: Status
    earlier_run_id: str
    earlier_edition: str
    notes: list[str]
    breaches: list[str]
    levels: list[LevelDrift]
    review: ReviewDrift


def judge(now: Results, before: Results, thresholds: DriftThresholds, gate: Gate) -> GateReport:
    """Compare a run with an earlier one; what is in breach holds it, or warns, as `gate` says."""
    levels = [drift_of_level(digits, now.tallies, before.tallies, thresholds) for digits in DIGITS]
    review = drift_of_review(now.tallies, before.tallies, thresholds)
    breaches = [words for level in levels for words in _breaches(level)]
    breaches += _review_breach(review)
    failed: Status = "held" if gate == "hold" else "warned"
    return GateReport(
        status=failed if breaches else "passed",
        earlier_run_id=before.manifest["run_id"],
        earlier_edition=before.manifest["edition"],
        notes=_notes(now.manifest, before.manifest),
        breaches=breaches,
        levels=levels,
        review=review,
    )


def raise_if_held(manifest: dict[str, Any], out: object) -> None:
    """Raise HeldError if the run of this manifest, whose results are in `out`, was held."""
    gate = manifest["gate"]
    if gate and gate["status"] == "held":
        raise HeldError(
            f"The run is held: {'; '.join(gate['breaches'])}.",
            expected=f"distributions like those of run {gate['earlier_run_id']}",
            fix=f"The results are kept in {out}, marked as held in run.json. Look at the codes "
            "that moved most there; if the change is real, use them as they are.",
        )


def _breaches(level: LevelDrift) -> list[str]:
    """What of a level is in breach, in words."""
    if level.threshold is None or level.shift is None:
        return []
    name, words = NAMES[level.digits], []
    expected, chance = level.expected or 0.0, level.chance or 0.0
    if level.shift > max(expected + level.threshold, chance):
        words.append(
            f"{name} shifted by {level.shift:.1f}% of records, where two samples of one population "
            f"differ by {expected:.1f}%, at most {chance:.1f}%, and {level.threshold:g}% more than "
            "expected are allowed"
        )
    codes = [moved for moved in level.moved if moved.is_breach]
    if codes:
        listed = ", ".join(f"{m.code} from {m.before:.1f}% to {m.now:.1f}%" for m in codes[:_NAMED])
        more = f" and {len(codes) - _NAMED} more" if len(codes) > _NAMED else ""
        words.append(f"the shares of single {name} moved too far: {listed}{more}")
    return words


def _review_breach(review: ReviewDrift) -> list[str]:
    moved = abs(review.now - review.before)
    if moved <= max(review.threshold, review.chance):
        return []
    return [
        f"the share in review moved from {review.before:.1f}% to {review.now:.1f}%, where "
        f"{review.threshold:g} points are allowed and chance can make {review.chance:.1f}"
    ]


def _notes(about: dict[str, Any], before: dict[str, Any]) -> list[str]:
    """What else differs between the runs, and so may be the cause of a shift."""
    notes = []
    for key, cause in (("edition", "the index's"), ("kind", "the kind of extract's")):
        if about[key] != before[key]:
            said = f"{key}s differ ({before[key]} before, {about[key]} now)"
            notes.append(f"{said}: part of the shift may be {cause}")
    if about["criteria_version"] != before["criteria_version"]:
        notes.append("criteria differ: part of the shift may be theirs")
    if (before.get("gate") or {}).get("status") == "held":
        notes.append("the earlier run was itself held")
    return notes
