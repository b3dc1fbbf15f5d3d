"""The edition a run or an explanation codes with, made ready once per process."""

from __future__ import annotations

from functools import cache

from reference.lookup import Lookup, compile_lookup
from reference.rulebook import load_rule_book
from reference.store import load


@cache
def load_lookup(edition: str) -> Lookup:
    """Load an edition and compile it with the rule book.

    Raises EditionError or CriteriaError.
    """
    reference = load(edition)
    return compile_lookup(
        edition=edition,
        reference_version=reference.reference_version,
        index=reference.index,
        structure=reference.structure,
        sub_unit_groups=reference.sub_unit_groups,
        rules=load_rule_book(),
    )
