"""soc-recode review: store the decisions of a review workbook as overrides."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from flows.cli_consoles import output_console
from schemas.errors import UsageError

app = App(name="review", help="What a person decided: take it from the workbook of a run.")


@app.command
def apply(
    workbook: Path,
    /,
    *,
    author: str,
    overrides: Path = Path("overrides.csv"),
    date: datetime.date | None = None,
    reference: str | None = None,
    supersede: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Check the decisions of a review workbook, and store them all as overrides, or none.

    Args:
        workbook: The review.xlsx of a run, with decisions filled in.
        author: Who decided.
        overrides: The file to add them to, which is made if need be; keep it in git.
        date: When it was decided, such as 2026-11-22; without it, today.
        reference: The edition whose codes may be decided; without it, that of the run.
        supersede: Let decisions take the place of earlier ones on the same texts.

    """
    from flows import review  # noqa: PLC0415  imports Polars
    from flows.overrides import read_overrides  # noqa: PLC0415
    from flows.reports.review_rows import codes_of  # noqa: PLC0415
    from reference.store import latest, load  # noqa: PLC0415
    from schemas.overrides import OVERRIDES_SCHEMA  # noqa: PLC0415

    if not author.strip():
        raise UsageError("The author is empty.", expected="the name of who decided")
    reviewed = review.read_review(workbook)
    edition = load(reference or reviewed.edition or latest())
    earlier = (
        read_overrides(overrides) if overrides.exists() else OVERRIDES_SCHEMA.to_frame(eager=True)
    )
    made = review.check_decisions(
        reviewed,
        codes_of(edition.structure, edition.sub_unit_groups)["code"],
        earlier,
        author=author.strip(),
        decided=date or datetime.date.today(),
        edition=edition.name,
        supersede=supersede,
    )
    stored = review.store_decisions(overrides, earlier, made)
    output_console().print(_told(stored, overrides), soft_wrap=True)


def _told(stored: tuple[int, int, int], overrides: Path) -> str:
    new, superseding, present = stored
    if not new + superseding + present:
        return "The workbook has no decisions; nothing was stored."
    facts = [
        f"Stored {new + superseding:,} decisions in {overrides}",
        f"{superseding:,} of them in the place of earlier ones" if superseding else "",
        f"{present:,} were there already" if present else "",
    ]
    use = f"Used by a run with: --overrides {overrides}"
    return "; ".join(filter(None, facts)) + ".\n" + use
