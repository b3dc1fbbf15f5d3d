"""The command line: exit codes, what it says, and what it leaves unsaid."""

import io
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console
from small_edition import write_workbook

from flows.cli import main
from flows.cli_progress import progress_shown
from flows.cli_server import PREFECT_DEFAULTS
from flows.progress import report
from flows.reports.explanation import explanation
from flows.reports.summary import autocoding_rate, run_summary

EXAMPLES = Path(__file__).parents[2] / "reference" / "examples"
SURVEY = str(EXAMPLES / "survey.csv")
CANARY = "Zyxcanary"
FIVE = (  # 1 assigned, 2 by default, 1 for review, 1 quarantined
    "record_id,job_title,Main duties\n"
    "1,Technical writer,API documentation of our software\n"
    "2,Technical writer,\n3,Technical writer,\n4,Quidditch referee,\n5,,\n"
)


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("SOC_RECODE_HOME", str(tmp_path / "home"))


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "out"


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flows.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def run(*arguments: object) -> int:
    return main(["run", *map(str, arguments), "--kind", "survey", "--no-server"])


def one_line(text: str) -> str:
    return " ".join(text.split())


# Exit codes of the command itself


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "empty.csv", "--kind=survey", "--out=out", "--no-server"], 4, "empty.csv"),
        (["run", "missing.csv", "--kind=survey", "--out=out"], 4, "no such file or folder"),
        (["run", "shoes.csv", "--kind=survey", "--out=out", "--no-server"], 5, "no column for"),
        (["run", SURVEY, "--kind=survey", "--out=out", "--reference=soc1999"], 3, "soc1999"),
        (["run", SURVEY, "--kind=survey", "--out=full", "--no-server"], 7, "is not empty"),
        (["run", SURVEY, "--kind=census", "--out=out"], 2, "census"),
        (["run", SURVEY, "--kind=survey", "--out=out", "--shout"], 2, "--shout"),
        (["shout"], 2, "shout"),
    ],
)
def test_each_kind_of_error_has_its_exit_code(tmp_path, monkeypatch, arguments, code, message):
    (tmp_path / "empty.csv").touch()
    (tmp_path / "shoes.csv").write_text("shoe size\n9\n")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").touch()
    monkeypatch.chdir(tmp_path)
    done = command(*arguments)
    assert done.returncode == code
    assert message in one_line(done.stderr)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "out").exists()


