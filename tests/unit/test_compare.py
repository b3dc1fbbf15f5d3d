"""Two runs compared: every kind of change, records matched across files, counts that add up."""

import json
from pathlib import Path

import polars as pl
import pytest

from flows.cli import main
from flows.compare import compare_runs
from flows.comparison import CODES, DETAILS, side_by_side, tell_causes
from flows.pipeline import run_pipeline
from flows.settings import RunSettings
from reference.edition_changes import edition_changes, no_changes
from schemas.changes import BETWEEN_RUNS, ChangedRecord
from schemas.errors import OutputError

CANARY = "Zyxcanary"
INDEX = {
    "index_title": pl.String,
    "additional_qualifier": pl.String,
    "industry_qualifier": pl.String,
    "default_code": pl.String,
    "unit_group": pl.String,
    "sub_unit_group": pl.String,
    "version_note": pl.String,
    "change": pl.String,
}


@pytest.fixture(scope="module", autouse=True)
def starter_only(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOC_RECODE_HOME", str(tmp_path_factory.mktemp("home")))
        yield


# Kinds and causes


def index(**entries: dict[str, str]) -> pl.DataFrame:
    """An edition's index: by UNIQUE ID, what of an entry is not blank."""
    rows = [{"index_entry_id": own, **given} for own, given in entries.items()]
    return pl.DataFrame(rows, schema={"index_entry_id": pl.String, **INDEX})


BEFORE = index(
    a={"index_title": "Author", "sub_unit_group": "3412/07"},
    b={"index_title": "Author", "sub_unit_group": "2133/99", "additional_qualifier": "IT"},
    c={"index_title": "Scribe", "sub_unit_group": "3412/01"},
    d={"index_title": "Critic", "sub_unit_group": "3412/02", "industry_qualifier": "press"},
    e={"index_title": "Poet", "sub_unit_group": "3412/03"},
)
NOW = index(
    a={"index_title": "Author", "sub_unit_group": "3412/09", "version_note": "V13 amended",
       "change": "SOC-ext code was 3412/07"},
    b={"index_title": "Author", "sub_unit_group": "2133/99", "additional_qualifier": "IT"},
    d={"index_title": "Critic", "sub_unit_group": "3412/02", "industry_qualifier": "media",
       "version_note": "V13 amended", "change": "IND term was press"},
    e={"index_title": "Poet", "sub_unit_group": "3412/03"},
    f={"index_title": "Blogger", "sub_unit_group": "3412/04", "version_note": "V13 new"},
)  # fmt: skip


def coded(entry: str | None, code: str | None, title: str | None, **more: str) -> dict[str, object]:
    decided = {"outcome": "assigned", "index_entry_id": entry, "index_title": title}
    return {"unit_group": code and code[:4], "sub_unit_group": code, **decided, **more}


IN_REVIEW = coded(None, None, None, outcome="review", review_reason="not in the index")
POET = coded("e", "3412/03", "Poet")
AUTHOR = coded("a", "3412/07", "Author")
CHANGES = [
    (POET, IN_REVIEW, "withdrawn", "for review: not in the index"),
    (IN_REVIEW, coded("f", "3412/04", "Blogger"), "newly_coded",
     "was for review: not in the index; now “Blogger” (no qualifier is asked for); "
     "entry f is new, V13 new"),
    (coded("b", "2133/99", "Author", outcome="assigned_by_default", default_reason="nothing given"),
     coded("b", "2133/99", "Author", evidence="job_description: “code”"), "evidence_found",
     "before “Author” (nothing given), now “Author” (job_description: “code”)"),
    (POET, POET | {"outcome": "assigned_by_default", "default_reason": "r"}, "default_taken",
     "before “Poet” (no qualifier is asked for), now “Poet” (r)"),
    (AUTHOR, coded("a", "3412/09", "Author"), "index_amended",
     "the entry was changed, V13 amended: SOC-ext code was 3412/07"),
    (POET, coded("f", "3412/04", "Blogger"), "index_extended",
     "another entry: before “Poet” (no qualifier is asked for), now “Blogger” (no qualifier is "
     "asked for); entry f is new, V13 new"),
    (coded("c", "3412/01", "Scribe"), POET, "index_reduced",
     "another entry: before “Scribe” (no qualifier is asked for), now “Poet” (no qualifier is "
     "asked for); entry c is gone"),
    (coded("d", "3412/02", "Critic", industry_qualifier="press", evidence="x"), POET,
     "index_reworded",
     "another entry: before “Critic” with industry press (x), now “Poet” (no qualifier is asked "
     "for); entry d asks for something else, V13 amended: IND term was press"),
    (AUTHOR, coded("b", "2133/99", "Author", additional_qualifier="IT", evidence="y"),
     "requalified",
     "another branch of the title: before “Author” (no qualifier is asked for), now “Author” with "
     "IT (y)"),
    (POET, coded("b", "2133/99", "Author"), "reassigned",
     "another entry: before “Poet” (no qualifier is asked for), now “Author” (no qualifier is "
     "asked for)"),
]  # fmt: skip


def changed(before: dict, now: dict) -> pl.LazyFrame:
    key = {"record_id": "1", "source_file": "x.csv", "source_row": 1, "weight": 1.0}
    sides = {
        f"{name}_{side}": values.get(name)
        for side, values in (("before", before), ("now", now))
        for name in (*CODES, *DETAILS)
    }
    schema = dict.fromkeys(sides, pl.String)
    return pl.LazyFrame([{**key, **sides}], schema_overrides=schema)


@pytest.mark.parametrize(
    ("before", "now", "kind", "cause"), CHANGES, ids=lambda value: str(value)[:20]
)
def test_each_change_has_a_kind_and_a_cause(before, now, kind, cause):
    told = tell_causes(changed(before, now), edition_changes(BEFORE, NOW)).collect()
    ChangedRecord.validate(told)
    assert told.select("change_kind", "change_cause").row(0) == (kind, cause)


def test_every_kind_is_tried():
    assert [kind for *_, kind, _ in CHANGES] == list(BETWEEN_RUNS)


def test_without_both_editions_what_they_changed_is_not_told():
    told = tell_causes(changed(POET, coded("f", "3412/04", "Blogger")), no_changes()).collect()
    assert told["change_kind"].item() == "reassigned"
    assert "new" not in told["change_cause"].item()


def test_the_note_of_the_later_edition_is_cited_also_on_the_way_back():
    back = edition_changes(NOW, BEFORE)
    assert dict(back.amended.iter_rows()) == {"a": "V13 amended: SOC-ext code was 3412/07"}
    assert dict(back.reworded.iter_rows()) == {"d": "V13 amended: IND term was press"}
    assert (back.added["index_entry_id"].to_list(), back.removed["index_entry_id"].to_list()) == (
        ["c"],
        ["f"],
    )


def test_records_are_side_by_side_by_their_id_and_those_of_one_run_stay():
    def run(file: str, codes: dict[str, str | None]) -> pl.LazyFrame:
        rows = [
            {"record_id": own, "source_file": file, "source_row": row, "weight": 2.0}
            | {"outcome": "assigned" if code else "review", "unit_group": code}
            | {"sub_unit_group": None, "index_entry_id": "e"}
            for row, (own, code) in enumerate(codes.items(), start=1)
        ]
        return pl.LazyFrame(rows, schema_overrides=dict.fromkeys(CODES, pl.String))

    before = run("june.csv", {"same": "1111", "moved": "1111", "gone": "1111", "in review": None})
    now = run("july.csv", {"new": "1111", "moved": "2133", "in review": None, "same": "1111"})
    found = side_by_side(before, now).sort("record_id").collect()
    told = found.select(
        "record_id", "source_file", "source_row", "unit_group_before", "unit_group_now"
    )
    assert told.rows() == [
        ("gone", "june.csv", 3, "1111", None),
        ("moved", "july.csv", 2, "1111", "2133"),
        ("new", "july.csv", 1, None, "1111"),
    ]


# Runs


def extract(path: Path, rows: str) -> Path:
    path.write_text(f"Case ID,job title,duties,weight\n{rows}")
    return path


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """Two runs: of six records, and of other six, five of them the same."""
    folder = tmp_path_factory.mktemp("runs")
    before = extract(
        folder / "june.csv",
        f"1,Technical writer,,2\n2,Technical writer,software manuals {CANARY},4\n"
        f"3,{CANARY} wrangler,,8\n4,Nurse,,16\n 5 ,Bricklayer,,32\n6,Plumber,,64\n",
    )
    now = extract(
        folder / "july.csv",
        f"7,Plumber,,\n5,Bricklayer,,32\n4,Nurse,,16\n3,Bricklayer,,8\n"
        f"2,Technical writer,{CANARY},4\n1,Technical writer,software manuals,2\n",
    )
    run_pipeline([before], RunSettings(out=folder / "a"))
    run_pipeline([now], RunSettings(out=folder / "b"))
    return folder


def test_changes_are_counted_by_cause_and_level(runs, tmp_path):
    report = compare_runs(runs / "a", runs / "b", tmp_path / "out")
    changes = pl.read_parquet(tmp_path / "out" / "changes.parquet")
    told = changes.select("record_id", "source_file", "source_row", "weight", "change_kind").rows()
    # source_row is the line of the file
    assert told == [
        ("3", "july.csv", 5, 8.0, "newly_coded"),
        ("2", "july.csv", 6, 4.0, "requalified"),
        ("1", "july.csv", 7, 2.0, "requalified"),
    ]
    assert report["change_kinds"]["requalified"] == {"records": 2, "weight": 6.0}
    assert report["changed"] == {"records": 3, "weight": 14.0}
    assert report["only_before"] == {"records": 1, "weight": 64.0}
    assert report["only_now"] == {"records": 1, "weight": 1.0}
    assert report["coded_in_both"] == {"records": 4, "weight": 54.0}
    assert report["differs"] == ["input"]
    assert report["notes"] == ["The extracts differ: records are matched by record_id alone."]
    one = report["levels"][0]
    # 3412 to 2133 with weight 2, and back with weight 4: of 54
    assert (one["gross_records"], one["gross_weight"], one["gross_percent"]) == (2, 6.0, 11.111)
    assert (one["net_records"], one["net_weight"], one["net_percent"]) == (0, 2.0, 3.704)
    assert report["largest_flows"][0]["before"] == "review"
    assert json.loads((tmp_path / "out" / "compare.json").read_text()) == report
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "changes.parquet",
        "compare.json",
    ]


