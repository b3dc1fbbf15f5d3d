"""The provenance of a run in W3C PROV: what a reader of the standard finds in it."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from prov.model import ProvDerivation, ProvDocument, ProvGeneration, ProvRecord, ProvUsage

from flows.pipeline import run_pipeline
from flows.reports.provenance import provenance_text
from flows.settings import RunSettings

EXAMPLES = Path(__file__).parents[2] / "reference" / "examples"
ACTIVITY = "run:activity"


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    """Two files of an employer, with a mapping, coded with the starter."""
    folder = tmp_path_factory.mktemp("provenance")
    first_lines = (EXAMPLES / "employer.csv").read_text().splitlines()[:2]
    leaver = first_lines[1].replace(first_lines[1].split(";")[0], "L1")
    (folder / "leavers & others.csv").write_text(f"{first_lines[0]}\n{leaver}\n")
    told = {"kind": "employer", "mapping": EXAMPLES / "employer_mapping.toml"}
    inputs = [EXAMPLES / "employer.csv", folder / "leavers & others.csv"]
    run_pipeline(inputs, RunSettings(out=folder / "out", reference="starter", **told))
    return folder / "out"


@pytest.fixture(scope="module")
def document(results) -> ProvDocument:
    return ProvDocument.deserialize(str(results / "provenance.json"))


def named(document: ProvDocument, label: str) -> ProvRecord:
    (found,) = [record for record in document.get_records() if record.label == label]
    return found


def value(record: ProvRecord, attribute: str) -> object:
    (found,) = record.get_attribute(attribute)
    return found


def related(document: ProvDocument, kind: type, of: str) -> set[str]:
    """The labels of what an element is related to: the second of a relation's two ends."""
    labels = {str(record.identifier): record.label for record in document.get_records()}
    ends = [relation.args[:2] for relation in document.get_records(kind)]
    return {labels[str(second)] for first, second in ends if labels[str(first)] == of}


def test_each_output_was_generated_by_the_run_and_has_its_hash(document, results):
    outputs = list(results.rglob("*.parquet"))
    assert len(outputs) == 5
    for path in outputs:
        name = path.relative_to(results).as_posix()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert value(named(document, name), "recode:sha256") == digest
        assert related(document, ProvGeneration, name) == {"A run of soc-recode"}
    assert related(document, ProvGeneration, "run.json") == {"A run of soc-recode"}
    assert not named(document, "run.json").get_attribute("recode:sha256")


def test_a_coded_file_derives_from_its_input_and_the_others_from_all(document):
    both = {"employer.csv", "leavers & others.csv"}
    derived = {
        "coded/employer-00000.parquet": {"employer.csv"},
        "coded/leavers & others-00000.parquet": {"leavers & others.csv"},
        "review.parquet": both,
        "quarantine.parquet": both,
    }
    for output, inputs in derived.items():
        assert related(document, ProvDerivation, output) == inputs


def test_the_run_used_inputs_edition_criteria_and_mapping(document, results):
    used = {str(relation.args[1]) for relation in document.get_records(ProvUsage)}
    assert used == {
        f"run:{name}" for name in ("input-1", "input-2", "edition", "criteria", "mapping")
    }
    digest = hashlib.sha256((EXAMPLES / "employer.csv").read_bytes()).hexdigest()
    assert value(named(document, "employer.csv"), "recode:sha256") == digest
    manifest = json.loads((results / "run.json").read_text())
    edition = named(document, "starter")
    assert value(edition, "recode:reference_version") == manifest["reference_version"]
    (software,) = document.get_record("run:software")
    assert value(software, "recode:code_version") == manifest["code_version"]


def test_an_edition_of_a_publisher_derives_from_the_publishers_file(results):
    manifest = json.loads((results / "run.json").read_text())
    source = {"publisher": "Statistics Office", "source_file": "a.xlsx", "source_sha256": "12"}
    manifest |= {"edition": "soc2020-v99", "edition_source": source}
    document = ProvDocument.deserialize(content=provenance_text(manifest))
    assert related(document, ProvDerivation, "soc2020-v99") == {"a.xlsx"}
    assert value(named(document, "a.xlsx"), "recode:sha256") == "12"
    assert named(document, "Statistics Office").get_attribute("prov:type")


def test_the_run_has_a_start_and_an_end(document, results):
    manifest = json.loads((results / "run.json").read_text())
    (activity,) = document.get_record(ACTIVITY)
    began, ended = activity.get_startTime(), activity.get_endTime()
    assert began.isoformat() == manifest["started"]
    assert (ended - began).total_seconds() == pytest.approx(manifest["seconds"])


def test_the_same_manifest_gives_the_same_text_in_any_process(results):
    code = (
        "import json, sys; from flows.reports.provenance import provenance_text; "
        "sys.stdout.buffer.write(provenance_text(json.load(open(sys.argv[1]))).encode())"
    )
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code, results / "run.json"],
            capture_output=True,
            timeout=60,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        )
        assert done.stdout == (results / "provenance.json").read_bytes()


def test_explaining_imports_no_provenance():
    code = (
        "import sys; from flows.cli import main; assert main(['explain', 'nurse', '--json']) == 0; "
        "assert 'prov' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=True)
