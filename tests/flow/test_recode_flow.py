"""The flow on a real server: the same results, what the UI shows, retries, and privacy."""

import json
import logging
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import pytest
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterName,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_LOCAL_STORAGE_PATH

from flows import sources
from flows.pipeline import Steps, run_pipeline
from flows.recode import recode
from flows.run import close_run, open_run
from flows.settings import RunSettings
from schemas.errors import HeldError, MappingError, SocRecodeError

CANARY = "Zyxcanary"
FIVE = (  # 1 assigned, 2 by default, 1 for review, 1 quarantined
    "record_id,job_title,Main duties\n"
    "1,Technical writer,API documentation of our software\n"
    "2,Technical writer,\n3,Technical writer,\n4,Quidditch referee,\n5,,\n"
)
NO_SUCH_COLUMNS = "shoe size,colour\n9,red\n"


def run_named(name: str, *args, **parameters):
    """Run the flow under a name by which the server's facts about it can be found."""
    return recode.with_options(flow_run_name=name)(*args, **parameters)


def flow_run(client, name: str) -> FlowRun:
    (found,) = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(name=FlowRunFilterName(any_=[name]))
    )
    return found


def artifacts(client, run: FlowRun) -> dict[str, object]:
    mine = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
    return {found.key: found.data for found in client.read_artifacts(artifact_filter=mine)}


def messages(client, run: FlowRun, until: str) -> str:
    """The run's logs on the server, once they hold `until`: they arrive a moment later."""
    mine = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run.id]))
    for _ in range(100):
        text = "\n".join(log.message for log in client.read_logs(log_filter=mine))
        if until in text:
            return text
        time.sleep(0.1)
    raise AssertionError(f"no {until!r} in the logs:\n{text}")


def task_runs(client, run: FlowRun) -> dict[str, int]:
    """By name of a task run, how often it ran; the events that say so arrive a moment later."""
    mine = FlowRunFilter(name=FlowRunFilterName(any_=[run.name]))
    for _ in range(100):
        found = client.read_task_runs(flow_run_filter=mine)
        if found and all(task.state and task.state.is_final() for task in found):
            return {task.name.rsplit("-", 1)[0]: task.run_count for task in found}
        time.sleep(0.1)
    raise AssertionError(f"task runs do not end: {found}")


def stored() -> set[Path]:
    """The results Prefect has stored."""
    storage = PREFECT_LOCAL_STORAGE_PATH.value()
    return set(storage.iterdir()) if storage.exists() else set()