def test_the_command_shows_causes_and_no_text_of_a_record(runs, tmp_path, capsys):
    told = ["compare", str(runs / "a"), str(runs / "b"), f"--out={tmp_path / 'out'}"]
    assert main(told) == 0
    said = capsys.readouterr().out
    assert "What differs between the runs: input." in said
    assert "requalified" in said
    assert "review" in said
    assert f"The comparison is in {tmp_path / 'out'}" in said
    assert CANARY not in said + (tmp_path / "out" / "compare.json").read_text()


def test_the_same_run_has_no_changes(runs, tmp_path):
    report = compare_runs(runs / "a", runs / "a", tmp_path / "out")
    assert (report["differs"], report["changed"]["records"], report["largest_flows"]) == ([], 0, [])
    assert pl.read_parquet(tmp_path / "out" / "changes.parquet").height == 0


def test_two_comparisons_give_the_same_bytes(runs, tmp_path):
    for name in ("one", "two"):
        compare_runs(runs / "a", runs / "b", tmp_path / name)
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("one", "two")
    )
    assert one == two


def test_an_edition_that_is_not_installed_is_said(runs, tmp_path):
    other = tmp_path / "other"
    run_pipeline([runs / "june.csv"], RunSettings(out=other))
    manifest = json.loads((other / "run.json").read_text())
    manifest |= {"edition": "soc2020-v99", "reference_version": "0" * 64}
    (other / "run.json").write_text(json.dumps(manifest))
    report = compare_runs(runs / "a", other, tmp_path / "out")
    assert report["differs"] == ["edition"]
    (note,) = report["notes"]
    assert note.startswith("Edition soc2020-v99 is not installed as the run used it")


