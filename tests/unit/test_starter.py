"""The embedded starter edition is well formed and contradicts no fact of the published index."""

import shutil
from pathlib import Path

import polars as pl
import pytest

import reference
from reference.ons import ReadEdition, read_edition
from reference.starter import Starter, read_starter, skill_levels
from schemas.errors import EditionError
from schemas.index import IndexEntries
from schemas.structure import Structure, SubUnitGroups

FOLDER = Path(reference.__file__).parent / "starter"
KEY = ["title", "additional", "industry"]


@pytest.fixture(scope="session")
def starter() -> Starter:
    return read_starter()


@pytest.fixture(scope="session")
def v13(shared_data) -> ReadEdition:
    file = "soc2020volume2thecodingindexexcel03122025.xlsx"
    return read_edition(shared_data / "soc2020" / file)


def keyed(index: pl.DataFrame) -> pl.DataFrame:
    """Entries with codes, by title and qualifiers as they are compared: without capitals."""
    return index.filter(pl.col("unit_group").is_not_null()).select(
        "index_entry_id",
        "default_code",
        "unit_group",
        "sub_unit_group",
        title=pl.col("index_title").str.to_lowercase(),
        additional=pl.col("additional_qualifier").str.to_lowercase(),
        industry=pl.col("industry_qualifier").str.to_lowercase(),
    )


def listed(contradictions: pl.DataFrame) -> str:
    rows = [", ".join(str(value or "-") for value in row) for row in contradictions.iter_rows()]
    return f"{len(rows)} contradictions:\n" + "\n".join(rows)


# Against the published edition


def test_the_structure_has_the_groups_of_the_edition(starter, v13):
    ours, theirs = (table.select("code", "level") for table in (starter.structure, v13.structure))
    assert set(ours.rows()) == set(theirs.rows())
    levels = dict(ours.group_by("level").len().iter_rows())
    assert levels == {"major": 9, "sub_major": 26, "minor": 104, "unit_group": 412}


def test_an_entry_that_the_edition_has_leads_to_the_same_code(starter, v13):
    both = keyed(starter.index).join(keyed(v13.index), on=KEY, nulls_equal=True, suffix="_v13")
    differ = both.filter(pl.col("sub_unit_group") != pl.col("sub_unit_group_v13"))
    assert both.height > 1_000
    assert differ.is_empty(), listed(differ)


def test_an_entry_that_the_edition_has_is_a_default_as_there(starter, v13):
    both = keyed(starter.index).join(keyed(v13.index), on=KEY, nulls_equal=True, suffix="_v13")
    # Where the edition has the key twice, either default code is its word.
    as_there = pl.col("default_code").eq_missing(pl.col("default_code_v13"))
    differ = both.filter(~as_there.any().over("index_entry_id"))
    assert differ.is_empty(), listed(differ)


def test_a_title_that_the_edition_has_leads_to_a_code_it_can_have_there(starter, v13):
    theirs = keyed(v13.index)
    known = keyed(starter.index).join(theirs, on="title", how="semi")
    differ = known.join(theirs, on=["title", "sub_unit_group"], how="anti")
    assert known.height > 1_000
    assert differ.is_empty(), listed(differ)


def test_every_sub_unit_group_is_one_of_the_edition(starter, v13):
    unknown = starter.sub_unit_groups.join(v13.sub_unit_groups, on="sub_unit_group", how="anti")
    assert unknown.is_empty(), listed(unknown)


# On its own


def test_the_tables_are_as_their_schemas_say(starter):
    IndexEntries.validate(starter.index)
    Structure.validate(starter.structure)
    SubUnitGroups.validate(starter.sub_unit_groups)


def test_there_are_enough_titles_and_every_unit_group_has_entries(starter):
    assert starter.index["index_title"].str.to_lowercase().n_unique() >= 2_000
    units = set(starter.structure.filter(pl.col("level") == "unit_group")["code"])
    assert units - set(starter.index["unit_group"]) == set()


def test_the_technical_writer_of_the_starter(starter):
    writers = starter.index.filter(pl.col("index_title") == "technical writer").select(
        "additional_qualifier", "default_code", "unit_group", "sub_unit_group"
    )
    assert ("computing/IT", None, "2133", "2133/99") in writers.rows()
    assert (None, "M", "3412", "3412/07") in writers.rows()


def test_every_group_has_the_skill_level_of_its_sub_major_group(starter):
    assert skill_levels() == {
        **dict.fromkeys(["11", "21", "22", "23", "24"], 4),
        **dict.fromkeys(["12", "31", "32", "33", "34", "35", "51", "52", "53", "54"], 3),
        **dict.fromkeys(["41", "42", "61", "62", "63", "71", "72", "81", "82"], 2),
        **dict.fromkeys(["91", "92"], 1),
    }
    skills = dict(starter.structure.select("code", "skill_level").iter_rows())
    some = {code: skills[code] for code in ("5", "51", "511", "5111")}
    assert some == {"5": None, "51": 3, "511": 3, "5111": 3}