def files_of(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*.parquet")}


def with_canaries(path: Path) -> Path:
    """An extract whose good, reviewed, invalid and malformed records all hold the canary."""
    path.write_text(
        "record_id,job_title,job_description,sic2007\n"
        f"1,Nurse,{CANARY} ward nurse,86101\n"
        f"2,{CANARY} wrangler,{CANARY},\n"
        f"3,{CANARY} duplicate,,\n"
        f"3,{CANARY} duplicate,,\n"
        f"4,Nurse,,{CANARY}\n"
        f"5,{CANARY},too,many,fields,{CANARY}\n"
    )
    return path


def test_the_flow_gives_the_same_results_as_the_pipeline_without_prefect(survey, tmp_path):
    plain = run_pipeline([survey], RunSettings(out=tmp_path / "plain"))
    flow = recode([survey], tmp_path / "flow")
    assert files_of(tmp_path / "flow") == files_of(tmp_path / "plain")
    assert json.loads((tmp_path / "flow" / "run.json").read_text()) == flow
    for manifest in (plain, flow):
        for timed in (manifest, *manifest["sources"]):
            timed.pop("seconds")
        manifest.pop("started")
    assert flow == plain


def test_artifacts_tell_the_counts_the_files_and_the_progress(tmp_path, client):
    extract, out = tmp_path / "five.csv", tmp_path / "out"
    extract.write_text(FIVE)
    manifest = run_named("artifacts", [extract], out)
    found = artifacts(client, flow_run(client, "artifacts"))
    assert json.loads(found["recode-outcomes"]) == [
        {"file": "five.csv", "read": 5, "assigned": 1}
        | {"assigned_by_default": 2, "review": 1, "quarantined": 1}
    ]
    assert found["recode-progress"] == 100
    for name in (*manifest["outputs"], "run.json"):
        assert f"- `{name}`" in found["recode-results"]
        assert (out / name).is_file()
    assert "75.0% (3 of 4 eligible records" in found["recode-results"]
    assert "Records read: 5, of these 1 assigned, 2 assigned by default" in found["recode-results"]
    assert "report.html" in found["recode-results"]


def test_an_artifact_tells_what_became_of_previous_codes(tmp_path, client):
    extract = tmp_path / "changes.csv"
    extract.write_text(
        "record_id,job_title,previous_code,previous_classification,weight\n"
        f"1,Nurse,2231,SOC2020,1.5\n2,Plumber,5314,SOC2020,2\n3,{CANARY} wrangler,5314,SOC2020,4\n"
    )
    run_named("changes", [extract], tmp_path / "out")
    found = artifacts(client, flow_run(client, "changes"))
    rows = json.loads(found["recode-changes"])
    assert sum(row["records"] for row in rows) == 3
    told = {row["change_kind"]: row for row in rows}
    assert told["withdrawn"] == {
        "compared_classification": "SOC2020",
        "change_kind": "withdrawn",
        "records": 1,
        "weight": 4.0,
    }
    assert "1 withdrawn" in found["recode-results"]
    assert CANARY not in found["recode-results"] + found["recode-changes"]


def test_a_file_that_cannot_be_read_leaves_the_others_results(survey, tmp_path, client):
    bad = tmp_path / "bad.csv"
    bad.write_text(NO_SUCH_COLUMNS)
    manifest = run_named("one bad", [survey, bad], tmp_path / "out")
    assert [failure["source_file"] for failure in manifest["failures"]] == ["bad.csv"]
    assert manifest["failures"][0]["exit_code"] == MappingError.exit_code
    assert manifest["counts"]["read"] == 60
    assert (tmp_path / "out" / "coded" / "survey-00000.parquet").is_file()
    run = flow_run(client, "one bad")
    assert (run.state.name, run.state.is_completed()) == ("CompletedWithFailures", True)
    assert "Not read: bad.csv" in run.state.message
    assert "no column for record_id and job_title" in artifacts(client, run)["recode-results"]


def test_a_run_without_a_readable_file_fails_and_leaves_nothing(tmp_path, client):
    bad = tmp_path / "bad.csv"
    bad.write_text(NO_SUCH_COLUMNS)
    with pytest.raises(MappingError, match="no column for"):
        run_named("all bad", [bad], tmp_path / "out")
    assert flow_run(client, "all bad").state.is_failed()
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


def test_a_held_run_fails_when_its_results_and_artifacts_are_in_place(survey, tmp_path, client):
    other, out = tmp_path / "plumbers.csv", tmp_path / "out"
    other.write_text("record_id,job_title\n" + "".join(f"{n},Plumber\n" for n in range(300)))
    run_pipeline([survey], RunSettings(out=tmp_path / "earlier"))
    with pytest.raises(HeldError, match="The run is held: unit groups shifted by"):
        run_named("held", [other], out, earlier=tmp_path / "earlier")
    assert json.loads((out / "run.json").read_text())["gate"]["status"] == "held"
    run = flow_run(client, "held")
    assert run.state.is_failed()
    assert "The run is held" in run.state.message
    assert "Gate held" in artifacts(client, run)["recode-results"]

    manifest = run_named(
        "warned", [other], tmp_path / "two", earlier=tmp_path / "earlier", gate="warn"
    )
    assert manifest["gate"]["status"] == "warned"
    run = flow_run(client, "warned")
    assert (run.state.name, run.state.is_completed()) == ("CompletedWithWarnings", True)
    assert "unit groups shifted by" in run.state.message


def test_the_command_shows_a_held_flow_runs_results_and_then_the_error(survey, tmp_path, server):
    other, out = tmp_path / "plumbers.csv", tmp_path / "out"
    other.write_text("record_id,job_title\n" + "".join(f"{n},Plumber\n" for n in range(300)))
    run_pipeline([survey], RunSettings(out=tmp_path / "earlier"))
    told = [other, "--kind=survey", f"--out={out}", f"--earlier={tmp_path / 'earlier'}"]
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", "run", *told],
        env=os.environ | {"PREFECT_API_URL": server},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == HeldError.exit_code, done.stderr
    assert "The results are in" in done.stdout
    assert "The run is held" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_disk_error_is_tried_again(survey, tmp_path, client, monkeypatch):
    fails = iter([OSError(5, "Input/output error")])
    plain = sources.extract_file

    def extract_file(*args, **options):
        for error in fails:
            raise error
        return plain(*args, **options)

    monkeypatch.setattr(sources, "extract_file", extract_file)
    manifest = run_named("flaky", [survey], tmp_path / "out")
    assert manifest["failures"] == []
    assert manifest["counts"]["read"] == 60
    assert task_runs(client, flow_run(client, "flaky")) == {
        "open run": 1,
        "read survey.csv": 2,
        "find duplicates": 1,
        "code survey.csv": 1,
        "close run": 1,
    }


def test_a_defect_is_not_tried_again_and_quotes_no_record(survey, tmp_path, client, monkeypatch):
    def extract_file(*args, **options):
        raise ValueError(f"cannot parse {CANARY}")

    monkeypatch.setattr(sources, "extract_file", extract_file)
    earlier = stored()
    with pytest.raises(
        SocRecodeError, match=r"ValueError in .*test_recode_flow\.py line"
    ) as caught:
        run_named("defect", [survey], tmp_path / "out")
    assert CANARY not in str(caught.value)
    run = flow_run(client, "defect")
    assert task_runs(client, run)["read survey.csv"] == 1
    assert CANARY not in messages(client, run, until="Finished in state Failed")
    (error,) = stored() - earlier
    assert json.loads(error.read_text())["message"].startswith("ValueError in")
    assert CANARY not in error.read_text()
    assert not list(tmp_path.iterdir())


def test_no_result_is_stored_and_none_holds_a_frame(survey, tmp_path):
    earlier = stored()
    recode([survey], tmp_path / "out")
    assert stored() == earlier

    given = []

    def keep(step):
        return lambda *args: given.append(result := step(*args)) or result

    plain = (open_run, sources.extract_source, sources.find_duplicates, sources.code_source)
    run_pipeline(
        [survey], RunSettings(out=tmp_path / "kept"), Steps(*map(keep, (*plain, close_run)))
    )
    assert len(given) == 5
    for result in given:
        content = pickle.dumps(result)
        assert b"polars" not in content
        assert len(content) < 10_000


def test_no_text_of_a_record_reaches_logs_or_artifacts(tmp_path, client, caplog):
    extract = with_canaries(tmp_path / "extract.csv")
    with caplog.at_level(logging.DEBUG):
        manifest = run_named("private", [extract], tmp_path / "out")
    counts = manifest["counts"]
    assert (counts["read"], counts["quarantined"], counts["review"]) == (6, 4, 1)
    run = flow_run(client, "private")
    assert CANARY not in messages(client, run, until="The results are in")
    assert CANARY not in str(artifacts(client, run))
    assert CANARY not in caplog.text
    assert CANARY not in json.dumps(manifest)
    assert CANARY not in run.model_dump_json()


def test_the_command_runs_the_flow_quietly_and_privately(tmp_path, server):
    extract, out = with_canaries(tmp_path / "extract.csv"), tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", "run", extract, "--kind=survey", f"--out={out}"],
        env=os.environ | {"PREFECT_API_URL": server},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "extract.csv: 6 records done\n"
    assert "The results are in" in done.stdout
    assert CANARY not in done.stdout
    assert (out / "run.json").is_file()
