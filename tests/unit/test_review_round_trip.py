"""The review loop as a team goes through it: run, decide, apply, run again."""

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest
from review_cells import cells, fill
from test_overrides_file import overrides_of

from flows.cli import main
from flows.overrides import write_overrides
from flows.pipeline import run_pipeline
from flows.settings import RunSettings
from schemas.errors import OutputError, ReviewError

DECISIONS = ("3412", "3412/07 Technical authors", "2133/99", "5313")
STORED = ("3412", "3412/07", "2133/99", "5313")


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("SOC_RECODE_HOME", str(tmp_path / "home"))


@pytest.fixture
def extract(tmp_path) -> Path:
    """230 distinct texts that no index has, some in two records, and 20 bricklayers."""
    path = tmp_path / "extract.csv"
    rows = ["record_id,job_title,duties,weight"]
    for number in range(230):
        title = f"=Zork{chr(97 + number % 23) * 4} mender" if number % 2 else f"Bork {number}x"
        rows.append(f"a{number},{title},duty {number},{1 + number % 9}")
        if number % 3 == 0:
            rows.append(f"b{number},{title.upper()}, Duty  {number},0.5")
    rows += [f"c{number},Bricklayer,duty {number},1" for number in range(20)]
    path.write_text("\n".join(rows) + "\n")
    return path


def soc_recode(*arguments: object) -> int:
    return main([str(one) for one in arguments])


def run(extract: Path, out: Path, *options: object) -> int:
    return soc_recode("run", extract, "--kind", "survey", "--no-server", "--out", out, *options)


def test_200_decisions_are_applied_used_and_cited(tmp_path, extract, capsys):
    assert run(extract, tmp_path / "first") == 0
    workbook = tmp_path / "first" / "review.xlsx"
    rows = cells(workbook)
    assert len(rows) == 230
    decided = {row: {"decision": DECISIONS[row % 4]} for row in range(2, 202)}
    filled = fill(workbook, tmp_path / "filled.xlsx", decided)
    overrides = tmp_path / "overrides.csv"
    applied = ("review", "apply", filled, "--author", "Ann", "--overrides", overrides)
    assert soc_recode(*applied, "--date", "2026-11-22") == 0
    assert "Stored 200 decisions" in capsys.readouterr().out

    assert run(extract, tmp_path / "second", "--overrides", overrides) == 0
    assert "Overrides: 200 of 200 used" in " ".join(capsys.readouterr().out.split())
    manifest = json.loads((tmp_path / "second" / "run.json").read_text())
    told = manifest["overrides"]
    assert (told["decisions"], told["in_force"], len(told["used"])) == (200, 200, 200)
    assert not any(told[name] for name in ("unused", "not_in_edition", "redundant", "contradicted"))
    assert {(one["author"], one["decided"]) for one in told["used"]} == {("Ann", "2026-11-22")}

    expected = {
        rows[row - 2]["override id"]: (STORED[row % 4], int(rows[row - 2]["records"]))
        for row in decided
    }
    coded = pl.read_parquet(tmp_path / "second" / "coded").drop_nulls("override_id")
    code = pl.coalesce("sub_unit_group", "unit_group").alias("code")
    cited = coded.group_by("override_id", code).len()
    assert {one: (given, count) for one, given, count in cited.iter_rows()} == expected
    assert set(coded["outcome"]) == {"assigned"}
    used = {one["override_id"]: (one["code"], one["records"]) for one in told["used"]}
    assert used == expected
    before = json.loads((tmp_path / "first" / "run.json").read_text())["counts"]
    decided_records = sum(records for _, records in expected.values())
    assert manifest["counts"]["review"] == before["review"] - decided_records
    left = cells(tmp_path / "second" / "review.xlsx")
    assert [row["override id"] for row in left] == [row["override id"] for row in rows[200:]]


