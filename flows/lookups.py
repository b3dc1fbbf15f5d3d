"""The edition a run or an explanation codes with, made ready once per process."""

from __future__ import annotations

from functools import cache

from reference.compiled import compilation_key, keep_compiled, read_compiled
from reference.lookup import Lookup, compile_lookup
from reference.rulebook import load_rule_book, rules_version
from reference.store import editions_folder, load


@cache
def load_lookup(edition: str) -> Lookup:
    """Load an edition compiled with the rule book, as it was kept or anew.

    Raises EditionError or CriteriaError.
    """
    reference = load(edition)
    key = compilation_key(reference.reference_version, rules_version())
    folder = editions_folder().parent / "compiled" / edition / key
    kept = read_compiled(folder)
    if kept is not None:
        return kept
    lookup = compile_lookup(
        edition=edition,
        reference_version=reference.reference_version,
        index=reference.index,
        structure=reference.structure,
        sub_unit_groups=reference.sub_unit_groups,
        rules=load_rule_book(),
    )
    keep_compiled(lookup, folder)
    return lookup
