"""What changed between real versions of the index, against what their own CHANGE column says."""

import polars as pl
import pytest

from flows.cli import main
from reference.differences import compare_editions, count_differences
from reference.store import Edition, install_file

V1 = "soc2020volume2thecodingindex_version1_february2020.xlsx"
V12 = "soc2020volume2thecodingindexexcel16042025.xlsx"
UNNOTED = {
    "b1zb": ("1132", "1139"),  # a contradiction of version 12, put right without a word
    "d3ef": ("5231/99", "5231/98"),
    "d8gu": ("5231/99", "5231/98"),
}
"""The entries whose code is another in version 13, though it has no amendment of version 13."""
SAYS_A_CODE = r"(SOC-ext|SOC ?2020) code was|SOC ?[\d/ ]*2020 codes were"


@pytest.fixture(scope="module")
def edition12(shared_data, tmp_path_factory) -> Edition:
    return install_file(shared_data / "soc2020" / V12, tmp_path_factory.mktemp("edition12"))


@pytest.fixture(scope="module")
def home1(shared_data, tmp_path_factory):
    """A home with versions 1 and 12."""
    home = tmp_path_factory.mktemp("edition1")
    install_file(shared_data / "soc2020" / V1, home)
    install_file(shared_data / "soc2020" / V12, home)
    return home


@pytest.fixture(scope="module")
def changed(edition12, edition13) -> pl.DataFrame:
    return compare_editions(edition12, edition13)


def test_version_12_to_13_has_the_known_figures(changed):
    assert count_differences(changed) == {
        "recoded": 1_999,
        "reworded": 65,
        "added": 183,
        "deleted": 2,
        "recoded_unit_group": 5,
        "recoded_sub_unit_group_only": 1_994,
        "recoded_and_reworded": 10,
    }
    recoded = changed.filter(kind="recoded")
    other_extended_code = pl.col("old_sub_unit_group") != pl.col("new_sub_unit_group")
    assert recoded.filter(other_extended_code).height == 1_998
    assert set(changed.filter(kind="deleted")["index_entry_id"]) == {"f4gh", "f4gi"}
    assert set(changed.filter(kind="added")["version_note"]) == {"V13 new"}


def test_the_unit_group_recodes_are_those_of_the_workbook(changed):
    recoded = changed.filter(pl.col("old_unit_group") != pl.col("new_unit_group"), kind="recoded")
    codes = recoded.select("index_entry_id", "old_unit_group", "new_unit_group")
    assert set(codes.rows()) == {
        ("b1zb", "1132", "1139"),
        ("f2lb", "3574", "1136"),
        ("f1ih", "2316", "2469"),
        ("f1ig", "2316", "2469"),
        ("e3pe", "3213", "2259"),
    }


def test_recoded_are_exactly_those_that_version_13_says_it_recoded(changed, edition13):
    """An entry can have been amended before, too: then CHANGE says all that it ever was."""
    amended = pl.col("version_note").str.contains("V13 amended")
    says = pl.col("change").str.contains(SAYS_A_CODE)
    told = set(edition13.index.filter(amended & says)["index_entry_id"])
    recoded = changed.filter(kind="recoded")
    assert len(told) == 1_996
    assert set(recoded["index_entry_id"]) - told == set(UNNOTED)
    assert told - set(recoded["index_entry_id"]) == set()


def test_the_code_that_was_is_the_one_last_said(changed):
    recoded = changed.filter(~pl.col("index_entry_id").is_in(list(UNNOTED)), kind="recoded")
    extended = recoded["change"].str.extract_all(r"SOC-ext code was \d{4}/\d\d")
    last = extended.list.last().str.tail(7)
    only_unit_groups = recoded.filter(last.is_null())
    assert set(only_unit_groups["index_entry_id"]) == {"f2lb", "f1ih", "f1ig", "e3pe"}
    assert only_unit_groups.filter(
        ~pl.col("change").str.contains(pl.col("old_unit_group"), literal=True)
    ).is_empty()
    assert recoded.filter(last != pl.col("old_sub_unit_group")).is_empty()


def test_what_changed_without_a_word(changed):
    rows = changed.filter(pl.col("index_entry_id").is_in(list(UNNOTED))).sort("index_entry_id")
    director, *others = rows.to_dicts()
    assert (director["old_unit_group"], director["new_unit_group"]) == UNNOTED["b1zb"]
    assert director["old_sub_unit_group"] == director["new_sub_unit_group"] == "1139/02"
    assert director["version_note"] == "V11 amended"
    for row in others:
        codes = row["old_sub_unit_group"], row["new_sub_unit_group"]
        assert codes == UNNOTED[row["index_entry_id"]]
        assert row["version_note"] is None


def test_version_1_has_no_sub_unit_groups_and_some_ids_given_anew(home1, monkeypatch, capsys):
    monkeypatch.setenv("SOC_RECODE_HOME", str(home1))
    assert main(["reference", "diff", "soc2020-v1", "soc2020-v12"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "No sub-unit groups in soc2020-v1: they are not compared." in said
    assert "the sub-unit group only" not in said
    assert "recoded 65 " in said
    assert "added 2,550 deleted 19" in said  # 2,548 and 17 new and lost ids, two given anew
