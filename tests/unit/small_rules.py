"""A small rule book, edition and SIC workbook, whose figures are counted by hand."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import xlsxwriter

from reference.lookup import Lookup, compile_lookup
from reference.rulebook import Criterion, RuleBook, load_rule_book

BANKING = {
    "id": "industry-banking",
    "kind": "industry",
    "terms": ["banking", "bank"],
    "statement": "The employer takes deposits and lends.",
    "source": "the test itself",
    "date": date(2026, 11, 22),
    "sic2007": ["6411", "64191"],
    "phrases": [
        {"include": ["high street bank", "~lend money"], "exclude": ["old high street bank"]}
    ],
    "examples": [
        {"industry_description": "a high street bank", "met": True},
        {"industry_description": "lending money to firms", "met": True},
        {"sic2007": "64191", "met": True},
        {"industry_description": "café in an old high street bank", "met": False},
        {"sic2007": "64192", "met": False},
    ],
}
WRITING = {
    "id": "additional-computing",
    "kind": "additional",
    "terms": ["computing/IT"],
    "statement": "The subject of the work is software.",
    "source": "the test itself",
    "date": date(2026, 11, 22),
    "phrases": [{"include": ["software"]}],
    "examples": [
        {"job_description": "manuals for software", "met": True},
        {"job_description": "manuals for pumps", "met": False},
    ],
}
# index_title, additional_qualifier, industry_qualifier, sub_unit_group
ENTRIES = [
    ("Technical author", "computing/IT", None, "2133/99"),
    ("Technical author", None, None, "3412/07"),
    ("Technical author", "prices in £", None, "3412/07"),
    ("Technical author", "nos", None, "3412/07"),
    ("Clerk", None, "Banking", "3412/07"),
    ("Teller", None, "bank", "3412/07"),
    ("Guard", None, "banking: zeppelin hangar", "2133/99"),
    ("Scribe", "ink making", None, None),  # a reference
]
SIC_HEADERS = ("Description", "SECTION", "Division", "Group", "Class", "Sub Class")
SIC_ROWS = [
    (*SIC_HEADERS, "Most disaggregated level", "Level headings"),
    ("FARMING", " A", "na", "na", "na", "na", " A", "SECTION"),
    ("Crops", " A", "01", "na", "na", "na", "01", "Division"),
    ("Annual crops", " A", "01", "011", "na", "na", "011", "Group"),
    ("Growing of cereals", " A", "01", "011", "0111", "na", "01110", "Class"),
    ("Finance", " K", "64", "na", "na", "na", "64", "Division"),
    ("Money", " K", "64", "641", "na", "na", "641", "Group"),
    ("Central banking", " K", "64", "641", "6411", "na", "64110", "Class"),
    ("Other money", " K", "64", "641", "6419", "na", "64190", "Class"),
    ("Banks", " K", "64", "641", "6419", "64191", "64191", "Sub Class"),
    ("Building societies", " K", "64", "641", "6419", "64192", "64192", "Sub Class"),
]


def rules_of(*criteria: dict) -> RuleBook:
    """A rule book with these criteria only, and the project's grammar, contexts and precedence."""
    built = tuple(Criterion.model_validate(criterion) for criterion in criteria)
    return replace(load_rule_book(), criteria=built, version="b" * 64)


def small_index(entries: list[tuple] = ENTRIES) -> pl.DataFrame:
    names = ("index_title", "additional_qualifier", "industry_qualifier", "sub_unit_group")
    index = pl.DataFrame(entries, schema=dict.fromkeys(names, pl.String), orient="row")
    nothing = [
        *("default_code", "index_title_reversed", "see", "version_note", "change"),
        *("isco08", "soc2010", "soc2000", "soc90"),
    ]
    return index.with_row_index("record_number", offset=1).with_columns(
        *(pl.lit(None, pl.String).alias(name) for name in nothing),
        index_entry_id=pl.format("x{}", "record_number"),
        unit_group=pl.col("sub_unit_group").str.head(4),
    )


def small_lookup(rules: RuleBook, entries: list[tuple] = ENTRIES) -> Lookup:
    codes = ["2133", "3412"]
    return compile_lookup(
        edition="small",
        reference_version="a" * 64,
        index=small_index(entries),
        structure=pl.DataFrame(
            {
                "code": codes,
                "level": "unit_group",
                "title": ["IT", "Writers"],
                "skill_level": [4, 3],
            }
        ),
        sub_unit_groups=pl.DataFrame(
            {"sub_unit_group": ["2133/99", "3412/07"], "title": ["IT n.e.c.", "Technical writers"]}
        ),
        rules=rules,
    )


def write_sic(path: Path, rows: list[tuple] | None = None) -> Path:
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Notes").write(0, 0, "UK SIC 2007")
        sheet = book.add_worksheet("reworked structure")
        for at, cells in enumerate(SIC_ROWS if rows is None else rows):
            sheet.write_row(at, 0, cells)
    return path
