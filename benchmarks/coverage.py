"""How much of the installed edition's qualifiers the written criteria cover, by uses.

A use is an index entry with the term. A term is written when each of its parts is; the others are
satisfied by their own words. Use: python -m benchmarks.coverage [TERMS TO LIST]
"""

from __future__ import annotations

import sys

import polars as pl

from reference.lookup import SLOTS
from reference.rulebook import load_rule_book
from reference.store import latest, load
from reference.terms import TermCompiler


def coverage(index: pl.DataFrame, kind: str) -> pl.DataFrame:
    """One row per term: its uses, and whether every part of it is written; commonest first."""
    coded = index.filter(pl.col("unit_group").is_not_null())
    uses = coded[f"{kind}_qualifier"].drop_nulls().str.to_lowercase().value_counts(name="uses")
    compiler = TermCompiler(load_rule_book())
    written = [
        all(compiler.criteria[name].statement for level in levels for name in level)
        for levels in (compiler.levels(kind, term) for term in uses.to_series())
    ]
    terms = uses.rename({f"{kind}_qualifier": "term"}).with_columns(written=pl.Series(written))
    return terms.sort("uses", "term", descending=[True, False])


def main() -> None:
    edition = latest()
    listed = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    print(f"{len(load_rule_book().criteria)} written criteria, edition {edition}")
    for kind in SLOTS:
        terms = coverage(load(edition).index, kind)
        written = terms.filter("written")
        share = written["uses"].sum() / terms["uses"].sum()
        print(f"{kind}: {written.height} of {terms.height} terms written, {share:.1%} of uses")
        for term, uses, _ in terms.filter(~pl.col("written")).head(listed).iter_rows():
            print(f"  {uses:4} {term}")


if __name__ == "__main__":
    main()
