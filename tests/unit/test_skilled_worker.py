"""The Skilled Worker tables: read from a small file of invented rows, checked, kept by date."""

import datetime
import json
from pathlib import Path

import pytest

from flows.cli import main
from reference.skilled_worker import install_rules, latest_rules, list_rules, load_rules
from schemas.errors import EditionError, OutputError

NOVEMBER, APRIL = datetime.date(2025, 11, 25), datetime.date(2026, 4, 8)
REAL = "skilled_worker/skilled_occupations_tables.csv"
HEADERS = "table,soc2020,unit_group_title,related_job_titles,value_headers,values"
ROWS = [
    "Table 10,1111,Heads of invention,Inventors,Rate | Eligible?,£1 | Yes",
    "Table 2b,1111,Heads of invention,,Rate,£2",
    "Table 2aa,1111,Heads of invention,,Rate,£3",
    'Table 2,1111,"Heads of invention\nNote: only at the listed places",,Rate,£4',
    "Table 3,3412,Authors (England),Author,Rate,£5",
    "Table 3,3412,Authors (Wales),Author,Rate,£6",
    "Table 6,2133,IT work,Coder,,",
]


@pytest.fixture
def file(tmp_path) -> Path:
    return write(tmp_path)


def write(folder: Path, rows: list[str] = ROWS, headers: str = HEADERS) -> Path:
    path = folder / "tables.csv"
    path.write_text("\n".join([headers, *rows, ""]), encoding="utf-8")
    return path


def folders(home: Path) -> list[str]:
    rules = home / "rules"
    return sorted(path.name for path in rules.iterdir()) if rules.exists() else []


def test_each_unit_group_has_its_tables_in_their_order(file, tmp_path):
    rules = install_rules(file, NOVEMBER, tmp_path)
    assert rules.tables.rows() == [
        ("1111", "Table 2; Table 2aa; Table 2b; Table 10"),
        ("2133", "Table 6"),
        ("3412", "Table 3"),
    ]
    assert rules.date == NOVEMBER


def test_what_is_installed_is_described(file, tmp_path):
    install_rules(file, NOVEMBER, tmp_path)
    folder = tmp_path / "rules" / "skilled-worker-2025-11-25"
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["publisher"] == "Home Office"
    assert manifest["licence"] == "Open Government Licence v3.0"
    assert manifest["date"] == "2025-11-25"
    assert manifest["source_file"] == "tables.csv"
    assert len(manifest["source_sha256"]) == len(manifest["reference_version"]) == 64
    assert manifest["rows"] == {"skilled_occupations": 7}
    assert str(tmp_path) not in json.dumps(manifest)


def test_several_dates_can_be_installed_and_the_latest_is_found(file, tmp_path):
    assert latest_rules(tmp_path) is None
    install_rules(file, APRIL, tmp_path)
    later = latest_rules(tmp_path)
    install_rules(write(tmp_path, ROWS[:1]), NOVEMBER, tmp_path)
    assert list_rules(tmp_path) == [NOVEMBER, APRIL]
    assert latest_rules(tmp_path).date == APRIL
    earlier = load_rules(NOVEMBER, tmp_path)
    assert earlier.tables.rows() == [("1111", "Table 10")]
    assert earlier.version != later.version


def test_the_version_is_that_of_the_content(file, tmp_path):
    first = install_rules(file, NOVEMBER, tmp_path)
    names = HEADERS.split(",")[::-1]
    turned = [",".join(row.split(",")[::-1]) for row in ROWS]  # no cell has a comma
    spaced = write(
        tmp_path, [row.replace("Heads of", "Heads  of") for row in turned], ",".join(names)
    )
    assert install_rules(spaced, APRIL, tmp_path).version == first.version
    assert install_rules(write(tmp_path, ROWS[1:]), APRIL, tmp_path).version != first.version


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_the_file_can_come_from_a_spreadsheet(encoding, file, tmp_path):
    version = install_rules(file, NOVEMBER, tmp_path).version
    file.write_bytes(file.read_text("utf-8").replace("\n", "\r\n").encode(encoding))
    assert install_rules(file, NOVEMBER, tmp_path).version == version


WRONG = [
    ("Tabel 1,1111,Heads,,Rate,£1", 'row 3: the table "Tabel 1"'),
    ("Table 0,1111,Heads,,Rate,£1", 'row 3: the table "Table 0"'),
    (",1111,Heads,,Rate,£1", 'row 3: the table ""'),
    ("Table 1,111,Heads,,Rate,£1", 'row 3: the unit group "111"'),
    ("Table 1,1110,Heads,,Rate,£1", 'row 3: the unit group "1110"'),
    ("Table 1,1111, ,,Rate,£1", "row 3: no title"),
    ("Table 1,1111,Heads,,Rate,", "row 3: value_headers or values alone"),
    ("Table 1,1111,Heads,,Rate", "row 3: 5 cells"),
    ("Table 1,1111,Heads,,Rate,£1,000", "row 3: 7 cells"),
    ('Table 1,1111,"Heads', "row 3: unexpected end of data"),
]


