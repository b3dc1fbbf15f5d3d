"""From version 12 to 13: the records whose entry's code changed are those the workbook says.

What is expected is read from the two workbooks' own columns. Every coded entry of version 13 that
was in version 12 is a record, with its title and the texts of its qualifiers.
"""

import polars as pl
import pytest

from flows.compare import compare_runs
from flows.pipeline import run_pipeline
from flows.settings import RunSettings
from reference.store import install_file

WORKBOOKS = {
    12: "soc2020volume2thecodingindexexcel16042025.xlsx",
    13: "soc2020volume2thecodingindexexcel03122025.xlsx",
}
SILENT = {"d3ef", "d8gu"}
"""Bodyshop and sprayer entries whose codes differ, though version 13 has no note of it."""
REQUALIFIED = {"c7ov"}
"""Practice manager, health services: amended, but "IND term now ADD term", too. Health services
as duties did not satisfy it in version 12, so that the record had the title's default before."""
BY_ANOTHER_ENTRY = {"f4ed", "f4ef"}
"""Not amended, but their titles are coded by an entry that was (f4dz, f4ea)."""


def sheet(shared_data, version: int) -> pl.DataFrame:
    """The coding index as the workbook has it, under names of our own."""
    table = pl.read_excel(
        shared_data / "soc2020" / WORKBOOKS[version],
        sheet_name="SOC2020 coding index",
        infer_schema_length=0,
    )
    (title,) = (name for name in table.columns if "natural" in name)
    return table.select(
        pl.col("UNIQUE ID").alias("id"),
        pl.col("SOC_2020_ext").alias("code"),
        pl.col("VERSNO").fill_null("").alias("versions"),
        pl.col("CHANGE").fill_null("").alias("change"),
        pl.col(title).alias("job title"),
        pl.col("ADD").alias("duties"),
        pl.col("IND").alias("industry"),
    )


@pytest.fixture(scope="module")
def entries(shared_data) -> pl.DataFrame:
    """The entries that both versions code; `code_before` is that of version 12."""
    before = sheet(shared_data, 12).select("id", code_before="code")
    both = sheet(shared_data, 13).join(before, on="id")
    return both.filter(~pl.col("code").str.contains("}"), ~pl.col("code_before").str.contains("}"))


@pytest.fixture(scope="module")
def compared(shared_data, entries, tmp_path_factory, lookup13):
    """The report, and the changes by record_id; version 13 is compiled already, in lookup13."""
    folder = tmp_path_factory.mktemp("compared")
    extract = folder / "index.csv"
    entries.select(pl.col("id").alias("record_id"), "job title", "duties", "industry").write_csv(
        extract
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOC_RECODE_HOME", str(folder / "home"))
        for version, name in WORKBOOKS.items():
            install_file(shared_data / "soc2020" / name)
            settings = RunSettings(out=folder / str(version), reference=f"soc2020-v{version}")
            run_pipeline([extract], settings)
        report = compare_runs(folder / "12", folder / "13", folder / "out")
    return report, pl.read_parquet(folder / "out" / "changes.parquet")


def test_the_records_with_an_amended_code_are_those_that_the_workbook_names(entries, compared):
    _, changes = compared
    noted = entries.filter(
        pl.col("versions").str.contains("V13 amended"),
        pl.col("change").str.contains(r"(?i)SOC.*codes? (was|were)"),
        pl.col("code") != pl.col("code_before"),
    )
    expected = set(noted["id"]) - REQUALIFIED | SILENT | BY_ANOTHER_ENTRY
    amended = changes.filter(change_kind="index_amended")
    assert noted.height == 1_996
    assert set(amended["record_id"]) == expected

    own = amended.filter(pl.col("index_entry_id_now") == pl.col("record_id"))
    told = own.join(entries, left_on="record_id", right_on="id")
    assert (told["sub_unit_group_before"] == told["code_before"]).all()
    assert (told["sub_unit_group_now"] == told["code"]).all()
    cited = told.filter(~pl.col("record_id").is_in(SILENT))
    words = pl.format("the entry was changed, {}: {}", "versions", "change")
    assert cited.select((pl.col("change_cause") == words).all()).item()
    silent = told.filter(pl.col("record_id").is_in(SILENT))["change_cause"].unique().to_list()
    assert silent == ["the entry was changed, which the index does not note"]


def test_what_is_an_exception_is_explained_by_its_cause(compared):
    _, changes = compared
    (row,) = changes.filter(pl.col("record_id").is_in(REQUALIFIED)).to_dicts()
    assert row["change_kind"] == "index_reworded"
    assert (
        "entry c7ov asks for something else, V13 amended: IND term now ADD" in row["change_cause"]
    )
    others = changes.filter(pl.col("record_id").is_in(BY_ANOTHER_ENTRY))
    assert set(others["index_entry_id_now"]) == {"f4dz", "f4ea"}


def test_every_change_is_the_editions_and_counts_add_up(entries, compared):
    report, changes = compared
    assert report["differs"] == ["edition"]
    assert report["notes"] == []
    kinds = {kind: n["records"] for kind, n in report["change_kinds"].items() if n["records"]}
    assert "reassigned" not in kinds
    assert "withdrawn" not in kinds
    assert sum(kinds.values()) == changes.height == report["changed"]["records"]
    assert report["before"]["records"] == report["now"]["records"] == entries.height
    added = changes.filter(change_kind="index_extended")
    assert added["change_cause"].str.contains("is new, V13 new").all()
    six = report["levels"][-1]
    codes = (
        pl.coalesce(f"sub_unit_group_{side}", f"unit_group_{side}") for side in ("before", "now")
    )
    before, now = changes.select(before=next(codes), now=next(codes)).drop_nulls()
    assert six["gross_records"] == (before != now).sum()
    assert six["net_records"] <= six["gross_records"]