def test_the_version_is_that_of_the_package(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == version("soc-recode")


def test_explaining_and_running_without_a_server_import_no_prefect(out):
    code = (
        "import sys; from flows.cli import main; "
        "assert main(['explain', 'nurse', '--json']) == 0; "
        "assert 'pandera' not in sys.modules, 'pandera'; "
        f"main(['run', {SURVEY!r}, '--kind=survey', '--out', {str(out)!r}, '--no-server']); "
        "assert 'prefect' not in sys.modules, 'prefect'"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_no_telemetry_is_sent_by_default():
    assert PREFECT_DEFAULTS["DO_NOT_TRACK"] == "1"
    assert PREFECT_DEFAULTS["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"


# run


def test_a_run_says_what_it_came_to(tmp_path, out, capsys):
    (tmp_path / "five.csv").write_text(FIVE)
    assert run(tmp_path / "five.csv", "--out", out) == 0
    said = capsys.readouterr()
    assert said.err == "five.csv: 5 records done\n"
    text = one_line(said.out)
    assert "job_description Main duties known header" in text
    assert "assigned 1 20.0%" in text
    assert "assigned by default 2 40.0%" in text
    assert "read 5 100.0%" in text
    assert "Autocoding rate: 75.0% (3 of 4 eligible records" in text
    assert "title is not in the index 1" in text
    assert "job_title: none given 1" in text
    assert "soc-recode reference install" in text
    assert f"The results are in {out}" in said.out


def test_a_file_that_fails_sets_the_exit_code_and_the_others_stand(tmp_path, out, capsys):
    (tmp_path / "shoes.csv").write_text("shoe size\n9\n")
    (tmp_path / "empty.csv").touch()
    assert run(tmp_path / "shoes.csv", tmp_path / "empty.csv", SURVEY, "--out", out) == 4
    said = capsys.readouterr()
    assert "Not read: empty.csv" in said.err
    assert "Not read: shoes.csv: no column for" in said.err
    assert (out / "coded" / "survey-00000.parquet").is_file()


def test_a_setting_out_of_range_is_a_usage_error(out, capsys):
    assert run(SURVEY, "--out", out, "--batch-rows", 10) == 2
    assert "--batch-rows" in capsys.readouterr().err


def test_a_run_without_extracts_is_a_usage_error(out, capsys):
    assert run("--out", out) == 2
    assert "EXTRACTS" in capsys.readouterr().err


def test_no_text_of_a_record_is_printed(tmp_path, out, capsys):
    extract = tmp_path / "extract.csv"
    extract.write_text(
        "record_id,job_title,job_description,weight\n"
        f"1,Nurse,{CANARY},1\n2,{CANARY},{CANARY},1\n3,{CANARY},,{CANARY}\n4,{CANARY},too,many,x\n"
    )
    assert run(extract, "--out", out) == 0
    said = capsys.readouterr()
    assert CANARY not in said.out + said.err + (out / "run.json").read_text()
    assert CANARY in pl.read_parquet(out / "review.parquet")["job_title"].to_list()


def test_a_defect_is_named_without_the_data_it_quotes(out, capsys, monkeypatch):
    def break_down(*_):
        raise ValueError(f"cannot parse {CANARY}")

    monkeypatch.setattr("flows.pipeline.run_pipeline", break_down)
    assert run(SURVEY, "--out", out) == 1
    said = capsys.readouterr().err
    assert "ValueError in" in said
    assert CANARY not in said


def test_a_disk_error_is_said_in_a_line(out, capsys, monkeypatch):
    def fill_up(*_):
        raise OSError(28, "No space left on device", "some/file")

    monkeypatch.setattr("flows.pipeline.run_pipeline", fill_up)
    assert run(SURVEY, "--out", out) == 1
    assert capsys.readouterr().err == "soc-recode: some/file: No space left on device\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar_with_counts_and_a_rate():
    file = Terminal()
    with progress_shown(Console(file=file, force_terminal=True, width=120), "Reading"):
        report("survey.csv", 30, 60)
        report("survey.csv", 60, 60)
    shown = file.getvalue()
    assert "Reading" in shown or "survey.csv" in shown
    assert "60/60" in shown
    assert "records/s" in shown


def test_a_summary_without_eligible_records_has_no_rate():
    assert autocoding_rate({"autocoding_rate_denominator": 0}).endswith("no record was eligible.")


def test_many_reasons_and_files_are_shown_in_short():
    counts = {"read": 20, "assigned": 5, "assigned_by_default": 0, "review": 15, "quarantined": 0}
    source = {"mapped": {"job_title": "Title (of job) (mapping file)"}, "renamed": {"a": "input_a"}}
    manifest = {
        "sources": [{"source_file": f"{n}.csv", **source} for n in range(5)],
        "counts": counts,
        "autocoding_rate": 0.25,
        "autocoding_rate_denominator": 20,
        "review_reasons": {f"reason {n}": 1 for n in range(15)},
        "missing_evidence": {"job_description": 12},
        "missing_evidence_weights": {"job_description": 1234.5},
        "quarantine_reasons": {},
        "edition": "soc2020-v13",
        "notice": None,
        "gate": None,
        "overrides": None,
    }
    console = Console(file=io.StringIO(), width=100)
    console.print(run_summary(manifest, Path("out")))
    text = one_line(console.file.getvalue())
    assert "Columns of 0.csv, 1.csv, 2.csv and 2 more" in text
    assert "job_title Title (of job) mapping file" in text
    assert "Column 'a' is called 'input_a' in the results." in text
    assert "reason 9 1 and 5 more reasons" in text
    assert "job_description 12 1,234.5" in text
    assert "Quarantined (" not in text


# explain


def test_explain_says_which_entry_was_chosen_and_what_would_change_it(capsys):
    arguments = ["technical writer", "--description", "manuals for jet engines"]
    assert main(["explain", *arguments]) == 0
    text = one_line(capsys.readouterr().out)
    assert text.startswith("3412/07 Technical authors")
    assert "Outcome: assigned by default" in text
    assert "computing/IT: not met" in text
    assert "It would have been 2133/99" in text


def test_explain_gives_json(capsys):
    assert main(["explain", "Technical writer", "--industry", "café", "--json"]) == 0
    said = capsys.readouterr().out
    explained = json.loads(said)
    assert explained["result"]["sub_unit_group"] == "3412/07"
    assert explained["record"] == {"job_title": "Technical writer", "industry_description": "café"}
    assert "café" in said


def test_explain_says_that_a_title_is_not_in_the_index(capsys):
    assert main(["explain", "quidditch referee"]) == 0
    assert capsys.readouterr().out.startswith("For review: title is not in the index")


def test_explain_needs_a_title_and_an_edition_there_is(capsys):
    assert main(["explain", "  "]) == 2
    assert main(["explain", "nurse", "--reference", "soc1999"]) == 3
    assert "soc1999" in capsys.readouterr().err


def entry(number: int, *, status: str = "not met", chosen: bool = False) -> dict[str, object]:
    return {
        "index_entry_id": f"e{number:03}",
        "additional_qualifier": None,
        "industry_qualifier": f"trade {number}",
        "default_code": None,
        "unit_group": "1111",
        "sub_unit_group": None,
        "see": None,
        "additional": "none",
        "additional_evidence": None,
        "industry": status,
        "industry_evidence": "sic2007: 26 (semiconductors)" if status == "met" else None,
        "chosen": chosen,
    }


@pytest.mark.parametrize(("every_entry", "shown"), [(False, 27), (True, 40)])
def test_a_long_list_of_entries_shows_the_chosen_and_the_met_first(every_entry, shown):
    entries = [entry(n) for n in range(38)]
    entries += [entry(38, status="met"), entry(39, status="met", chosen=True)]
    result = dict.fromkeys(["sub_unit_group", "sub_unit_group_title", "words_set_aside"])
    result |= dict.fromkeys(["precedence_rung", "evidence", "default_reason", "candidates"])
    result |= dict.fromkeys(["missing_evidence", "outweighed", "likely_codes", "safe_code"])
    result |= {"unit_group": "1111", "unit_group_title": "Chiefs", "outcome": "assigned"}
    title = {"index_title": "chief", "match_method": "whole_title", "title_qualifier": None}
    explained = {
        "result": result,
        "title": title | {"words_set_aside": None, "title_read_as": None},
        "edition": "starter",
        "entries": entries,
        "would_change": [],
    }
    console = Console(file=io.StringIO(), width=200)
    console.print(explanation(explained, every_entry=every_entry))
    text = console.file.getvalue()
    lines = [line for line in text.splitlines() if "trade " in line]
    assert len(lines) == shown
    assert "chosen" in lines[0]
    assert "e039" in lines[0]
    assert "e038" in lines[1]
    assert "met by sic2007: 26 (semiconductors)" in lines[1]
    assert ("and 13 more, not met" in text) is not every_entry


# reference


@pytest.fixture
def workbook(tmp_path) -> Path:
    return write_workbook(tmp_path / "small.xlsx")


def test_an_edition_is_installed_listed_shown_and_verified(workbook, tmp_path, capsys):
    assert main(["reference", "install", "--file", str(workbook)]) == 0
    assert "Installed soc2020-v13: 4 index entries." in capsys.readouterr().out
    assert main(["reference", "list"]) == 0
    listed = one_line(capsys.readouterr().out)
    assert "soc2020-v13 2025-12-03 4 used unless --reference names another" in listed
    assert "soc2020-v12 2025-04-16 32,195 not installed" in listed
    assert main(["reference", "show", "soc2020-v13"]) == 0
    assert "rows in index 4" in one_line(capsys.readouterr().out)
    assert main(["reference", "verify", "soc2020-v13"]) == 0
    assert "is as it was installed" in capsys.readouterr().out
    (tmp_path / "home" / "editions" / "soc2020-v13" / "index.parquet").unlink()
    assert main(["reference", "verify", "soc2020-v13"]) == 3
    assert "index.parquet is missing" in capsys.readouterr().err


def test_an_edition_can_be_given_a_name(workbook, capsys):
    assert main(["reference", "install", "--file", str(workbook), "--name", "ours"]) == 0
    assert "Installed ours" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [[], ["soc2020-v13", "--file", "x.xlsx"], ["soc2020-v13", "--name", "ours"]]
)
def test_what_to_install_must_be_clear(arguments, capsys):
    assert main(["reference", "install", *arguments]) == 2
    assert "not clear which edition" in capsys.readouterr().err


def test_an_edition_that_is_not_there_is_an_error(capsys):
    assert main(["reference", "show", "soc1999"]) == 3
    assert main(["reference", "verify", "soc1999"]) == 3
    assert main(["reference", "install", "soc1999"]) == 3
    assert "Traceback" not in capsys.readouterr().err


def test_the_starter_can_be_shown_and_verified(capsys):
    assert main(["reference", "show", "starter"]) == 0
    assert main(["reference", "verify", "starter"]) == 0


def test_the_home_of_editions_is_not_made_by_looking(tmp_path):
    assert main(["reference", "list"]) == 0
    assert not Path(os.environ["SOC_RECODE_HOME"]).exists()
