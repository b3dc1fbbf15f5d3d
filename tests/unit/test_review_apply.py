"""Decisions of a workbook: all stored, or all refused with the row of every fault."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from review_cells import cells, fill

from flows.cli import main
from flows.overrides import read_overrides
from flows.reports.review_workbook import write_review_workbook
from schemas.review import REVIEW_SCHEMA

CANARY = "Zyxcanary"
ALTERED = "the texts are not as the run wrote them"
TITLES = [f"{CANARY} Zork", f"{CANARY} Bork", f"{CANARY} Dork"]


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("SOC_RECODE_HOME", str(tmp_path / "home"))


@pytest.fixture
def workbook(tmp_path, starter_lookup) -> Path:
    """Rows 2 to 7: each of three titles by day, which has more weight, and by night."""
    records = [
        {
            "source_file": "a.csv",
            "source_row": 1,
            "record_id": "1",
            "job_title": title,
            "job_description": duties,
            "weight": weight,
            "review_reason": "title is not in the index",
        }
        for duties, weight in (("by day", 2.0), ("by night", 1.0))
        for title in TITLES
    ]
    review = tmp_path / "review.parquet"
    pl.DataFrame(records, schema=REVIEW_SCHEMA).write_parquet(review)
    target = tmp_path / "review.xlsx"
    write_review_workbook(review, target, starter_lookup, "run-1", 100)
    return target


@pytest.fixture
def overrides(tmp_path) -> Path:
    return tmp_path / "overrides.csv"


@pytest.fixture
def apply(workbook, overrides, tmp_path):
    """Fills in decisions, by row of the sheet, and applies them; gives the exit code."""

    def apply_to(changes: dict[int, dict[str, str]], *options: object) -> int:
        filled = fill(workbook, tmp_path / "filled.xlsx", changes)
        told = ["review", "apply", filled, "--overrides", overrides, *options]
        if "--author" not in options:
            told += ["--author", "Ann Example"]
        return main([str(one) for one in told])

    return apply_to


def codes_of(overrides: Path) -> list[str]:
    return sorted(read_overrides(overrides)["code"])


# What is stored


def test_decisions_are_stored_with_author_date_reason_and_edition(apply, overrides, capsys):
    changes = {
        2: {"decision": "3412/07 Technical authors", "reason": "writes manuals"},
        4: {"decision": "213399"},
        6: {"decision": "3412", "scope": "this title"},
    }
    assert apply(changes, "--date", "2026-11-22") == 0
    assert "Stored 3 decisions" in capsys.readouterr().out
    stored = {row["code"]: row for row in read_overrides(overrides).to_dicts()}
    assert stored.keys() == {"3412/07", "2133/99", "3412"}
    first, second, third = (stored[code] for code in ("3412/07", "2133/99", "3412"))
    assert first["author"] == "Ann Example"
    assert first["decided"] == "2026-11-22"
    assert first["reason"] == "writes manuals"
    assert first["edition"] == "starter"
    assert (first["scope"], first["job_title"], first["job_description"]) == (
        "text",
        TITLES[0],
        "by day",
    )
    assert second["reason"] == "review of run run-1"
    assert (third["scope"], third["job_title"], third["job_description"]) == (
        "title",
        TITLES[1],
        None,
    )


def test_a_date_need_not_be_given(apply, overrides):
    before = date.today().isoformat()
    assert apply({2: {"decision": "3412"}}) == 0
    assert before <= read_overrides(overrides)["decided"].item() <= date.today().isoformat()


def test_a_workbook_without_decisions_stores_nothing(apply, overrides, capsys):
    assert apply({2: {"reason": "to be thought about", "scope": "this title"}}) == 0
    assert "no decisions" in capsys.readouterr().out
    assert not overrides.exists()


def test_the_same_decisions_are_stored_once(apply, overrides, capsys):
    changes = {2: {"decision": "3412"}, 3: {"decision": "2133"}}
    assert apply(changes, "--date", "2026-01-01") == 0
    first = overrides.read_bytes()
    assert apply(changes, "--date", "2026-02-02", "--author", "Bob") == 0
    assert overrides.read_bytes() == first
    assert "2 were there already" in capsys.readouterr().out


def test_a_later_decision_takes_the_place_of_an_earlier_one_if_told_to(apply, overrides, capsys):
    assert apply({2: {"decision": "3412"}}, "--date", "2026-01-01") == 0
    later = {2: {"decision": "2133"}, 3: {"decision": "1111"}}
    assert apply(later, "--date", "2026-02-02") == 12
    assert codes_of(overrides) == ["3412"]
    assert "row 2" in capsys.readouterr().err
    assert apply(later, "--date", "2026-02-02", "--supersede") == 0
    assert codes_of(overrides) == ["1111", "2133", "3412"]  # the history is kept
    of_text = read_overrides(overrides).filter(pl.col("override_id").is_duplicated())
    assert of_text["code"].to_list() == ["3412", "2133"]
    assert "1 of them in the place of earlier ones" in capsys.readouterr().out


def test_a_decision_is_not_superseded_by_one_that_is_older(apply, overrides, capsys):
    assert apply({2: {"decision": "3412"}}, "--date", "2026-02-02") == 0
    assert apply({2: {"decision": "2133"}}, "--date", "2026-01-01", "--supersede") == 12
    assert "decided later, on 2026-02-02" in capsys.readouterr().err
    assert codes_of(overrides) == ["3412"]


def test_one_text_can_differ_from_what_is_decided_for_its_title(apply, overrides):
    changes = {
        2: {"decision": "3412", "scope": "this title"},
        5: {"decision": "2133", "scope": "this text"},
    }
    assert apply(changes) == 0
    assert codes_of(overrides) == ["2133", "3412"]


def test_two_rows_may_say_the_same_of_a_title(apply, overrides):
    title = {"decision": "3412", "scope": "this title"}
    assert apply({2: title, 5: title}) == 0
    assert codes_of(overrides) == ["3412"]


# What is refused


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"decision": "9999"}, "the decision is 9999; expected: a code of edition starter"),
        ({"decision": "3412/77"}, "the decision is 3412/77; expected: a code of edition starter"),
        ({"decision": "34"}, "the decision is 34; expected: a code of edition starter"),
        ({"decision": f"ask {CANARY}"}, "the decision is no code; expected: a code of edition"),
        ({"decision": "34120"}, "the decision is 34120; expected: a code"),
        ({"decision": "3412", "scope": CANARY}, "the scope is something else; expected: “this te"),
        ({"decision": "3412", "job title": "Bork"}, ALTERED),
        (
            {"decision": "3412", "job description": "by noon"},
            "the texts are not as the run wrote them",
        ),
        ({"decision": "3412", "override id": "o-1"}, ALTERED),
    ],
)
def test_a_decision_that_does_not_hold_is_refused_with_its_row(
    apply, overrides, capsys, change, said
):
    assert apply({3: {"decision": "3412"}, 4: change}) == 12
    error = capsys.readouterr().err
    assert f"row 4: {said}" in error
    assert "row 3" not in error
    assert CANARY not in error
    assert not overrides.exists()


def test_the_case_and_spacing_of_a_text_may_have_changed(apply):
    assert apply({2: {"decision": "3412", "job title": f" {TITLES[0].upper()} "}}) == 0


@pytest.mark.parametrize("scope", ["this text", "this title"])
def test_two_decisions_on_the_same_text_are_refused(apply, workbook, overrides, capsys, scope):
    # a row copied over another, as a person can who takes the protection off
    row = {"job title": TITLES[0], "job description": "by day", "decision": "2133"}
    copied = {**row, "override id": key_of(workbook, 2), "scope": scope}
    assert apply({2: {"decision": "3412"}, 6: copied}) == 12
    said = "row 6: the decision is 2133, but 3412 in row 2 for the same texts; expected: one decis"
    assert said in capsys.readouterr().err
    assert not overrides.exists()


def test_two_decisions_on_the_same_title_are_refused(apply, overrides, capsys):
    changes = {
        2: {"decision": "3412", "scope": "this title"},
        5: {"decision": "2133", "scope": "this title"},
    }
    assert apply(changes) == 12
    error = capsys.readouterr().err
    assert "row 5: the decision is 2133, but 3412 in row 2 for the same title" in error
    assert not overrides.exists()


def test_every_fault_is_told_and_what_was_stored_stays(apply, overrides, capsys):
    assert apply({7: {"decision": "3412"}}, "--date", "2026-01-01") == 0
    before = overrides.read_bytes()
    changes = {
        2: {"decision": "9999", "scope": "always"},
        3: {"decision": "3412"},
        4: {"decision": "x"},
        7: {"decision": "2133"},
    }
    assert apply(changes) == 12
    error = capsys.readouterr().err
    assert "3 of the decided rows do not hold; nothing was stored" in error
    assert [error.count(f"row {row}:") for row in (2, 3, 4, 7)] == [2, 0, 1, 1]
    assert "was decided as 3412 on 2026-01-01" in error
    assert overrides.read_bytes() == before


def test_an_edition_can_be_named_and_must_be_there(apply, capsys):
    assert apply({2: {"decision": "3412"}}, "--reference", "soc2020-v99") == 3
    assert "soc2020-v99" in capsys.readouterr().err


def test_an_author_must_be_named(apply, overrides):
    assert apply({2: {"decision": "3412"}}, "--author", " ") == 2
    assert not overrides.exists()


def test_a_damaged_file_of_overrides_is_left_alone(apply, overrides, capsys):
    overrides.write_text("override_id,decided\n")
    assert apply({2: {"decision": "3412"}}) == 12
    assert overrides.read_text() == "override_id,decided\n"


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 no workbook"])
def test_what_is_no_workbook_is_refused(tmp_path, overrides, capsys, content):
    path = tmp_path / "other.xlsx"
    if content is not None:
        path.write_bytes(content)
    told = ["review", "apply", path, "--author", "Ann", "--overrides", overrides]
    assert main([str(one) for one in told]) == 12
    assert "no review workbook" in capsys.readouterr().err


def test_a_workbook_without_its_columns_is_refused(apply, overrides, capsys):
    assert apply({1: {"decision": "verdict", "scope": "where"}}) == 12
    assert "row 1 lacks decision, scope" in capsys.readouterr().err


def key_of(workbook: Path, row: int) -> str:
    return cells(workbook)[row - 2]["override id"]
