"""The engine keeps its promises on small indexes and records that nobody thought of in advance."""

from datetime import date

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from naive_coder import NaiveCoder
from small_notes import NOTES

from flows.coding import Coder, code_records
from flows.coding.audit import CODED_COLUMNS
from reference.lookup import compile_lookup
from reference.rulebook import Criterion, CriterionExample, PhraseSet, RuleBook, load_rule_book
from schemas.index import IndexEntries
from schemas.records import CANONICAL_COLUMNS

COMPARED = (
    *("unit_group", "sub_unit_group", "outcome", "match_method"),
    *("default_reason", "review_reason", "missing_evidence", "safe_code"),
)


def criterion(name, kind, terms, *phrase_sets, sic2007=()):
    example = CriterionExample(met=False)
    return Criterion(
        id=name,
        kind=kind,
        terms=terms,
        statement="A criterion for tests only.",
        source="these tests",
        date=date(2026, 1, 1),
        sic2007=sic2007,
        phrases=phrase_sets,
        examples=(example, example),
    )


REAL = load_rule_book()
RULES = RuleBook(
    criteria=(
        criterion(
            "subject-software",
            "additional",
            ("computing/IT", "software"),
            PhraseSet(
                include=("software", "code review"),
                together=("~write|~mend + app|web page", "page|web + page|app"),
                exclude=("using software",),
            ),
            sic2007=("62",),
        ),
        criterion(
            "level-professional",
            "additional",
            ("professional",),
            PhraseSet(fields=("qualification", "title_qualifier"), include=("degree", "ceng")),
            PhraseSet(include=("chartered",), exclude=("chartered flights",)),
        ),
        criterion(
            "sector-textile",
            "industry",
            ("textile mfr",),
            PhraseSet(
                include=("textile", "cotton mill"),
                together=("~make|~knit + hosiery|sock + machine",),
                exclude=("textile shop", "sock machine"),
            ),
            PhraseSet(fields=("job_description",), include=("weaving shed", "~weave cloth")),
            sic2007=("13", "1431"),
        ),
        criterion(
            "sector-shops",
            "industry",
            ("wholesale, retail trade", "shop"),
            PhraseSet(include=("shop", "retailer")),
            PhraseSet(include=("hosiery", "cotton"), unless=("~knit", "makers", "mill")),
            sic2007=("46", "47"),
        ),
    ),
    grammar=REAL.grammar,
    precedence=REAL.precedence,
    contexts=REAL.contexts,
    notes=NOTES,
    wording=REAL.wording,
    version="tests",
)

TITLES = (
    *("writer", "technical writer", "senior technical writer"),
    *("mill hand", "mill-hand", "hand", "engineer", "trainee", "trainee"),
    *("writer", "engineer") * 4,  # titles with many entries, among which there is much to choose
)
ADDITIONAL_TERMS = (
    *("computing/IT", "software", "professional", "professional, telecoms", "nos"),
    *("nos: professional", "telecoms", "design, telecoms", "care/day work"),
)
INDUSTRY_TERMS = (
    *("textile mfr", "textile mfr: hosiery mfr", "hosiery, knitwear mfr", "nos"),
    *("wholesale, retail trade", "wholesale trade", "government: MOD", "shop"),
)
SEE = ("see notes", "see Writer", "see Engineer (professional)", "see also Hand ( )", "see Clerk")
CODES = ("1111/01", "1111/02", "2222/00", "3333/99", "4444/00")
"""The last is put under another unit group, which it contradicts."""
DEFAULTS = (None, None, None, "O", "M", "I")


KEY = ("index_title", "additional_qualifier", "industry_qualifier")


def reversed_order(title):
    first, _, last = title.rpartition(" ")
    return f"{last}, {first}" if first else title