@pytest.mark.parametrize(("row", "said"), WRONG)
def test_a_damaged_row_is_named_and_nothing_is_left(row, said, tmp_path):
    with pytest.raises(EditionError) as caught:
        install_rules(write(tmp_path, [ROWS[0], row]), NOVEMBER, tmp_path)
    assert "tables.csv has 1 wrong row:" in caught.value.found
    assert said in caught.value.found
    assert 'a table such as "Table 1a"' in caught.value.expected
    assert folders(tmp_path) == []


def test_every_wrong_row_is_named(tmp_path):
    rows = [*ROWS[:3], "", "Table,9999,Elves,,,", *ROWS[3:], "Table 1,1,,,,"]
    with pytest.raises(EditionError) as caught:
        install_rules(write(tmp_path, rows), NOVEMBER, tmp_path)
    assert caught.value.found.splitlines() == [
        "tables.csv has 2 wrong rows:",
        '  row 6: the table "Table", the unit group "9999"',
        '  row 11: the unit group "1", no title',
    ]


@pytest.mark.parametrize(
    ("headers", "rows", "said"),
    [
        (HEADERS.replace("soc2020", "soc2010"), ROWS, "row 1 has the columns table, soc2010"),
        (HEADERS + ",soc2020", ROWS, "row 1 has the columns"),
        ("", [], "row 1 has the columns of an empty file"),
        (HEADERS, [], "has no rows below its headers"),
    ],
)
def test_a_file_that_is_something_else_is_refused(headers, rows, said, tmp_path):
    with pytest.raises(EditionError, match=said):
        install_rules(write(tmp_path, rows, headers), NOVEMBER, tmp_path)
    assert folders(tmp_path) == []


def test_a_damaged_file_leaves_what_was_installed(file, tmp_path):
    first = install_rules(file, NOVEMBER, tmp_path)
    with pytest.raises(EditionError):
        install_rules(write(tmp_path, ["Table 1,1,,,,"]), NOVEMBER, tmp_path)
    assert load_rules(NOVEMBER, tmp_path).tables.equals(first.tables)
    assert folders(tmp_path) == ["skilled-worker-2025-11-25"]


def test_what_is_damaged_or_not_there_is_an_error(file, tmp_path):
    with pytest.raises(EditionError, match="No Skilled Worker tables of 2025-11-25") as caught:
        load_rules(NOVEMBER, tmp_path)
    assert "none is installed" in caught.value.expected
    install_rules(file, NOVEMBER, tmp_path)
    (tmp_path / "rules" / "skilled-worker-2025-11-25" / "skilled_occupations.parquet").unlink()
    with pytest.raises(EditionError, match="its tables cannot be read"):
        load_rules(NOVEMBER, tmp_path)
    with pytest.raises(EditionError, match="cannot be read: No such file"):
        install_rules(tmp_path / "gone.csv", APRIL, tmp_path)


def test_a_home_that_cannot_be_written_is_an_error(file, tmp_path):
    (tmp_path / "home").write_text("a file, not a folder")
    with pytest.raises(OutputError, match="skilled-worker-2025-11-25 cannot be written"):
        install_rules(file, NOVEMBER, tmp_path / "home")


def test_the_commands_install_and_list_rules(file, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SOC_RECODE_HOME", str(tmp_path / "home"))
    assert main(["reference", "list"]) == 0
    assert "Skilled Worker" not in capsys.readouterr().out
    install = ["reference", "install-rules", "--file", str(file), "--date"]
    assert main([*install, "2025-11-25"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Skilled Worker tables of 2025-11-25: 7 rows over 3 of the 412 unit groups." in said
    assert main(["reference", "list"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said.index("starter") < said.index("Skilled Worker tables 2025-11-25 7")
    assert main([*install, "25 November"]) == 2
    file.write_text("a,b\n")
    assert main([*install, "2026-04-08"]) == 3
    assert "row 1 has the columns a, b" in " ".join(capsys.readouterr().err.split())


def test_the_real_tables(shared_data, tmp_path):
    rules = install_rules(shared_data / REAL, NOVEMBER, tmp_path)
    assert rules.manifest["rows"] == {"skilled_occupations": 709}
    assert rules.tables.height == rules.tables["unit_group"].n_unique() == 412
    listed = dict(rules.tables.rows())
    assert listed["1111"] == "Table 1; Table 2"
    assert listed["2211"] == "Table 3"  # a row for each nation
    assert listed["3214"] == "Table 2a; Table 6"
    assert listed["1232"] == "Table 1a; Table 2aa; Table 2b"
    assert listed["6131"] == "Table 3a"
    assert listed["9119"] == "Table 1a; Table 2aa; Table 6"
    counts = dict(rules.tables["tables"].value_counts().rows())
    assert counts == {
        "Table 1; Table 2": 91,
        "Table 1a; Table 2aa": 152,
        "Table 1a; Table 2aa; Table 2b": 17,
        "Table 1a; Table 2aa; Table 6": 1,
        "Table 2a; Table 6": 9,
        "Table 3": 30,
        "Table 3a": 8,
        "Table 6": 104,
    }