def test_one_invalid_and_one_conflicting_decision_keep_all_200_from_being_stored(
    tmp_path, extract, capsys
):
    assert run(extract, tmp_path / "out") == 0
    workbook, overrides = tmp_path / "out" / "review.xlsx", tmp_path / "overrides.csv"
    rows = cells(workbook)
    decided = {row: {"decision": DECISIONS[row % 4]} for row in range(2, 202)}
    decided[77] = {"decision": "9999"}
    texts = ("job title", "job description", "override id")
    decided[120] = {"decision": "2133", **{name: str(rows[3][name]) for name in texts}}
    filled = fill(workbook, tmp_path / "filled.xlsx", decided)
    capsys.readouterr()
    assert soc_recode("review", "apply", filled, "--author", "A", "--overrides", overrides) == 12
    lines = capsys.readouterr().err.splitlines()
    faults = [line.strip() for line in lines if line.startswith("  row ")]
    assert faults == [
        "row 77: the decision is 9999; expected: a code of edition starter",
        "row 120: the decision is 2133, but 3412/07 in row 5 for the same texts; "
        "expected: one decision",
    ]
    assert not overrides.exists()


def test_overrides_are_part_of_what_a_run_is(tmp_path, extract):
    def identity(name: str, overrides: Path | None) -> tuple[str, str]:
        told = RunSettings(out=tmp_path / name, overrides=overrides)
        manifest = run_pipeline([extract], told)
        return manifest["run_id"], manifest["overrides_sha256"]

    one, same, other = (tmp_path / name for name in ("one.csv", "same.csv", "other.csv"))
    write_overrides(one, overrides_of({}))
    write_overrides(same, overrides_of({}))
    write_overrides(other, overrides_of({"code": "2133"}))
    without, no_hash = identity("a", None)
    with_one, its_hash = identity("b", one)
    assert no_hash == ""
    assert identity("c", same) == (with_one, its_hash)
    assert len({without, with_one, identity("d", other)[0]}) == 3


def test_what_an_edition_now_says_by_itself_or_otherwise_is_told(tmp_path, capsys):
    extract = tmp_path / "jobs.csv"
    extract.write_text(
        "record_id,job_title,weight\n1,Bricklayer,2\n2,bricklayer,3\n3,Technical writer,1\n"
        "4,Zork mender,1\n5,Plumber,1\n"
    )
    given = [
        {"job_title": "Bricklayer", "code": "3412"},  # the starter says 5313
        {"job_title": "Technical writer", "code": "3412"},  # it says 3412/07
        {"job_title": "Zork mender", "code": "9999"},  # it has no such code
        {"job_title": "Bork"},  # of no record
        {"job_title": "Plumber", "scope": "title", "code": "2133"},  # it says 5315
    ]
    made = overrides_of(*given)
    ids = made["override_id"].to_list()
    write_overrides(tmp_path / "overrides.csv", made)
    assert run(extract, tmp_path / "out", "--overrides", tmp_path / "overrides.csv") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Overrides: 2 of 5 used, for 3 records (weight 6.0)." in said
    assert f"the edition does not have their code: {ids[2]} to 9999." in said
    assert f"{ids[0]} to 3412, the edition 5313/00" in said
    told = json.loads((tmp_path / "out" / "run.json").read_text())["overrides"]
    assert {one["override_id"]: one["weight"] for one in told["used"]} == {ids[0]: 5, ids[1]: 1}
    assert sorted(told["unused"]) == sorted([ids[3], ids[4]])
    assert told["not_in_edition"] == [{"override_id": ids[2], "code": "9999"}]
    assert [one["override_id"] for one in told["redundant"]] == [ids[1]]
    contradicted = {one["override_id"]: one["engine_code"] for one in told["contradicted"]}
    assert contradicted.keys() == {ids[0], ids[4]}
    assert contradicted[ids[0]] == "5313/00"


