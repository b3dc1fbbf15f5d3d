"""The file of overrides: the same bytes, a history, rows that hold, and no formula in it."""

import csv
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from flows.overrides import in_force, override_ids, read_overrides, write_overrides
from schemas.errors import ReviewError
from schemas.overrides import OVERRIDES_SCHEMA

CANARY = "Zyxcanary"


def overrides_of(*given: dict) -> pl.DataFrame:
    """Overrides with all that is not given filled in."""
    usual = {
        "decided": "2026-11-22",
        "author": "Ann",
        "reason": "duties",
        "code": "3412",
        "scope": "text",
        "job_title": "Zork mender",
        "edition": "starter",
    }
    rows = pl.DataFrame([{**usual, **one} for one in given], schema=OVERRIDES_SCHEMA)
    return rows.with_columns(override_ids(rows, pl.col("scope")))


def stored(path: Path, *given: dict) -> Path:
    write_overrides(path, overrides_of(*given))
    return path


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "overrides.csv"


def test_what_is_written_is_read_and_written_again_as_the_same_bytes(path):
    texts = {"job_description": 'mends, "carefully"\nall night', "sic2007": "62012"}
    stored(path, texts, {"job_title": "Bork"}, {"scope": "title", "code": "3412/07"})
    first = path.read_bytes()
    read = read_overrides(path)
    write_overrides(path, read)
    assert path.read_bytes() == first
    assert b"\r" not in first
    assert first.count(b"\n") == 4  # a line each, also for a text with a line break
    assert read.height == 3
    described = read.drop_nulls("job_description")
    assert described["job_description"].to_list() == ['mends, "carefully" all night']
    assert described["sic2007"].to_list() == ["62012"]
    assert read["override_id"].is_sorted()
    assert list(path.parent.iterdir()) == [path]


def test_the_order_in_which_decisions_are_added_makes_no_difference(tmp_path):
    given = [{"job_title": f"Zork {number}"} for number in range(9)]
    forth = stored(tmp_path / "a.csv", *given).read_bytes()
    assert stored(tmp_path / "b.csv", *reversed(given)).read_bytes() == forth


def test_the_last_decision_counts_by_date_and_then_by_place(path):
    stored(
        path,
        {"code": "1111", "decided": "2026-03-01"},
        {"code": "2222", "decided": "2026-02-01"},
        {"code": "3333", "job_title": "Bork"},
        {"code": "4444", "job_title": "Bork"},
    )
    read = read_overrides(path)
    assert read.height == 4
    assert dict(in_force(read).select("job_title", "code").iter_rows()) == {
        "Zork mender": "1111",
        "Bork": "4444",
    }


def test_an_id_depends_on_scope_and_texts_but_not_on_case_accents_and_spacing():
    ids = overrides_of(
        {"job_title": "Café aide"},
        {"job_title": " CAFE  aide", "author": "Bob", "code": "2133", "department": " "},
        {"job_title": "Café aide", "department": "Kitchen"},
        {"job_title": "Café aide", "qualification": "Kitchen"},
        {"job_title": "Café aide", "scope": "title"},
        {"job_title": "Café aide", "scope": "title", "department": "Kitchen"},
        {"job_title": "Café-aide"},
    )["override_id"].to_list()
    assert ids[0] == ids[1]
    assert ids[4] == ids[5]  # of a title, nothing else counts
    assert len(set(ids)) == 5
    # hand-checked: sha256 of "text", the key of the title and five empty ones, parted by \x1f
    assert ids[0] == "o-6459a0afcde5"


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "-2+3", "+44 agent"])
def test_no_text_in_the_file_can_run_as_a_formula(path, text):
    stored(path, {"job_title": text, "reason": text, "author": text})
    with path.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["job_title"] == row["reason"] == row["author"] == f"'{text}"
    read = read_overrides(path)
    assert read["job_title"].to_list() == read["author"].to_list() == [text]
    assert_frame_equal(read, overrides_of({"job_title": text, "reason": text, "author": text}))


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("code", "341", "code is not a code such as 3412 or 3412/07"),
        ("scope", "all", "scope is not text or title"),
        ("decided", "2026-02-30", "decided is not a date"),
        ("decided", "2026-2-3", "decided is not a date"),
        ("author", "", "author is not a name"),
        ("reason", "", "reason is not a reason"),
        ("job_title", f"{CANARY} altered", "override_id is not that of the scope and the texts"),
        ("override_id", "o-000000000000", "override_id is not that of the scope and the texts"),
    ],
)
def test_a_row_that_does_not_hold_is_named_and_not_quoted(path, column, value, said):
    stored(path, {"job_title": f"{CANARY} one"}, {"job_title": f"{CANARY} two"})
    rows = pl.read_csv(path, infer_schema=False)
    changed = pl.when(pl.int_range(pl.len()) == 1).then(pl.lit(value)).otherwise(pl.col(column))
    rows.with_columns(changed.alias(column)).write_csv(path)
    with pytest.raises(ReviewError) as refused:
        read_overrides(path)
    assert f"row 3: {said}" in str(refused.value)
    assert "row 2" not in str(refused.value)
    assert CANARY not in str(refused.value)
    assert refused.value.exit_code == 12


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"a,b\n1,2\n", b"\xff\xfe\x00", b"<<<<<<< ours\n"],
    ids=["empty", "blank", "other columns", "not UTF-8", "unmerged"],
)
def test_what_is_no_file_of_overrides_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(ReviewError):
        read_overrides(path)


def test_an_unmerged_file_is_refused(path):
    stored(path, {}, {"job_title": "Bork"})
    lines = path.read_text().splitlines()
    lines[1:1] = ["<<<<<<< ours"]
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(ReviewError, match="row 2"):
        read_overrides(path)


def test_a_file_that_is_not_there_is_said_to_be_so(path):
    with pytest.raises(ReviewError, match="cannot be read"):
        read_overrides(path)


def test_lines_that_another_program_ended_its_own_way_are_read(path):
    stored(path, {"job_description": "mends"})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_overrides(path)["job_description"].to_list() == ["mends"]