@st.composite
def entries(draw):
    """One entry: most have a code, some a default code, the rest are references."""
    title = draw(st.sampled_from(TITLES))
    additional = draw(st.none() | st.sampled_from(ADDITIONAL_TERMS))
    industry = draw(st.none() | st.sampled_from(INDUSTRY_TERMS))
    code = draw(st.sampled_from((*CODES, *CODES, None)))
    return {
        "default_code": draw(st.sampled_from(DEFAULTS)),
        "index_title": title,
        "index_title_reversed": reversed_order(title),
        "additional_qualifier": additional,
        "industry_qualifier": industry,
        "see": None if code else draw(st.sampled_from(SEE)),
        "unit_group": code and code[:4].replace("4444", "3333"),
        "sub_unit_group": code,
    }


@st.composite
def indexes(draw):
    drawn = draw(
        st.lists(
            entries(),
            min_size=6,
            max_size=14,
            unique_by=lambda e: tuple(e[name] for name in KEY),
        )
    )
    return [{"index_entry_id": f"e{n}", "record_number": n} | e for n, e in enumerate(drawn, 1)]


BESIDE = (
    *("trainee {}", "{}'s trainee", "Trainee - {}", "{1} (trainee)", "student {}", "student ({})"),
    *("{} at a textile shop", "{} of software", "{} hand", "{}, software mill hand", "{} mentor"),
    *("junior trainee {} (telecoms)", "handy man for a {}", "self-employed {} (junior)", "{}'s PA"),
    *("{} of {}", "{} {}", "telecoms {}", "{} to the {}"),
)


@st.composite
def titles(draw):
    """A title of the index, or nearly: case, order, punctuation, brackets, words to set aside."""
    title = draw(st.sampled_from((*TITLES, "baker", "student")))
    change = draw(
        st.sampled_from(
            ("as it is",) * 4 + ("upper", "reversed", "hyphen", "brackets", "aside", "beside")
        )
    )
    beside = draw(st.sampled_from(BESIDE)).format(title, draw(st.sampled_from(TITLES)))
    aside = draw(st.sampled_from(("Junior", "part time", "Senior", "acting, interim")))
    words = draw(st.sampled_from(("software", "telecoms", "textile mfr", "C.Eng", "", "nights")))
    return {
        "as it is": title,
        "upper": f" {title.upper()}! ",
        "reversed": reversed_order(title).title(),
        "hyphen": title.replace(" ", " - ").replace("e", "é", 1),
        "brackets": f"{title} ({words})",
        "aside": f"{aside} {title} [{words}]" if words else f"{title} ({aside})",
        "beside": beside,
    }[change]


DUTIES = (
    *("not software, but opposite the telecoms shop", "retired from being chartered"),
    "Writes guides for software",
    "Writes guides using software, and code reviews",
    "Reports on chartered flights; telecoms",
    "chartered; a weaving shed in a hosiery factory",
    "professional",
    "computing & IT",
    "telecoms, design",
    "day work",
    "gardens",
    "apps and web pages that he writes",
    "app. Not writing",
    "weaves cloth; mending web pages",
    "makes looms for the weaving shed and telecoms",
    "used to write apps, now mends web pages",
    "don't do software; next to the big telecoms tower",
    "studying at night for a chartered degree, software street",
    *("training to be an engineer with a shop", "technical writers", "I am an apprentice hand."),
)
INDUSTRIES = (
    "Cotton mills",
    "a textile shop",
    "textile manufacturer; hosiery makers",
    "Textile mfr",
    "knitwear mfr",
    "retail trades",
    "MOD, government",
    "software house",
    "farm",
    "Socks made on machines",
    "sock machines, making hosiery",
    "knitting machines: no hosiery",
    "Cotton Lane shop",
    "supplies hangers to retailers and cotton mills",
    "builds sheds, a textile farm",
)
SIC = ("13", "14.31", "1431/0", "62010", "47190", "01110")


def some(values):
    return st.none() | st.sampled_from(values)


RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "record_id": st.just("r"),
            "job_title": titles(),
            "job_description": some(DUTIES),
            "department": some(("software", "weaving")),
            "qualification": some(("Degree in welding", "CEng", "telecoms")),
            "industry_description": some(INDUSTRIES),
            "employer_industry": some(INDUSTRIES),
            "sic2007": some(SIC),
            "employer_sic2007": some(SIC),
        }
    ),
    min_size=4,
    max_size=25,
)


