"""Verifying a run: what was altered, lost or added is found, named, and nothing else is said."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from small_edition import write_workbook
from verified_run import edit_manifest, put, rewrite

from flows.checks import Check
from flows.cli import main
from flows.lookups import load_lookup
from flows.pipeline import run_pipeline
from flows.recorded_run import read_recorded
from flows.replay import replay_run
from flows.settings import RunSettings
from flows.verify import check_installed, verify_run
from reference.store import editions_folder, install_file

EXAMPLES = Path(__file__).parents[2] / "reference" / "examples"
CODED = "coded/survey-00000.parquet"
DIFFERS = 11
S0003 = 4  # its source row: line 1 is the header
CANARY = "Zyxcanary"
Folders = tuple[Path, Path]


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Folders:
    """The example survey coded with the starter: its folder and that of the results."""
    folder = tmp_path_factory.mktemp("finished")
    shutil.copytree(EXAMPLES, folder / "in")
    survey = folder / "in" / "survey.csv"
    run_pipeline([survey], RunSettings(out=folder / "out", reference="starter"))
    return folder


@pytest.fixture(autouse=True)
def starter_only(tmp_path, monkeypatch):
    monkeypatch.setenv("SOC_RECODE_HOME", str(tmp_path / "home"))


@pytest.fixture
def survey(tmp_path, finished) -> Path:
    """A copy of the extract, from which the results in `out` say that they were made."""
    return Path(shutil.copy(finished / "in" / "survey.csv", tmp_path / "survey.csv"))


@pytest.fixture
def out(tmp_path, finished, survey) -> Path:
    results = Path(shutil.copytree(finished / "out", tmp_path / "out"))
    edit_manifest(results, lambda manifest: manifest["sources"][0].update(path=str(survey)))
    return results


def findings(out: Path, *places: Path) -> list[Check]:
    checks = verify_run(read_recorded(out), list(places))
    return [check for check in checks if not check.agrees]


def named(out: Path, *places: Path) -> list[tuple[str, str, str]]:
    return [(check.about, check.name, check.status) for check in findings(out, *places)]


def details(out: Path) -> str:
    return " | ".join(check.detail for check in findings(out))


# Untouched


def test_an_untouched_run_verifies(out, capsys):
    assert main(["verify", str(out), "--replay", "100"]) == 0
    said = capsys.readouterr().out
    assert "survey.csv" in said
    assert "57 of 57 coded records" in said
    assert "0 differ" in said
    assert "differs" not in said


def test_a_run_of_an_employer_in_typed_files_and_many_batches_verifies(tmp_path):
    given = pl.read_csv(EXAMPLES / "employer.csv", separator=";", infer_schema=False)
    many = pl.concat([given] * 80).with_columns(
        pl.int_range(pl.len()).alias("Post no"),
        pl.col("Company SIC").str.replace(".", "", literal=True).cast(pl.Float64, strict=False),
        outcome=pl.lit("an input column of the output's name"),
    )
    many.write_parquet(tmp_path / "staff.parquet")
    shutil.copy(EXAMPLES / "employer.csv", tmp_path / "staff.csv")
    settings = RunSettings(
        kind="employer",
        mapping=EXAMPLES / "employer_mapping.toml",
        out=tmp_path / "out",
        batch_rows=1000,
    )
    run_pipeline([tmp_path / "staff.parquet", tmp_path / "staff.csv"], settings)
    recorded = read_recorded(tmp_path / "out")
    assert len(recorded.source_of) > 2
    assert named(tmp_path / "out") == []
    replay = replay_run(recorded, 1_000_000)
    assert (
        replay.records
        == replay.coded
        == sum(recorded.manifest["counts"].values()) / 2
        - (recorded.manifest["counts"]["quarantined"])
    )
    assert replay.agrees


def test_json_says_the_same_to_a_program(out, capsys):
    assert main(["verify", str(out), "--replay", "5", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["agrees"] is True
    assert said["replay"]["records"] == 5
    (tampered,) = [check for check in said["checks"] if check["name"] == CODED]
    assert tampered == {"about": "output", "name": CODED, "status": "same", "detail": ""}
    (out / CODED).unlink()
    assert main(["verify", str(out), "--json"]) == DIFFERS
    said = json.loads(capsys.readouterr().out)
    assert said["agrees"] is False
    assert said["replay"] is None


# Outputs


@pytest.mark.parametrize("name", [CODED, "review.parquet", "quarantine.parquet"])
@pytest.mark.parametrize("place", [0.0, 0.1, 0.5, 0.999])
def test_a_changed_byte_is_found(out, capfd, name, place):
    content = bytearray((out / name).read_bytes())
    content[int(len(content) * place)] ^= 1
    (out / name).write_bytes(content)
    assert ("output", name, "differs") in named(out)
    assert main(["verify", str(out), "--replay", "100"]) == DIFFERS
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("name", [CODED, "review.parquet", "quarantine.parquet", "provenance.json"])
def test_a_removed_file_is_missing(out, name):
    (out / name).unlink()
    assert ("output", name, "missing") in named(out)
    assert main(["verify", str(out), "--replay", "100"]) == DIFFERS


def test_an_added_file_is_found(out):
    shutil.copy(out / CODED, out / "coded" / "survey-00001.parquet")
    assert named(out) == [("output", "coded/survey-00001.parquet", "added")]


def test_a_file_of_another_run_is_found_by_what_it_says_it_was_made_with(tmp_path, survey, out):
    settings = RunSettings(out=tmp_path / "other", kind="employer", reference="starter")
    run_pipeline([survey], settings)
    shutil.copy(tmp_path / "other" / CODED, out / CODED)
    rewrite(out, CODED, lambda frame: frame)
    assert named(out) == [("output", CODED, "differs")]
    assert "its kind is employer, survey in run.json" in details(out)
    assert "its run_id is" in details(out)


def test_provenance_that_says_other_things_is_found(out):
    text = (out / "provenance.json").read_text()
    (out / "provenance.json").write_text(text.replace("survey.csv", "census.csv"))
    assert named(out) == [("output", "provenance.json", "differs")]


def test_an_edited_time_is_found_by_the_provenance(out):
    text = (out / "run.json").read_text()
    for other in ('"2020-01-01T00:00:00+00:00"', "5"):
        manifest = json.loads(text) | {"started": json.loads(other)}
        (out / "run.json").write_text(json.dumps(manifest))
        assert named(out) == [("output", "provenance.json", "differs")]


# Inputs


def test_a_changed_input_is_found(survey, out, capsys):
    survey.write_text(survey.read_text() + "S0061,Nurse,,,\n")
    assert named(out) == [("input", "survey.csv", "differs")]
    assert main(["verify", str(out)]) == DIFFERS
    assert "survey.csv" in capsys.readouterr().out


def test_a_moved_input_is_found_by_its_name(tmp_path, survey, out):
    archive = tmp_path / "archive" / "2025"
    archive.mkdir(parents=True)
    survey.rename(archive / "survey.csv")
    assert named(out) == [("input", "survey.csv", "missing")]
    assert main(["verify", str(out)]) == DIFFERS
    assert main(["verify", str(out), "--inputs", str(tmp_path / "archive")]) == 0
    (found,) = [c for c in verify_run(read_recorded(out), [archive]) if c.about == "input"]
    assert found.detail == f"found as {archive / 'survey.csv'}"


def test_a_renamed_input_is_found_by_its_hash(tmp_path, survey, out):
    archive = tmp_path / "archive"
    archive.mkdir()
    survey.rename(archive / "wave 1.csv")
    (archive / "survey.csv").write_text("another wave")
    assert named(out, archive) == []
    assert named(out, archive / "wave 1.csv") == []
    assert named(out, archive / "survey.csv") == [("input", "survey.csv", "differs")]


def test_a_changed_mapping_is_found(tmp_path):
    for name in ("employer.csv", "employer_mapping.toml"):
        shutil.copy(EXAMPLES / name, tmp_path / name)
    mapping, out = tmp_path / "employer_mapping.toml", tmp_path / "out"
    settings = RunSettings(out=out, kind="employer", mapping=mapping, reference="starter")
    run_pipeline([tmp_path / "employer.csv"], settings)
    assert named(out) == []
    mapping.write_text(mapping.read_text() + "# later\n")
    assert named(out) == [("input", "mapping file", "differs")]


# run.json


def test_an_edited_count_is_found(out):
    edit_manifest(out, lambda manifest: manifest["counts"].update(assigned=32, review=2))
    assert named(out) == [("counts", "all records", "differs")]
    assert "assigned: 32 in run.json, 31 found" in details(out)


def test_an_edited_count_of_a_file_is_found(out):
    edit_manifest(out, lambda manifest: manifest["sources"][0].update(quarantined=2, read=59))
    assert named(out) == [("counts", "survey.csv", "differs")]
    assert "read: 59 in run.json, 60 found" in details(out)


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ({"autocoding_rate": 0.99}, "autocoding rate"),
        ({"match_methods": {"whole_title": 60}}, "match_methods"),
        ({"review_reasons": {}}, "review_reasons"),
        ({"quarantine_reasons": {}}, "quarantine_reasons"),
    ],
)
def test_an_edited_table_is_found(out, table, name):
    edit_manifest(out, lambda manifest: manifest.update(table))
    assert named(out) == [("counts", name, "differs")]


@pytest.mark.parametrize("name", ["review.parquet", "quarantine.parquet", CODED])
def test_a_row_taken_out_is_found_when_the_hashes_fit(out, name):
    rewrite(out, name, lambda frame: frame.head(-1))
    assert ("counts", "survey.csv", "differs") in named(out)
    assert {about for about, _, _ in named(out)} == {"counts"}


def test_an_edited_run_id_is_found(out):
    edit_manifest(out, lambda manifest: manifest.update(run_id="0123456789abcdef"))
    assert ("facts", "run_id", "differs") in named(out)
    assert ("output", CODED, "differs") in named(out)


def test_a_fact_left_out_of_the_run_id_is_found(out):
    edit_manifest(out, lambda manifest: manifest["run_id_depends_on"].remove("criteria_version"))
    assert ("facts", "run_id", "differs") in named(out)
    assert "its criteria_version is" in details(out)


def test_an_edited_hash_of_an_input_is_found(out):
    edit_manifest(out, lambda manifest: manifest["sources"][0].update(sha256="0" * 64))
    found = named(out)
    assert ("facts", "input_sha256", "differs") in found
    assert ("input", "survey.csv", "differs") in found


# Replay


def test_an_altered_code_is_caught_by_replaying_all_records(out, capsys):
    rewrite(out, CODED, put("sub_unit_group", S0003, "2133/99"))
    assert named(out) == []
    assert main(["verify", str(out), "--replay", "57"]) == DIFFERS
    said = capsys.readouterr()
    (line,) = [line for line in said.out.splitlines() if "2133/99" in line]
    assert line.split() == [CODED, str(S0003), "sub_unit_group", "2133/99", "3412/07"]
    assert "1 of 57 records coded again" in " ".join(said.err.split())


def test_every_coded_column_is_compared_and_values_are_null_or_numbers_too(out):
    rewrite(out, CODED, put("certainty", 3, 7))
    rewrite(out, CODED, put("unit_group_title", 4, None))
    first, second = sorted(
        replay_run(read_recorded(out), 57).differences, key=lambda one: one.source_row
    )
    assert (first.column, first.source_row, first.recorded, first.now) == (
        "certainty",
        3,
        "7",
        None,
    )
    assert (second.column, second.source_row, second.recorded) == ("unit_group_title", 4, None)
    assert second.now == "Authors, writers and translators"


@pytest.mark.parametrize("column", ["evidence", "outweighed", "title_read_as", "words_set_aside"])
def test_a_respondents_words_are_not_shown(out, capsys, column):
    rewrite(out, CODED, put(column, S0003, CANARY))
    for how in ([], ["--json"]):
        assert main(["verify", str(out), "--replay", "57", *how]) == DIFFERS
        said = capsys.readouterr()
        assert column in said.out
        assert CANARY not in said.out + said.err
        assert "turbine" not in said.out + said.err


def test_a_record_that_would_be_quarantined_now_differs(out):
    rewrite(out, CODED, put("Job title", 3, "--"))
    replay = replay_run(read_recorded(out), 57)
    (difference,) = replay.differences
    assert (difference.source_row, difference.column) == (3, "outcome")
    assert (difference.recorded, difference.now) == ("assigned", "quarantined")


def test_the_same_records_are_coded_again_unless_another_seed_is_given(out):
    for column in ("unit_group_title", "index_title"):
        rewrite(out, CODED, lambda frame, name=column: frame.with_columns(pl.lit("x").alias(name)))
    recorded = read_recorded(out)

    def rows(seed: int | None = None) -> set[int]:
        return {one.source_row for one in replay_run(recorded, 12, seed).differences}

    assert len(rows()) == 12
    assert rows() == rows()
    assert rows(1) == rows(1) != rows(2)


def test_it_is_coded_again_with_the_edition_of_the_run(tmp_path, out):
    install_file(write_workbook(tmp_path / "index.xlsx"))
    assert replay_run(read_recorded(out), 57).agrees


def test_without_the_edition_there_is_no_replay(tmp_path, survey, capsys):
    install_file(write_workbook(tmp_path / "index.xlsx"))
    run_pipeline([survey], RunSettings(out=tmp_path / "results"))
    shutil.rmtree(editions_folder())
    load_lookup.cache_clear()
    assert main(["verify", str(tmp_path / "results")]) == 0
    assert "edition soc2020-v13: is not installed" in capsys.readouterr().out
    assert main(["verify", str(tmp_path / "results"), "--replay", "5"]) == 3
    assert CODED in capsys.readouterr().out


def test_a_run_of_other_code_says_so(out, capsys):
    edit_manifest(out, lambda manifest: manifest.update(code_version="0.0.1+abc"))
    assert [check.name for check in check_installed(read_recorded(out)) if not check.agrees] == [
        "code version"
    ]
    main(["verify", str(out)])
    assert "code version: 0.0.1+abc in the run" in capsys.readouterr().out


# What cannot be verified


@pytest.mark.parametrize("content", [None, "{", "[]", '{"run_id": "1"}', '{"counts": 1}'])
def test_what_is_no_results_folder_is_refused(tmp_path, capsys, content):
    folder = tmp_path / "folder"
    folder.mkdir()
    if content:
        (folder / "run.json").write_text(content)
    assert main(["verify", str(folder)]) == 7
    assert "run.json" in capsys.readouterr().err


def test_a_file_is_refused(survey, capsys):
    assert main(["verify", str(survey)]) == 7
    assert "is not the results folder of a run" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    "options", [["--replay", "0"], ["--seed", "1"], ["--inputs", "no-such-folder"]]
)
def test_wrong_usage(out, options):
    assert main(["verify", str(out), *options]) == 2