def test_what_cannot_be_compared_or_replaced_is_refused(runs, tmp_path):
    with pytest.raises(OutputError, match="does not hold the results of a run"):
        compare_runs(tmp_path, runs / "b", tmp_path / "out")
    with pytest.raises(OutputError, match="would replace"):
        compare_runs(runs / "a", runs / "b", runs, replace=True)
    with pytest.raises(OutputError, match="something else"):
        (tmp_path / "letters").mkdir()
        (tmp_path / "letters" / "letter.txt").touch()
        compare_runs(runs / "a", runs / "b", tmp_path / "letters", replace=True)
    compare_runs(runs / "a", runs / "b", tmp_path / "out")
    with pytest.raises(OutputError, match="is not empty"):
        compare_runs(runs / "a", runs / "b", tmp_path / "out")
    compare_runs(runs / "a", runs / "b", tmp_path / "out", replace=True)


def test_a_comparison_that_fails_leaves_the_earlier_one(runs, tmp_path, monkeypatch):
    compare_runs(runs / "a", runs / "b", tmp_path / "out")
    earlier = (tmp_path / "out" / "compare.json").read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("flows.compare._report", fail)
    with pytest.raises(OSError, match="No space left"):
        compare_runs(runs / "b", runs / "a", tmp_path / "out", replace=True)
    assert (tmp_path / "out" / "compare.json").read_bytes() == earlier
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
