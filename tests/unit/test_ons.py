"""The published editions read as they are, and damaged ones refused with their place named."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from small_edition import (
    FRAMEWORK,
    INDEX,
    INDEX_HEADERS,
    as_csv,
    changed,
    csv_files,
    framework_table,
    index_table,
    sheets,
    without,
    write_workbook,
    write_zip,
)

from reference.ons import ReadEdition, natural_word_order, read_edition
from schemas.errors import EditionError

FILES = {
    1: "soc2020volume2thecodingindex_version1_february2020.xlsx",
    12: "soc2020volume2thecodingindexexcel16042025.xlsx",
    13: "soc2020volume2thecodingindexexcel03122025.xlsx",
}
RECORDS = {1: 29_664, 12: 32_195, 13: 32_376}


@dataclass(frozen=True)
class Published:
    v1: ReadEdition
    v12: ReadEdition
    v13: ReadEdition

    def __getitem__(self, version: int) -> ReadEdition:
        return getattr(self, f"v{version}")


@pytest.fixture(scope="session")
def published(shared_data: Path) -> Published:
    return Published(*(read_edition(shared_data / "soc2020" / FILES[n]) for n in (1, 12, 13)))


def entry(edition: ReadEdition, index_entry_id: str) -> dict:
    return edition.index.row(by_predicate=pl.col("index_entry_id") == index_entry_id, named=True)


def fault_in(path: Path, version: int | None = None) -> str:
    with pytest.raises(EditionError) as caught:
        read_edition(path, version)
    assert caught.value.expected
    assert caught.value.fix
    return str(caught.value)


# The real workbooks


@pytest.mark.parametrize("version", [1, 12, 13])
def test_every_record_is_read_in_order(published, version):
    edition = published[version]
    assert edition.version == version
    assert edition.stated_records == edition.index.height == RECORDS[version]
    assert edition.index["record_number"].is_sorted()


def test_the_technical_writer_has_two_entries(published):
    writer = entry(published.v13, "e6kj")
    assert writer["index_title"] == "Technical writer"
    assert writer["index_title_reversed"] == "Writer, technical"
    assert writer["additional_qualifier"] == "computing/IT"
    assert (writer["unit_group"], writer["sub_unit_group"]) == ("2133", "2133/99")
    default = entry(published.v13, "e6kl")
    assert (default["default_code"], default["additional_qualifier"]) == ("M", None)
    assert (default["unit_group"], default["sub_unit_group"]) == ("3412", "3412/07")


def test_previous_codes_and_notes_are_kept(published):
    assert entry(published.v13, "a1aa") == {
        "index_entry_id": "a1aa",
        "record_number": 1,
        "default_code": None,
        "index_title": "A",
        "index_title_reversed": "A",
        "additional_qualifier": None,
        "industry_qualifier": "Cabinet Office",
        "see": None,
        "unit_group": "2439",
        "sub_unit_group": "2439/99",
        "isco08": "2422",
        "soc2010": "2429",
        "soc2000": "2441",
        "soc90": "103",
        "version_note": None,
        "change": None,
    }
    assert entry(published.v13, "f4tq")["version_note"] == "V13 new"
    assert published.v13.index["change"].drop_nulls().len() == 3_488


def test_version_1_has_no_extended_codes_and_a_derived_order(published):
    engineer = entry(published.v1, "e8pp")
    assert engineer["index_title_reversed"] == "Engineer, design, tool"
    assert engineer["index_title"] == "Tool design engineer"
    assert (engineer["unit_group"], engineer["sub_unit_group"]) == ("2122", None)
    assert published.v1.index["sub_unit_group"].null_count() == RECORDS[1]
    assert published.v1.sub_unit_groups.is_empty()
    assert published.v1.natural_word_order == {"source": "derived", "entries": 29_664}


def test_the_derived_order_is_the_published_one_in_all_but_a_few_entries(published):
    pairs = published.v1.index.join(published.v13.index, on="index_entry_id", suffix="_v13")
    assert pairs.height == 29_647
    kept = pairs.filter(pl.col("index_title_reversed") == pl.col("index_title_reversed_v13"))
    agree = kept["index_title"].str.to_lowercase() == kept["index_title_v13"].str.to_lowercase()
    assert (kept.height, int(agree.sum())) == (29_607, 29_605)
    # Over all of version 13, 21 published orders are not the reversed form's.
    assert published.v13.natural_word_order == {
        "source": "published",
        "entries": 32_376,
        "as_derived": 32_355,
    }


def test_references_have_no_codes(published):
    v13 = published.v13.index
    references = v13.filter(pl.col("unit_group").is_null())
    assert references.height == 231
    assert references["see"].null_count() == 0
    assert references["sub_unit_group"].null_count() == 231
    adviser = references.row(by_predicate=pl.col("index_title") == "Advisor", named=True)
    assert (adviser["see"], adviser["soc90"], adviser["isco08"]) == ("see Adviser", None, None)
    assert v13.filter(pl.col("see").is_not_null()).height == 234


@pytest.mark.parametrize("version", [1, 12, 13])
def test_no_text_keeps_braces_or_stray_white_space(published, version):
    edition = published[version]
    for table in (edition.index, edition.structure, edition.sub_unit_groups):
        untidy = table.select(pl.col(pl.String).str.contains(r"^\s|\s$|\s\s|[\n\t}]|^$").any())
        assert not any(untidy.row(0)), table.columns


@pytest.mark.parametrize("version", [1, 12, 13])
def test_the_structure_has_every_group_with_its_skill_level(published, version):
    structure = published[version].structure
    levels = dict(structure.group_by("level").len().iter_rows())
    assert levels == {"major": 9, "sub_major": 26, "minor": 104, "unit_group": 412}
    skills = dict(structure.select("code", "skill_level").iter_rows())
    some = {code: skills[code] for code in ("1", "11", "122", "2133", "3412", "5412", "92", "9266")}
    assert some == {
        **{"1": None, "11": 4, "122": 3, "2133": 4},
        **{"3412": 3, "5412": 3, "92": 1, "9266": 1},
    }
    assert structure["skill_level"].null_count() == 9
    titles = dict(structure.select("code", "title").iter_rows())
    assert titles["1"] == "MANAGERS, DIRECTORS AND SENIOR OFFICIALS"
    assert titles["9265"] == "Bar staff"


def test_the_sub_unit_groups_are_those_published_apart(published, shared_data):
    apart = pl.read_csv(
        shared_data / "soc2020" / "sub_unit_group_descriptions.csv", infer_schema=False
    )
    assert published.v13.sub_unit_groups.height == apart.height == 1_384
    tidy = pl.col("SOC2020_ext_SUG_title").str.replace_all(r"\s+", " ").str.strip_chars()
    expected = apart.select("SOC_2020_ext", tidy).sort("SOC_2020_ext").rows()
    assert published.v13.sub_unit_groups.select("sub_unit_group", "title").rows() == expected


def test_version_12_reports_what_contradicts_itself(published):
    assert [finding._asdict() for finding in published.v12.findings] == [
        {
            "kind": "sub_unit_group_outside_unit_group",
            "concerns": "b1zb",
            "message": 'b1zb "Director" (ADD marketing): sub-unit group 1139/02 is not in '
            "unit group 1132",
        },
        {
            "kind": "sub_unit_group_titles_differ",
            "concerns": "8214/99",
            "message": 'sub-unit group 8214/99 is titled "Delivery drivers and couriers n.e.c." '
            'and "Rail transport operatives n.e.c."',
        },
    ]
    director = entry(published.v12, "b1zb")
    assert (director["unit_group"], director["sub_unit_group"]) == ("1132", "1139/02")


def test_version_13_has_no_findings_and_version_1_slips_of_old_codes(published):
    assert published.v13.findings == []
    assert [(f.kind, f.concerns) for f in published.v1.findings] == [
        ("previous_code_irregular", "e8ao"),
        ("previous_code_irregular", "e8oz"),
        ("previous_code_irregular", "e8ao"),
    ]


@pytest.mark.parametrize(
    ("reversed_title", "natural"),
    [
        ("Engineer, design, tool", "Tool design engineer"),
        ("Shopkeeper", "Shopkeeper"),
        ("Director of education", "Director of education"),
        ("Driver, HGV", "HGV driver"),
        ("HCA, senior", "Senior HCA"),
        ("A1", "A1"),
        ("A", "A"),
        ("Attaché, press", "Press attaché"),
    ],
)
def test_natural_word_order(reversed_title, natural):
    frame = pl.DataFrame({"title": [reversed_title]})
    assert frame.select(natural_word_order(pl.col("title"))).item() == natural


# Small editions, sound and damaged


def test_a_small_workbook_is_read_whole(tmp_path):
    edition = read_edition(write_workbook(tmp_path / "small.xlsx"))
    assert edition.version == 13
    assert edition.index["unit_group"].to_list() == ["2133", "3412", None, "3412"]
    assert entry(edition, "t1ad")["index_title_reversed"] == "Critic, café"
    assert edition.structure.filter(pl.col("code") == "3412").row(0) == (
        *("3412", "unit_group", "Authors, writers and translators"),
        3,
    )
    assert edition.sub_unit_groups.rows() == [
        ("2133/99", "2133", "IT work n.e.c."),
        ("3412/07", "3412", "Authors of manuals"),
    ]


def test_headers_are_found_by_meaning_in_any_order(tmp_path):
    tables = sheets()
    spelled = ["Unique Id ", "RECNO ", " d", "SOC\n90", "SOC\n2000", "SOC\n2010", "SOC\n2020 "]
    tables[INDEX] = [spelled + INDEX_HEADERS[7:], *index_table()[1:]]
    tables[INDEX] = [list(reversed(row)) for row in tables[INDEX]]
    tables[INDEX].insert(0, ["A line of title"])
    shuffled = read_edition(write_workbook(tmp_path / "shuffled.xlsx", tables))
    plain = read_edition(write_workbook(tmp_path / "plain.xlsx"))
    assert shuffled.index.equals(plain.index)


@pytest.mark.parametrize("sheet", ["FILE SPEC", INDEX, FRAMEWORK, "INFO"])
def test_a_missing_sheet_is_named(tmp_path, sheet):
    tables = sheets()
    del tables[sheet]
    assert f'no sheet "{sheet}"' in fault_in(write_workbook(tmp_path / "a.xlsx", tables))


NEEDED = [h for h in INDEX_HEADERS if h not in ("CHANGE", "INDEXOCC-natural_word_order")]


@pytest.mark.parametrize("column", NEEDED)
def test_a_missing_column_of_the_index_is_named(tmp_path, column):
    tables = sheets()
    tables[INDEX] = without(tables[INDEX], column)
    message = fault_in(write_workbook(tmp_path / "a.xlsx", tables))
    assert f'sheet "{INDEX}" has not one column for "{column}"' in message


def test_a_missing_column_of_the_framework_is_named(tmp_path):
    tables = sheets()
    tables[FRAMEWORK] = without(tables[FRAMEWORK], "SOC2020\nMinor Group")
    message = fault_in(write_workbook(tmp_path / "a.xlsx", tables))
    assert f'sheet "{FRAMEWORK}" has not one column for "SOC2020 Minor Group"' in message


def test_an_empty_index_sheet_names_its_columns(tmp_path):
    message = fault_in(write_workbook(tmp_path / "a.xlsx", sheets() | {INDEX: []}))
    assert f'sheet "{INDEX}" has not one column for "UNIQUE ID", "RECNO"' in message


def test_a_column_given_twice_is_refused(tmp_path):
    tables = sheets()
    tables[INDEX] = [[*row, row[INDEX_HEADERS.index("ADD")]] for row in tables[INDEX]]
    assert 'not one column for "ADD"' in fault_in(write_workbook(tmp_path / "a.xlsx", tables))


@pytest.mark.parametrize("version", [1, 7])
def test_editions_before_version_8_need_no_extended_codes(tmp_path, version):
    tables = sheets(version)
    for column in ("SOC_2020_ext", "SOC2020_ext_SUG_title", "CHANGE"):
        tables[INDEX] = without(tables[INDEX], column)
    edition = read_edition(write_workbook(tmp_path / "a.xlsx", tables))
    assert edition.index["sub_unit_group"].null_count() == 4
    assert edition.sub_unit_groups.is_empty()


def test_records_must_be_as_many_as_stated(tmp_path):
    message = fault_in(write_workbook(tmp_path / "a.xlsx", sheets(records=5)))
    assert f'sheet "{INDEX}" has 4 records' in message
    assert 'the 5 that the sheet "FILE SPEC" states' in message


def test_the_number_of_records_must_be_stated(tmp_path):
    tables = sheets() | {"FILE SPEC": [["Version 13: Index"]]}
    message = fault_in(write_workbook(tmp_path / "a.xlsx", tables))
    assert 'sheet "FILE SPEC" does not say how many records' in message


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("UNIQUE ID", "t1aa", "one to an entry"),
        ("UNIQUE ID", "", "one to an entry"),
        ("RECNO", "two", "whole number"),
        ("RECNO", 1, "one to an entry"),
        ("D", "X", "O, I, A, Q, QS, M or blank"),
        ("SOC_2020", "341", "4-digit SOC 2020 code"),
        ("SOC_2020", "", 'a code, or "}}}}" in a reference'),
        ("SOC_2020", "3411", "a unit group of the framework sheet"),
        ("SOC_2020_ext", "3412-07", "a code such as 3412/07"),
        ("SOC_2020_ext", "", 'a code, or "}}}}" in a reference'),
        ("SOC_2010", "34x2", "4-digit SOC 2010 code"),
        ("ISCO-08 code based on SOC2020", "26", "4-digit ISCO-08 code"),
        ("INDEXOCC-natural_word_order", "", "never blank"),
        ("SOC2020_ext_SUG_title", "", "a title, never blank"),
    ],
)
def test_a_faulty_cell_names_sheet_column_and_row(tmp_path, column, value, expected):
    tables = sheets()
    tables[INDEX] = changed(tables[INDEX], column, 1, value)
    # The other entry of that sub-unit group gives its title too, and would hide a blank.
    tables[INDEX] = changed(tables[INDEX], "SOC_2020_ext", 3, "3412/99")
    message = fault_in(write_workbook(tmp_path / "a.xlsx", tables))
    assert f'sheet "{INDEX}", column "{column}"' in message
    assert "row 2" in message or "row 3" in message
    assert expected in message


def test_a_group_without_the_group_above_it_is_refused(tmp_path):
    tables = sheets()
    tables[FRAMEWORK] = [row for row in tables[FRAMEWORK] if row[3] != "341"]
    message = fault_in(write_workbook(tmp_path / "a.xlsx", tables))
    assert f'sheet "{FRAMEWORK}", column "code", row 9' in message


def test_a_few_contradictions_are_findings(tmp_path):
    tables = sheets()
    tables[INDEX] = changed(tables[INDEX], "SOC_2020_ext", 3, "2133/99")
    tables[INDEX] = changed(tables[INDEX], "ADD", 1, "computing/IT")
    kinds = [f.kind for f in read_edition(write_workbook(tmp_path / "a.xlsx", tables)).findings]
    assert kinds == [
        "sub_unit_group_outside_unit_group",
        "entries_contradict_each_other",
        "entries_contradict_each_other",
        "sub_unit_group_titles_differ",
    ]


def test_many_contradictions_are_a_damaged_file(tmp_path):
    row = changed(index_table(), "SOC_2020_ext", 1, "2133/99")[2]
    rows = [[f"x{n}", n, *row[2:]] for n in range(1, 102)]
    tables = sheets(records=101) | {INDEX: [INDEX_HEADERS, *rows]}
    assert "contradicts itself 101 times" in fault_in(write_workbook(tmp_path / "a.xlsx", tables))


def test_a_workbook_of_another_version_than_asked_for_is_refused(tmp_path):
    message = fault_in(write_workbook(tmp_path / "a.xlsx"), version=12)
    assert "says that it is version 13" in message


def test_what_is_no_workbook_is_refused(tmp_path):
    text = tmp_path / "index.xlsx"
    text.write_text("UNIQUE ID,RECNO\n")
    assert "index.xlsx is neither a workbook nor a zip" in fault_in(text)
    assert "There is no file absent.xlsx" in fault_in(tmp_path / "absent.xlsx")
    other = write_zip(tmp_path / "other.zip", {"readme.txt": b"nothing"})
    assert "other.zip cannot be opened as a workbook" in fault_in(other)


def test_a_truncated_workbook_is_refused(shared_data, tmp_path):
    content = (shared_data / "soc2020" / FILES[13]).read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(content[: len(content) // 2])
    assert "cut.xlsx is neither a workbook nor a zip, or is cut" in fault_in(tmp_path / "cut.xlsx")


def test_a_workbook_with_flipped_bytes_is_refused(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx")
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("xl/worksheets/sheet3.xml").header_offset + 80
    content[at : at + 200] = b"\xff" * 200
    path.write_bytes(content)
    assert f'sheet "{INDEX}" cannot be read' in fault_in(path)


@pytest.mark.parametrize(
    "file",
    [
        "soc2020/soc2020volume1structureanddescriptionofunitgroupsexcel16042025.xlsx",
        "sic2007/uksic2007indexeswithaddendumdecember2022.xlsx",
        "sic2007/publisheduksicsummaryofstructureworksheet.xlsx",
    ],
)
def test_another_ons_workbook_is_refused(shared_data, file):
    assert f'has no sheet "{INDEX}"' in fault_in(shared_data / file)


# The zip of CSV files


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8-sig"])
def test_the_zip_of_csv_files_says_the_same_as_the_workbook(tmp_path, encoding):
    zipped = read_edition(write_zip(tmp_path / "small.zip", csv_files(encoding)), version=14)
    plain = read_edition(write_workbook(tmp_path / "plain.xlsx"))
    assert zipped.index.equals(plain.index)
    assert zipped.structure.equals(plain.structure)
    assert zipped.sub_unit_groups.equals(plain.sub_unit_groups)
    critic = entry(zipped, "t1ad")
    assert critic["index_title"] == "Café critic"
    assert critic["additional_qualifier"] == "prices in £"
    assert (zipped.version, zipped.stated_records) == (14, None)


def test_typographic_apostrophes_survive_the_windows_form_of_latin_1(tmp_path):
    table = changed(index_table(), "IND", 0, "children\u2019s nursery")
    files = csv_files() | {"SOC2020_volume2_thecodingindexv2.csv": as_csv(table, "cp1252")}
    edition = read_edition(write_zip(tmp_path / "a.zip", files))
    assert entry(edition, "t1aa")["industry_qualifier"] == "children\u2019s nursery"


def test_a_zip_without_its_framework_is_refused(tmp_path):
    files = csv_files()
    del files["SOC2020_framework.csv"]
    message = fault_in(write_zip(tmp_path / "a.zip", files))
    assert '0 CSV files with "framework" in their name' in message


def test_a_csv_file_without_a_column_is_refused(tmp_path):
    files = csv_files()
    files["SOC2020_framework.csv"] = as_csv(without(framework_table(), "SOC2020 Group Title"))
    message = fault_in(write_zip(tmp_path / "a.zip", files))
    assert 'file "SOC2020_framework.csv" has not one column for "SOC2020 Group Title"' in message


def test_a_csv_row_too_long_and_bytes_that_are_no_text_are_refused(tmp_path):
    name = "SOC2020_volume2_thecodingindexv2.csv"
    long = csv_files()[name] + b"t1ae,5" + b"," * 40 + b"\r\n"
    message = fault_in(write_zip(tmp_path / "long.zip", csv_files() | {name: long}))
    assert f'file "{name}" cannot be read as CSV' in message
    binary = csv_files() | {name: b"UNIQUE ID\x81\x8d\n"}
    message = fault_in(write_zip(tmp_path / "binary.zip", binary))
    assert f'file "{name}" is not text' in message


def test_a_csv_row_cut_short_is_refused(tmp_path):
    name = "SOC2020_volume2_thecodingindexv2.csv"
    cut = csv_files()[name] + b"t1ae,5,,380\r\n"
    message = fault_in(write_zip(tmp_path / "cut.zip", csv_files() | {name: cut}))
    assert f'file "{name}", column "SOC_2020", row 6: blank' in message


def test_a_zip_with_flipped_bytes_is_refused(tmp_path):
    path = write_zip(tmp_path / "a.zip")
    content = bytearray(path.read_bytes())
    content[90:110] = b"\xff" * 20
    path.write_bytes(content)
    assert "a.zip is damaged" in fault_in(path)