def test_record_numbers_follow_the_files(starter):
    assert starter.index["record_number"].to_list() == list(range(1, starter.index.height + 1))
    assert starter.index["index_entry_id"][0] == "s1-0001"


def test_the_version_is_that_of_the_bytes_of_the_files(starter, tmp_path):
    copy = tmp_path / "starter"
    shutil.copytree(FOLDER, copy)
    assert read_starter(copy).reference_version == starter.reference_version
    file = copy / "index" / "9.csv"
    file.write_bytes(file.read_bytes().replace(b"s9-0001", b"s9-9001"))
    assert read_starter(copy).reference_version != starter.reference_version


# Faults name file and row

STRUCTURE = [
    "code,level,title,skill_level",
    "3,major,Associate professional occupations,",
    "34,sub_major,Culture occupations,3",
    "341,minor,Writers,",
    "3412,unit_group,Authors and writers,",
]
GROUPS = ["sub_unit_group,title", "3412/07,Technical writers"]
ENTRIES = [
    "index_entry_id,index_title,additional_qualifier,industry_qualifier,default_code,"
    "unit_group,sub_unit_group",
    "s3-0001,author,,,,3412,3412/07",
    "s3-0002,technical writer,,,M,3412,3412/07",
]


@pytest.fixture
def small(tmp_path) -> Path:
    """A starter of two entries, in two index files."""
    files = {
        "structure/3.csv": STRUCTURE,
        "sub_unit_groups/3.csv": GROUPS,
        "index/2.csv": [ENTRIES[0], "s2-0001,scribe,,,,3412,3412/07"],
        "index/3.csv": ENTRIES,
    }
    for name, lines in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    return tmp_path


def test_a_small_starter_is_read(small):
    starter = read_starter(small)
    assert starter.index["index_title"].to_list() == ["scribe", "author", "technical writer"]
    assert starter.index["record_number"].to_list() == [1, 2, 3]


def test_a_file_without_a_last_line_break_is_read(small):
    (small / "index" / "2.csv").write_text((small / "index" / "2.csv").read_text().rstrip())
    assert read_starter(small).index.height == 3


@pytest.mark.parametrize(
    ("file", "row", "line", "expected"),
    [
        ("index/3.csv", 1, "index_entry_id,title", "index_entry_id,index_title"),
        ("index/3.csv", 3, "s3-0001,writer,,,,3412,3412/07", "an index_entry_id of its own"),
        ("index/3.csv", 3, "s3-0002,,,,,3412,3412/07", "a title"),
        ("index/3.csv", 3, "s3-0002,writer,,,X,3412,3412/07", "O, I, A, Q, QS, M or blank"),
        ("index/3.csv", 3, "s3-0002,writer,,,,3413,3413/01", "a unit group of the structure"),
        ("index/3.csv", 3, "s3-0002,writer,,,,341,3412/07", "a unit group of the structure"),
        ("index/3.csv", 3, "s3-0002,writer,,,,3412,3412/08", "a sub-unit group of"),
        ("index/3.csv", 3, "s3-0002,writer,,,,3412", "a sub-unit group of"),
        ("index/3.csv", 3, "s3-0002,writer,,,,3412,3412/07,,", "7 values"),
        ("index/3.csv", 3, "s3-0002,Author,,,,3412,3412/07", "one entry per title"),
        ("index/2.csv", 2, "s2-0001,scribe,,,D,3412,3412/07", "O, I, A, Q, QS, M or blank"),
        ("structure/3.csv", 2, "3,sub_major,Associates,", "the level that the length"),
        ("structure/3.csv", 3, "34,sub_major,Culture,", "a skill level of 1 to 4"),
        ("structure/3.csv", 4, "341,minor,Writers,3", "a skill level of 1 to 4"),
        ("structure/3.csv", 4, "352,minor,Writers,", "the group above it"),
        ("structure/3.csv", 5, "3412,unit_group,,", "a title"),
        ("structure/3.csv", 5, "341,minor,Writers,", "one row per code"),
        ("sub_unit_groups/3.csv", 2, "3412-07,Technical writers", "such as 3412/07"),
        ("sub_unit_groups/3.csv", 2, "3413/07,Technical writers", "a unit group of the structure"),
        ("sub_unit_groups/3.csv", 2, "3412/07,", "a title"),
    ],
)
def test_a_fault_names_file_row_and_what_was_expected(small, file, row, line, expected):
    path = small / file
    lines = path.read_text().splitlines()
    lines[row - 1] = line
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(EditionError) as caught:
        read_starter(small)
    message = str(caught.value)
    assert f"Starter file {file}, row {row}:" in message
    assert expected in message


def test_bytes_that_are_not_utf_8_are_refused(small):
    (small / "index" / "2.csv").write_bytes(b"\n".join([ENTRIES[0].encode(), b"s2,caf\xe9,,,,,"]))
    with pytest.raises(EditionError, match="starter files of index cannot be read"):
        read_starter(small)
