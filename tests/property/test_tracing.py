"""Tracing says of any previous code what a naive reading of the kinds of change says of it."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from naive_tracer import branches_with, classification_of, kind_of_change
from test_engine import compiled, example_settings, table

from flows.coding import Coder, trace_records

TITLES = ("writer", "clerk", "engineer")
TERMS = (None, "software", "telecoms")
SUB_UNIT_GROUPS = ("1111/01", "1111/02", "2222/00", "3333/99")
CODES = {
    "SOC2020": (*SUB_UNIT_GROUPS, "1111", "2222", "9999"),
    "SOC2010": ("1111", "2222", "4444", "5555"),
    "SOC2000": ("1111", "6666", "7777"),
    "SOC90": ("111", "222", "333"),
}
NOTES = {"SOC2020": "SOC2020", "SOC2010": "SOC2010", "SOC2000": "SOC2000", "SOC90": "SOC 90"}
KINDS = {
    *("unchanged", "refined", "reclassified", "index_amended", "possible_in_crosswalk"),
    *("requalified", "reassigned", "withdrawn", "not_comparable", None),
}

PAIRS = st.sampled_from([(name, code) for name, codes in CODES.items() for code in codes])


def note(pairs):
    """The codes an entry had, in the words of a CHANGE note."""
    said = [
        f"SOC-ext code was {code}" if "/" in code else f"{NOTES[name]} code was {code}"
        for name, code in pairs
    ]
    return ". ".join(["Default code added", *said]) if said else None


@st.composite
def indexes(draw):
    """Some entries of few titles; none has codes of SOC 2000 in some indexes."""
    keys = [(title, term) for title in TITLES for term in TERMS]
    with_soc2000 = draw(st.booleans())
    index = []
    drawn = draw(st.lists(st.sampled_from(keys), min_size=5, unique=True))
    for number, (title, term) in enumerate(drawn):
        sub_unit_group = draw(st.sampled_from(SUB_UNIT_GROUPS))
        had = draw(st.lists(PAIRS, max_size=2, unique=True))
        index.append(
            {
                "index_entry_id": f"e{number}",
                "record_number": number + 1,
                "index_title": title,
                "additional_qualifier": term,
                "sub_unit_group": sub_unit_group,
                "unit_group": sub_unit_group[:4],
                "soc2010": draw(st.sampled_from((*CODES["SOC2010"], None))),
                "soc2000": draw(st.sampled_from(CODES["SOC2000"])) if with_soc2000 else None,
                "soc90": draw(st.sampled_from((*CODES["SOC90"], None))),
                "had": had,
                "change": note(had),
            }
        )
    return index


def record(title, duties, code, said):
    return {
        "record_id": "r",
        "job_title": title,
        "job_description": duties,
        "previous_code": code,
        "previous_classification": said,
    }


PREVIOUS = [(code, name) for name, codes in CODES.items() for code in codes]
# without more of a file to tell, four digits are of SOC 2020
UNSAID = [(code, None) for name in ("SOC2020", "SOC90") for code in CODES[name]]
RECORDS = [
    record(title, duties, code, said)
    for title in (*TITLES, "lamplighter")
    for duties in TERMS
    for code, said in (*PREVIOUS, *UNSAID, (None, None), (None, "SOC2010"))
]
"""Every title, as it is in the index, with every evidence and every previous code, or none."""


def traced(index):
    lookup = compiled([{k: v for k, v in entry.items() if k != "had"} for entry in index])
    rows = table(RECORDS)
    coded = Coder(lookup).code(rows)
    changes = trace_records(rows, coded, lookup).by_record()
    return coded.by_record().hstack(changes).rows(named=True)


def check(index, given_record, row):
    """Compare what is said of a record with what the naive tracer says; gives the kind."""
    by_id = {entry["index_entry_id"]: entry for entry in index}
    title, code = given_record["job_title"], given_record["previous_code"]
    frame = classification_of(code, given_record["previous_classification"])
    chosen = by_id.get(row["index_entry_id"]) if row["outcome"] != "review" else None
    kind = kind_of_change(index, title, chosen, code, frame)
    assert (row["change_kind"], row["compared_classification"]) == (kind, frame)
    assert row["compared_code"] == code
    assert (row["change_cause"] is None) == (kind in (None, "unchanged"))
    if kind == "index_amended":
        assert chosen["change"] in row["change_cause"]
    if kind == "requalified":
        for branch in branches_with(index, title, frame, code):
            assert (branch["additional_qualifier"] or "otherwise") in row["change_cause"]
    return kind


def test_tracing_agrees_with_the_naive_tracer():
    kinds = Counter()

    @given(indexes())
    @example_settings(15)
    def agrees(index):
        for given_record, row in zip(RECORDS, traced(index), strict=True):
            kinds[check(index, given_record, row)] += 1

    agrees()
    assert kinds.keys() == KINDS, "each kind was among them"