def test_the_last_of_several_decisions_is_used(tmp_path):
    extract = tmp_path / "jobs.csv"
    extract.write_text("record_id,job_title\n1,Zork mender\n")
    decided = ({"code": "1111", "decided": "2026-02-02"}, {"code": "2133"}, {"code": "3412"})
    write_overrides(tmp_path / "overrides.csv", overrides_of(*decided))
    told = RunSettings(out=tmp_path / "out", overrides=tmp_path / "overrides.csv")
    manifest = run_pipeline([extract], told)["overrides"]
    assert (manifest["decisions"], manifest["in_force"]) == (3, 1)
    assert [one["code"] for one in manifest["used"]] == ["3412"]


def test_overrides_that_do_not_hold_stop_a_run_before_it_reads(tmp_path, extract, capsys):
    overrides = tmp_path / "overrides.csv"
    write_overrides(overrides, overrides_of({}))
    overrides.write_text(overrides.read_text().replace("Zork", "Bork"))
    assert run(extract, tmp_path / "out", "--overrides", overrides) == 12
    assert "row 2" in capsys.readouterr().err
    with pytest.raises(ReviewError, match="cannot be read"):
        run_pipeline([extract], RunSettings(out=tmp_path / "out", overrides=tmp_path / "none.csv"))
    assert not (tmp_path / "out").exists()


def test_overrides_in_the_results_folder_are_not_replaced(tmp_path, extract):
    out = tmp_path / "out"
    run_pipeline([extract], RunSettings(out=out))
    overrides = out / "overrides.csv"
    write_overrides(overrides, overrides_of({}))
    with pytest.raises(OutputError, match="holds what is to be read"):
        run_pipeline([extract], RunSettings(out=out, replace=True, overrides=overrides))
    assert overrides.exists()


def test_a_run_with_overrides_is_verified_with_them(tmp_path, extract, capsys):
    overrides, out = tmp_path / "overrides.csv", tmp_path / "out"
    write_overrides(
        overrides, overrides_of({"job_title": "Bricklayer", "job_description": "duty 3"})
    )
    assert run(extract, out, "--overrides", overrides) == 0
    assert json.loads((out / "run.json").read_text())["overrides"]["used"]
    assert soc_recode("verify", out) == 0
    provenance = (out / "provenance.json").read_text()
    assert hashlib.sha256(overrides.read_bytes()).hexdigest() in provenance
    overrides.write_text(overrides.read_text().replace("3412", "2133"))
    capsys.readouterr()
    assert soc_recode("verify", out) != 0
    assert "overrides" in capsys.readouterr().out


def test_a_comparison_names_the_override_that_changed_a_code(tmp_path):
    extract = tmp_path / "jobs.csv"
    extract.write_text("record_id,job_title\n1,Bricklayer\n2,Zork mender\n3,Technical writer\n")
    given = [{"job_title": title} for title in ("Bricklayer", "Zork mender")]
    made = overrides_of(*given, {"job_title": "Technical writer", "code": "3412/07"})
    bricks, zorks, writers = made["override_id"]
    write_overrides(tmp_path / "overrides.csv", made)
    assert run(extract, tmp_path / "a") == 0
    assert run(extract, tmp_path / "b", "--overrides", tmp_path / "overrides.csv") == 0
    assert soc_recode("compare", tmp_path / "a", tmp_path / "b", "--out", tmp_path / "ab") == 0
    assert soc_recode("compare", tmp_path / "b", tmp_path / "a", "--out", tmp_path / "ba") == 0
    forth, back = (
        {
            row["record_id"]: (row["change_kind"], row["change_cause"])
            for row in pl.read_parquet(tmp_path / name / "changes.parquet").to_dicts()
        }
        for name in ("ab", "ba")
    )
    kinds = {one: kind for one, (kind, _) in forth.items()}
    assert kinds == {"1": "reassigned", "2": "newly_coded", "3": "evidence_found"}
    assert forth["1"][1].endswith(f"now override {bricks}")
    assert forth["2"][1] == f"was for review: title is not in the index; now override {zorks}"
    assert forth["3"][1].endswith(f"now override {writers}")
    assert back["1"][1].startswith(f"before override {bricks}, now “")
    assert back["2"] == ("withdrawn", "for review: title is not in the index")
