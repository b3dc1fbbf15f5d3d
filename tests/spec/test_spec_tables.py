"""Runs the tables of this folder: each row of a .md file is a record and what must come of it.

All run against index.csv, an index in our own words with one example of every situation, and the
project's real criteria; technical_writer.md against the real version 13 as well, and the tables on
what the index's notes mean, notes_*.md, against version 13 only. changes.md, on previous codes, has
an index of its own, changes.csv.
"""

from pathlib import Path

import polars as pl
import pytest

from flows.coding import Coder, trace_records
from reference.lookup import Lookup, compile_lookup
from reference.notes import FOLLOWED
from reference.rulebook import load_rule_book
from reference.store import STARTER, load
from schemas.index import IndexEntries
from schemas.records import CANONICAL_COLUMNS

FOLDER = Path(__file__).parent
GIVEN = {
    "title": "job_title",
    "duties": "job_description",
    "qualification": "qualification",
    "industry": "industry_description",
    "SIC": "sic2007",
    "previous": "previous_code",
    "of": "previous_classification",
}
EXPECTED = {
    "code": "sub_unit_group",
    "outcome": "outcome",
    "entry": "index_title",
    "method": "match_method",
    "set aside": "words_set_aside",
    "read as": "title_read_as",
    "rung": "precedence_rung",
    "followed": "reference_followed",
    "candidates": "candidates",
    "safe": "safe_code",
    "outweighed": "outweighed",
    "change": "change_kind",
    "cause": "change_cause",
}


def read_table(path: Path) -> list[dict[str, str | None]]:
    """The rows of the one table of a Markdown file; an empty cell is None."""
    lines = path.read_text(encoding="utf-8").splitlines()
    header, _, *rows = (
        [cell.strip() or None for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("|")
    )
    unknown = set(header) - {*GIVEN, *EXPECTED, "reason", "why"}
    assert not unknown, f"{path.name}: columns that nothing reads: {unknown}"
    return [dict(zip(header, row, strict=True)) for row in rows]


TABLES = {path.stem: read_table(path) for path in sorted(FOLDER.glob("*.md"))}
NOTES = {name: rows for name, rows in TABLES.items() if name.startswith("notes_")}
ROWS = {name: rows for name, rows in TABLES.items() if name not in NOTES}
INDEXES = {"changes": "changes.csv"}
"""The index of a table, where it is not index.csv."""


def said(row: dict[str, str | None]) -> str:
    return ", ".join(f"{row[name]}" for name in GIVEN if row.get(name))


def coded(rows: list[dict[str, str | None]], lookup: Lookup) -> list[dict[str, str | None]]:
    records = [{GIVEN[k]: v for k, v in row.items() if k in GIVEN} for row in rows]
    frame = pl.DataFrame(records, schema=dict.fromkeys(CANONICAL_COLUMNS, pl.String))
    results = Coder(lookup).code(frame)
    changes = trace_records(frame, results, lookup).by_record()
    return results.by_record().hstack(changes).rows(named=True)


def come_of(rows: list[dict[str, str | None]], lookup: Lookup) -> list[dict[str, str | None]]:
    """The rows with what the engine says in their columns of expectation."""
    answers = []
    for row, result in zip(rows, coded(rows, lookup), strict=True):
        answer = {name: result[column] for name, column in EXPECTED.items() if name in row}
        if "code" in answer:
            answer["code"] = result["sub_unit_group"] or result["outcome"]
        if "reason" in row:
            answer["reason"] = result["default_reason"] or result["review_reason"]
        answers.append(row | answer)
    return answers


def read_index(name: str) -> pl.DataFrame:
    index = pl.read_csv(FOLDER / name, infer_schema=False)
    return index.with_row_index("record_number", offset=1).select(
        pl.col(name).cast(pl.Int64 if name == "record_number" else pl.String)
        if name in (*index.columns, "record_number")
        else pl.lit(None, pl.String).alias(name)
        for name in IndexEntries.to_schema().columns
    )


def compiled(index: pl.DataFrame) -> Lookup:
    starter = load(STARTER)
    return compile_lookup(
        edition="spec",
        reference_version="none",
        index=index,
        structure=starter.structure,
        sub_unit_groups=starter.sub_unit_groups,
        rules=load_rule_book(),
    )


@pytest.fixture(scope="module")
def answers() -> dict[str, list[dict[str, str | None]]]:
    indexes = {name: INDEXES.get(name, "index.csv") for name in ROWS}
    lookups = {name: compiled(read_index(name)) for name in set(indexes.values())}
    return {name: come_of(rows, lookups[indexes[name]]) for name, rows in ROWS.items()}


@pytest.mark.parametrize("name", ["index.csv", *INDEXES.values()])
def test_a_spec_index_is_an_index_with_real_codes(name):
    index = read_index(name)
    IndexEntries.validate(index)
    known = load(STARTER).sub_unit_groups["sub_unit_group"].to_list()
    assert set(index["sub_unit_group"].drop_nulls()) <= set(known)


@pytest.mark.parametrize(
    ("table", "number"),
    [
        pytest.param(
            name,
            number,
            id=f"{name}: {said(row)}",
        )
        for name, rows in ROWS.items()
        for number, row in enumerate(rows)
    ],
)
def test_row(table, number, answers):
    assert answers[table][number] == ROWS[table][number]


def test_technical_writer_in_version_13(lookup13):
    assert come_of(ROWS["technical_writer"], lookup13) == ROWS["technical_writer"]


@pytest.mark.parametrize("table", NOTES)
def test_notes_in_version_13(table, lookup13):
    assert come_of(NOTES[table], lookup13) == NOTES[table]


def test_every_branch_of_the_notes_is_shown_in_a_table(edition13, lookup13):
    """A branch is known by what it asks for, or by the title to which all of it leads."""
    rows = coded([row for rows in NOTES.values() for row in rows], lookup13)
    shown = {(row["reference_followed"], row["index_title"]) for row in rows}
    shown |= {
        (row["reference_followed"], (row[f"{kind}_qualifier"] or "").split(";")[0])
        for row in rows
        for kind in ("additional", "industry")
    }
    titles = dict(edition13.index.select("index_title_reversed", "index_title").iter_rows())
    branches = [(f, branch) for f in load_rule_book().notes.families for branch in f.branches]
    assert [
        (family.id, branch.see)
        for family, branch in branches
        if (
            FOLLOWED + family.says,
            branch.additional or branch.industry or titles[branch.see.removesuffix(" ( )")],
        )
        not in shown
    ] == []
