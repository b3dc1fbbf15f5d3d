"""What a run made of its overrides, in sentences: the `overrides` of run.json for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_SHOWN = 5


def override_lines(manifest: dict[str, Any]) -> list[str]:
    """Say in a few sentences what a run made of its overrides; nothing if it was given none."""
    told = manifest["overrides"]
    if not told:
        return []
    records = sum(one["records"] for one in told["used"])
    weight = sum(one["weight"] for one in told["used"])
    lines = [
        f"Overrides: {len(told['used']):,} of {told['in_force']:,} used, for {records:,} records "
        f"(weight {weight:,.1f})."
    ]
    if told["not_in_edition"]:
        named = _named(f"{one['override_id']} to {one['code']}" for one in told["not_in_edition"])
        lines.append(f"Not used, because the edition does not have their code: {named}.")
    if told["contradicted"]:
        named = _named(
            f"{one['override_id']} to {one['code']}, the edition {one['engine_code']}"
            for one in told["contradicted"]
        )
        lines.append(f"Against what the edition says by itself: {named}.")
    if told["redundant"]:
        different = {one["override_id"] for one in told["redundant"]}
        lines.append(f"{len(different):,} say what the edition says by itself (see run.json).")
    return lines


def _named(texts: Iterable[str]) -> str:
    named = list(texts)
    more = len(named) - _SHOWN
    return "; ".join(named[:_SHOWN]) + (f"; and {more:,} more, in run.json" if more > 0 else "")
