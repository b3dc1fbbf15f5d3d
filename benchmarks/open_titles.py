"""How a file of real job titles, one to a line and without codes, is coded: what each one gets.

Asserts that every title has a code, a partial code, or a reason for having none.
Use: python -m benchmarks.open_titles FILE [EDITION]
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from benchmarks.titles import Coding, Figure, code_titles, percent, print_counts
from flows.lookups import load_lookup
from reference.store import latest

PART = "open titles"


def read_titles(path: Path) -> pl.Series:
    """The lines of a UTF-8 file, without empty ones."""
    lines = pl.Series(path.read_text(encoding="utf-8").split("\n"), dtype=pl.String)
    return lines.filter(lines.str.strip_chars() != "")


def unaccounted(coding: Coding) -> int:
    """How many titles have no code, no partial code and no reason."""
    none = pl.all_horizontal(pl.col("got", "safe_code", "review_reason").is_null())
    return coding.coded.filter(none).height


def measure(path: Path, edition: str) -> list[Figure]:
    """Code the titles in one go, print the figures, and give those for the table at the end."""
    lookup = load_lookup(edition)
    coding = code_titles(read_titles(path), lookup)
    coded, size = coding.coded, coding.coded.height
    print(f"{PART}: {size:,} titles, edition {edition}")
    print_counts("outcome", coded["outcome"])
    print_counts("review reason", coded.filter(pl.col("got").is_null())["review_reason"])
    print_counts("match method", coded["match_method"])
    print(f"  {coding.rate} titles per second")
    lost = unaccounted(coding)
    assert lost == 0, f"{lost:,} titles have no code, no partial code and no reason"
    given, safe = (size - coded[column].null_count() for column in ("got", "safe"))
    figures = [
        ("titles", f"{size:,}"),
        ("assigned, by default or not", percent(given, size)),
        ("assigned, or safe code of 3 digits or more", percent(safe, size)),
        ("with no code and no reason", f"{lost:,}"),
        ("titles per second", coding.rate),
    ]
    return [Figure(PART, *figure) for figure in figures]


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    measure(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else latest())


if __name__ == "__main__":
    main()
