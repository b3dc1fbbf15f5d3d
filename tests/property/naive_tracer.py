"""What became of previous codes, worked out in plain Python from what the kinds of change mean.

Deliberately naive: every question goes through the whole index. An entry is a dict with its id,
title, qualifier, its codes by classification, and the codes it `had`, as pairs.
"""

EARLIER = ("SOC2010", "SOC2000", "SOC90")


def codes_of(entry):
    """The classifications and codes that an entry has."""
    own = {("SOC2020", entry["sub_unit_group"]), ("SOC2020", entry["unit_group"])}
    return own | {(name, entry[name.lower()]) for name in EARLIER if entry[name.lower()]}


def former_codes_of(entry):
    """Those that it had: of a sub-unit group, its unit group as well."""
    groups = {(name, code[:4]) for name, code in entry["had"] if "/" in code}
    return {*entry["had"], *groups}


def classification_of(code, said):
    """What a code is of: what is said, or else what its form tells."""
    if said or code is None:
        return said if code else None
    return "SOC90" if len(code) == 3 else "SOC2020"


def kind_of_change(index, title, chosen, code, frame):
    """The first kind that holds; `chosen` is the entry that the record got, None if in review."""
    if code is None:
        return None
    if chosen is None:
        return "withdrawn"
    is_newest, previous = frame == "SOC2020", (frame, code)
    together = [
        entry
        for entry in index
        if previous in codes_of(entry) and entry["unit_group"] == chosen["unit_group"]
    ]
    kinds = {
        "not_comparable": not is_newest and all(e[frame.lower()] is None for e in index),
        "unchanged": is_newest and code == chosen["sub_unit_group"],
        "refined": is_newest and code == chosen["unit_group"],
        "reclassified": not is_newest and code == chosen[frame.lower()],
        "index_amended": previous in former_codes_of(chosen),
        "possible_in_crosswalk": not is_newest and together,
        "requalified": branches_with(index, title, frame, code),
        "reassigned": True,
    }
    return next(kind for kind, holds in kinds.items() if holds)


def branches_with(index, title, frame, code):
    """The entries of a title that have, or had, a code."""
    return [
        entry
        for entry in index
        if entry["index_title"] == title
        and (frame, code) in codes_of(entry) | former_codes_of(entry)
    ]
