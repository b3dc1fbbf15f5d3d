"""A run without Prefect: counts that reconcile, the same bytes, and results whole or not at all."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from flows.pipeline import Steps, run_pipeline
from flows.settings import RunSettings
from flows.sources import extract_source
from schemas.errors import EditionError, MappingError, OutputError, UnreadableFileError

EXAMPLES = Path(__file__).parents[2] / "reference" / "examples"
OUTCOMES = ("assigned", "assigned_by_default", "review", "quarantined")
SURVEY = EXAMPLES / "survey.csv"
GOOD = "record_id,job_title\n{0}1,Nurse\n{0}2,Plumber\n"
BAD_ROW = "{0}3,Baker,too,many\n"


@pytest.fixture(autouse=True)
def starter_only(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("SOC_RECODE_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "out"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def files_of(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*.parquet")}


def rows(path: Path) -> int:
    return pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()


def nothing_is_left(out: Path) -> bool:
    return not out.exists() and not (out.parent / f".{out.name}.partial").exists()


# What comes out


def test_counts_reconcile_with_the_files(out):
    manifest = run_pipeline([SURVEY], RunSettings(out=out))
    counts = manifest["counts"]
    assert counts["read"] == 60
    assert counts["read"] == sum(counts[name] for name in OUTCOMES)
    coded = pl.read_parquet(out / "coded")
    by_outcome = dict(coded["outcome"].cast(pl.String).value_counts().iter_rows())
    assert by_outcome == {name: counts[name] for name in OUTCOMES[:3]}
    assert rows(out / "review.parquet") == counts["review"]
    assert rows(out / "quarantine.parquet") == counts["quarantined"]
    assert json.loads((out / "run.json").read_text()) == manifest


def test_two_runs_give_the_same_bytes(tmp_path):
    employer = EXAMPLES / "employer.csv"
    told = {"kind": "employer", "mapping": EXAMPLES / "employer_mapping.toml"}
    first = run_pipeline([employer], RunSettings(out=tmp_path / "a", **told))
    second = run_pipeline([employer], RunSettings(out=tmp_path / "b", **told))
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")
    assert first["run_id"] == second["run_id"]
    assert first["outputs"] == second["outputs"]


def test_a_run_is_another_when_likeness_may_assign_from_elsewhere(tmp_path):
    told = run_pipeline([SURVEY], RunSettings(out=tmp_path / "1", assign_likeness_from=100))
    default = run_pipeline([SURVEY], RunSettings(out=tmp_path / "2"))
    assert told["assign_likeness_from"] == "100"
    assert told["run_id"] != default["run_id"]


def test_the_reasons_of_quarantined_records_are_counted(tmp_path, out):
    extract = write(tmp_path / "x.csv", GOOD.format("") + BAD_ROW.format("") + "4,\n5,\n")
    manifest = run_pipeline([extract], RunSettings(out=out))
    reasons = manifest["quarantine_reasons"]
    assert reasons["job_title: none given"] == 2
    assert sum(reasons.values()) == manifest["counts"]["quarantined"] == 3
    assert list(reasons.values()) == sorted(reasons.values(), reverse=True)


def test_missing_evidence_has_a_price(tmp_path, out):
    extract = write(
        tmp_path / "jobs.csv",
        "id,job title,duties,industry,weight\n"
        "1,Technical writer,,,2.5\n"  # its one qualifier asks for the subject of the work
        "2,Technical writer,software manuals,,10\n"  # given, and settled
        "3,Technical writer,,software,\n"  # an industry is no subject; without a weight it is 1
        "4,Bricklayer,,,7\n"  # asks for nothing
        "5,No such title,,,9\n",
    )
    manifest = run_pipeline([extract], RunSettings(out=out))
    assert manifest["missing_evidence"] == {"job_description": 2}
    assert manifest["missing_evidence_weights"] == {"job_description": 3.5}
    missing = pl.read_parquet(out / "coded")["missing_evidence"].to_list()
    assert missing == ["job_description", None, "job_description", None, None]


def test_files_with_names_alike_keep_their_results_apart(tmp_path, out):
    names = ("a.csv", "a-2.csv", "a.tsv", "A.csv", "a-00000.csv", "b [1].csv", "deep/a.csv")
    extracts = []
    for number, name in enumerate(names):
        text = (GOOD + BAD_ROW).format(number)
        if name.endswith(".tsv"):
            text = text.replace(",", "\t")
        extracts.append(write(tmp_path / "in" / name, text))
    manifest = run_pipeline(extracts, RunSettings(out=out))
    assert manifest["failures"] == []
    assert manifest["counts"]["read"] == 3 * len(names)
    assert len(list((out / "coded").iterdir())) == len(names)
    quarantined = pl.read_parquet(out / "quarantine.parquet")
    assert quarantined.height == len(names)
    assert quarantined["source_file"].n_unique() == len(names)


# Files that fail


def test_a_file_that_cannot_be_read_leaves_the_others_results(tmp_path, out):
    bad = write(tmp_path / "bad.csv", "shoe size\n9\n")
    manifest = run_pipeline([SURVEY, bad], RunSettings(out=out))
    (failure,) = manifest["failures"]
    assert (failure["source_file"], failure["exit_code"]) == ("bad.csv", MappingError.exit_code)
    assert manifest["counts"]["read"] == 60


@pytest.mark.parametrize(
    ("content", "kind"), [("", UnreadableFileError), ("shoe size\n9\n", MappingError)]
)
def test_without_a_readable_file_there_are_no_results(tmp_path, out, content, kind):
    with pytest.raises(kind):
        run_pipeline([write(tmp_path / "bad.csv", content)], RunSettings(out=out))
    assert nothing_is_left(out)


def test_a_disk_error_is_a_failure_of_its_file(tmp_path, out):
    other = write(tmp_path / "other.csv", GOOD.format(""))

    def extract(run, path):
        if path == other:
            raise OSError(5, "Input/output error", str(path))
        return extract_source(run, path)

    manifest = run_pipeline([SURVEY, other], RunSettings(out=out), Steps(extract_source=extract))
    (failure,) = manifest["failures"]
    assert failure["error"] == "other.csv: cannot be read: Input/output error."
    assert failure["exit_code"] == UnreadableFileError.exit_code


# Where results go


def test_an_unknown_edition_is_refused_before_anything_is_written(out):
    with pytest.raises(EditionError, match="soc1999"):
        run_pipeline([SURVEY], RunSettings(out=out, reference="soc1999"))
    assert nothing_is_left(out)


def test_an_empty_folder_is_used(out):
    out.mkdir()
    run_pipeline([SURVEY], RunSettings(out=out))
    assert (out / "run.json").is_file()


def test_the_current_folder_can_be_named(out, monkeypatch):
    out.mkdir()
    monkeypatch.chdir(out)
    run_pipeline([SURVEY], RunSettings(out=Path()))
    assert (out / "run.json").is_file()


def test_results_are_replaced_only_on_demand(tmp_path, out):
    run_pipeline([SURVEY], RunSettings(out=out))
    earlier = files_of(out)
    small = write(tmp_path / "small.csv", GOOD.format(""))
    with pytest.raises(OutputError, match="is not empty"):
        run_pipeline([small], RunSettings(out=out))
    assert files_of(out) == earlier
    run_pipeline([small], RunSettings(out=out, replace=True))
    assert [path.name for path in (out / "coded").iterdir()] == ["small-00000.parquet"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "small.csv"]


def test_a_folder_of_something_else_is_never_replaced(out):
    letter = write(out / "letter.txt", "Dear all")
    with pytest.raises(OutputError, match="left alone"):
        run_pipeline([SURVEY], RunSettings(out=out, replace=True))
    assert letter.read_text() == "Dear all"


def test_a_folder_is_never_replaced_by_results_of_what_is_in_it(out):
    run_pipeline([SURVEY], RunSettings(out=out))
    extract = write(out / "extract.csv", GOOD.format(""))
    with pytest.raises(OutputError, match="what is to be read"):
        run_pipeline([extract], RunSettings(out=out, replace=True))
    assert extract.is_file()


def test_a_file_in_the_way_is_refused(tmp_path):
    file = write(tmp_path / "file", "text")
    for out in (file, file / "below"):
        with pytest.raises(OutputError):
            run_pipeline([SURVEY], RunSettings(out=out))
    assert file.read_text() == "text"


def test_earlier_results_come_back_when_new_ones_cannot_take_their_place(out, monkeypatch):
    run_pipeline([SURVEY], RunSettings(out=out))
    earlier = files_of(out)
    rename = Path.rename

    def refuse(source, target):
        if source.name == "result":
            raise OSError(28, "No space left on device")
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError, match="No space left"):
        run_pipeline([SURVEY], RunSettings(out=out, replace=True))
    assert files_of(out) == earlier


def test_earlier_results_come_back_after_a_kill_in_the_last_moment(out):
    run_pipeline([SURVEY], RunSettings(out=out))
    earlier = files_of(out)
    partial = out.parent / ".out.partial"
    partial.mkdir()
    out.rename(partial / "earlier")
    with pytest.raises(OutputError, match="is not empty"):
        run_pipeline([SURVEY], RunSettings(out=out))
    assert files_of(out) == earlier


# Runs that are ended


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """An extract that takes some seconds to code in small batches."""
    one = pl.read_csv(SURVEY, infer_schema_length=0)
    many = pl.concat([one] * 1000).with_columns(pl.int_range(pl.len()).alias("Case ID"))
    path = tmp_path_factory.mktemp("large") / "large.csv"
    many.write_csv(path)
    return path


def end(extract: Path, out: Path, how: signal.Signals) -> subprocess.Popen[str]:
    """Start a run, and end it when it has written some of its results."""
    command = ["run", extract, "--kind=survey", f"--out={out}", "--no-server", "--batch-rows=1000"]
    started = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    coded = out.parent / f".{out.name}.partial" / "result" / "coded"
    for _ in range(600):
        if coded.is_dir() and len(list(coded.iterdir())) > 2:
            break
        time.sleep(0.05)
    started.send_signal(how)
    started.communicate(timeout=60)
    return started


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_leaves_nothing(large, out, how, code):
    assert end(large, out, how).returncode == code
    assert nothing_is_left(out)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_killed_run_leaves_no_results_and_the_next_one_works(large, out):
    assert end(large, out, signal.SIGKILL).returncode == -signal.SIGKILL
    assert not out.exists()
    run_pipeline([SURVEY], RunSettings(out=out))
    assert sorted(path.name for path in out.parent.iterdir()) == ["out"]
    assert [path.name for path in (out / "coded").iterdir()] == ["survey-00000.parquet"]
