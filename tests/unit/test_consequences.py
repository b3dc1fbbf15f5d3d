"""What a change of unit group means in the Skilled Worker tables: told, dated, never advice."""

import datetime
import json

import polars as pl
import pytest

from flows.pipeline import run_pipeline
from flows.recorded_run import read_recorded
from flows.replay import replay_run
from flows.settings import RunSettings
from reference.skilled_worker import install_rules

TABLES = """\
table,soc2020,unit_group_title,related_job_titles,value_headers,values
Table 1,2133,IT work,,Rate,£1
Table 2,2133,IT work,,Rate,£1
Table 1,2134,More IT work,,Rate,£1
Table 2,2134,More IT work,,Rate,£1
Table 6,3412,Authors,,,
"""
EXTRACT = """\
record_id,job_title,job_description,previous_code,previous_classification
other table,technical writer,,2133/99,
the other way,technical writer,writes firmware manuals,3412,SOC2020
same unit group,technical writer,,3412,
same tables,technical writer,writes firmware manuals,2134,SOC2020
old frame,technical writer,,2133,SOC2010
no code now,qwertyist,,2133,
not listed before,technical writer,,1111,
none before,technical writer,,,
"""
CHANGES = {
    "other table": "Table 1; Table 2 → Table 6 (rules of 2025-11-25)",
    "the other way": "Table 6 → Table 1; Table 2 (rules of 2025-11-25)",
}
SKILL_LEVELS = {"other table": (4, 3), "the other way": (3, 4), "same unit group": (3, 3)}


@pytest.fixture
def extract(tmp_path, monkeypatch):
    monkeypatch.setenv("SOC_RECODE_HOME", str(tmp_path / "home"))
    path = tmp_path / "extract.csv"
    path.write_text(EXTRACT, encoding="utf-8")
    return path


def run(extract, out):
    run_pipeline([extract], RunSettings(out=out, reference="starter"))
    coded = pl.read_parquet(out / "coded" / "extract-00000.parquet")
    return coded, json.loads((out / "run.json").read_text(encoding="utf-8"))


def test_a_change_of_tables_is_told_with_the_date_of_the_rules(extract, tmp_path):
    tables = tmp_path / "tables.csv"
    tables.write_text(TABLES, encoding="utf-8")
    install_rules(tables, datetime.date(2025, 11, 25))
    coded, manifest = run(extract, tmp_path / "out")

    told = dict(coded.select("record_id", "skilled_worker_change").drop_nulls().iter_rows())
    assert told == CHANGES
    levels = coded.select("record_id", pl.struct("previous_skill_level", "skill_level"))
    for record_id, (before, now) in SKILL_LEVELS.items():
        row = levels.filter(record_id=record_id).item(0, 1)
        assert (row["previous_skill_level"], row["skill_level"]) == (before, now)
    assert manifest["skilled_worker_date"] == "2025-11-25"
    assert replay_run(read_recorded(tmp_path / "out"), 100).agrees


def test_without_tables_nothing_is_told_and_the_run_is_another(extract, tmp_path):
    coded, without = run(extract, tmp_path / "out")
    assert coded["skilled_worker_change"].null_count() == coded.height
    assert without["skilled_worker_date"] is None

    tables = tmp_path / "tables.csv"
    tables.write_text(TABLES, encoding="utf-8")
    install_rules(tables, datetime.date(2025, 11, 25))
    _, with_tables = run(extract, tmp_path / "other")
    assert with_tables["run_id"] != without["run_id"]
