"""Which figures a report for others withholds, so that no small number can be read or worked out.

A figure of one to `below` - 1 records is withheld. Where what is withheld of a total and its parts
could be worked out from the rest, or adds up to less than `below`, the smallest other one is
withheld as well, until nothing more follows. Zeros are shown.
"""

from __future__ import annotations

from collections.abc import Iterable

from flows.reports.audit_cells import Figure, Sum


def withheld(figures: Iterable[Figure], sums: Iterable[Sum], below: int) -> frozenset[str]:
    """The names of the figures to withhold; none if `below` is 0."""
    hidden = {figure.name for figure in figures if 0 < figure.records < below}
    waiting = list(sums) if hidden else []
    touched = True
    while touched:
        touched = False
        for one in waiting:
            more = _next_to_hide(one, hidden, below)
            while more is not None:
                hidden.add(more)
                touched = True
                more = _next_to_hide(one, hidden, below)
    return frozenset(hidden)


def _next_to_hide(one: Sum, hidden: set[str], below: int) -> str | None:
    """The figure to withhold next, lest a withheld one could be worked out; none: none could."""
    parts = [part for part in one.parts if part.records]
    unseen = [part for part in parts if part.name in hidden]
    if one.total.name in hidden:
        # A withheld total is safe if a part of it is; else it is the sum of what is shown.
        enough = bool(unseen) or not parts
    else:
        enough = not unseen or (len(unseen) > 1 and sum(part.records for part in unseen) >= below)
    if enough:
        return None
    if one.gives_total and one.total.name not in hidden:
        return one.total.name
    shown = [part for part in parts if part.name not in hidden]
    if shown:
        return min(shown, key=lambda part: (part.records, part.name)).name
    return None if one.total.name in hidden else one.total.name