def compiled(index):
    frame = pl.DataFrame(index, infer_schema_length=None)
    return compile_lookup(
        edition="generated",
        reference_version="none",
        index=frame.select(
            pl.col(name).cast(pl.Int64 if name == "record_number" else pl.String)
            if name in frame.columns
            else pl.lit(None, pl.String).alias(name)
            for name in IndexEntries.to_schema().columns
        ),
        structure=pl.DataFrame(
            {"code": list("123"), "level": "unit_group", "title": "t", "skill_level": 1}
        ),
        sub_unit_groups=pl.DataFrame({"sub_unit_group": list(CODES), "title": "t"}),
        rules=RULES,
    )


def table(records):
    return pl.DataFrame(records, schema=dict.fromkeys(CANONICAL_COLUMNS, pl.String))


def coded(records, lookup):
    rows = code_records(table(records).lazy(), lookup).collect()
    assert rows.columns == list(CODED_COLUMNS)
    return rows.rows(named=True)


def example_settings(count):
    return settings(
        max_examples=count,
        derandomize=True,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@given(indexes(), RECORDS)
@example_settings(30)
def test_the_engine_agrees_with_the_naive_coder(index, records):
    naive = NaiveCoder(index, RULES)
    for record, row in zip(records, coded(records, compiled(index)), strict=True):
        expected = naive.code(full(record))
        assert {f: row[f] for f in COMPARED} == {f: expected[f] for f in COMPARED}


def full(record):
    return dict.fromkeys(CANONICAL_COLUMNS) | record


@given(indexes(), RECORDS, st.randoms(use_true_random=False))
@example_settings(8)
def test_a_result_depends_on_nothing_but_its_record(index, records, random):
    """One row per record, in order; alone, shuffled, doubled or beside another: the same result."""
    lookup = compiled(index)
    together = coded(records, lookup)
    assert len(together) == len(records)
    order = list(range(len(records)))
    random.shuffle(order)
    assert coded([records[n] for n in order], lookup) == [together[n] for n in order]
    assert coded(records + records, lookup) == together + together
    stranger = {"record_id": "x", "job_title": "lamplighter"}
    assert coded([stranger, *records], lookup)[1:] == together
    assert coded(records[:1], lookup) == together[:1]


@given(indexes(), RECORDS, st.integers(1, 5), st.sampled_from((0, 3, 1_000)))
@example_settings(8)
def test_batches_do_not_matter_nor_what_is_remembered_of_them(index, records, size, remembered):
    lookup = compiled(index)
    coder = Coder(lookup, remembered)
    twice = table(records + records)
    batches = [coder.code(batch).by_record() for batch in twice.iter_slices(size)]
    assert coder.code(twice.clear()).by_record().height == 0
    assert [row for batch in batches for row in batch.rows(named=True)] == coded(
        records + records, lookup
    )


@given(indexes(), RECORDS)
@example_settings(25)
def test_every_result_accounts_for_itself(index, records):
    lookup = compiled(index)
    entries = {entry["index_entry_id"]: entry for entry in index}
    for row in coded(records, lookup):
        assert row["outcome"] in ("assigned", "assigned_by_default", "review")
        assert (row["outcome"] == "review") == (row["review_reason"] is not None)
        assert (row["outcome"] == "assigned_by_default") == (row["default_reason"] is not None)
        assert (row["outcome"] == "review") == (row["unit_group"] is None)
        assert (row["candidates"] is not None) == (
            row["review_reason"] == "several entries fit equally well"
        )
        if row["outcome"] == "review":
            assert row["sub_unit_group"] is None
            continue
        assert row["sub_unit_group"].startswith(row["unit_group"])
        entry = entries[row["index_entry_id"]]
        assert row["sub_unit_group"] == entry["sub_unit_group"], "a code the entry does not have"
        asked = {row["additional_qualifier"], row["industry_qualifier"]} - {None, "nos"}
        assert (row["evidence"] is not None) == bool(asked), "evidence if and only if asked for"
        assert row["precedence_rung"] is not None
