"""Broken and unusual extracts: each is a clear error or a quarantine, and no record is lost."""

import datetime
import io
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from flows.coding.extract import StagedFile, extract_file, scan_staged
from flows.coding.mapping import Mapping
from schemas.errors import MappingError, SocRecodeError, UnreadableFileError
from schemas.quarantine import QuarantinedRecord

HEAD = b"record_id,job_title,duties\n"


def csv(name: str, body: bytes, staged: list, faults: dict, head: bytes = HEAD):
    return pytest.param("x.csv", head + body, staged, faults, id=name)


def utf16(text: str) -> bytes:
    return text.encode("utf-16")


def read(path: Path, mapping: Mapping | None = None) -> tuple[StagedFile, list, dict]:
    """The staged rows (source_row, then the fields) and, by source row, the reasons and content."""
    staged = extract_file(path, mapping, path.parent / "staging")
    rows = scan_staged(staged).collect()
    faults = {}
    if staged.quarantined:
        quarantined = pl.read_parquet(staged.quarantined)
        QuarantinedRecord.validate(quarantined, lazy=True)
        assert set(quarantined["source_file"]) == {path.name}
        faults = {
            row: (reasons, content)
            for row, reasons, content in quarantined.select(
                "source_row", "reasons", "content"
            ).iter_rows()
        }
        assert quarantined.height == staged.rows_quarantined
    assert staged.rows_read == rows.height + len(faults)
    assert rows["source_row"].is_unique().all()
    return staged, rows.rows(), faults


QUARANTINED = [
    csv("short row", b"1,Nurse\n2,Cook,soup\n", [(3, "2", "Cook", "soup")],
        {2: (["2 fields where the header has 3"], "1,Nurse")}),
    csv("long row", b"1,Nurse,a,b\n2,Cook,soup\n", [(3, "2", "Cook", "soup")],
        {2: (["4 fields where the header has 3"], "1,Nurse,a,b")}),
    csv("blank lines within", b"1,Nurse,\n\n  \n2,Cook,\n",
        [(2, "1", "Nurse", None), (5, "2", "Cook", None)],
        {3: (["blank line"], ""), 4: (["blank line"], "  ")}),
    csv("blank line at the end", b"1,Nurse,\n\n", [(2, "1", "Nurse", None)],
        {3: (["blank line"], "")}),
    csv("no line feed at the end", b"1,Nurse,x", [(2, "1", "Nurse", "x")], {}),
    csv("NUL byte", b"1,Nu\x00rse,\n2,Cook,\n", [(3, "2", "Cook", None)],
        {2: (["holds a NUL byte"], "1,Nu\x00rse,")}),
    csv("NUL byte in a ragged row", b"1,Nu\x00rse\n", [],
        {2: (["holds a NUL byte", "2 fields where the header has 3"], "1,Nu\x00rse")}),
    csv("one undecodable byte among UTF-8", "1,Café,\n2,Cook,\n".encode() + b"3,Na\xefve,\n",
        [(2, "1", "Café", None), (3, "2", "Cook", None)],
        {4: (["holds an undecodable byte"], "3,Na\\xefve,")}),
    csv("a byte no encoding has", b"1,Co\x81ok,\n2,Cook,\n", [(3, "2", "Cook", None)],
        {2: (["holds an undecodable byte"], "1,Co\\x81ok,")}),
    csv("UTF-8 cut within a character", "1,Café,\n2,Café,x".encode() + b"\xc3",
        [(2, "1", "Café", None)], {3: (["holds an undecodable byte"], "2,Café,x\\xc3")}),
    csv("UTF-8 and cp1252 mixed", "1,Café,\n".encode() + "2,Café,\n".encode("cp1252"),
        [(2, "1", "Café", None)], {3: (["holds an undecodable byte"], "2,Caf\\xe9,")}),
    csv("cp1252", "1,Café,£5 “more”\n".encode("cp1252"), [(2, "1", "Café", "£5 “more”")], {}),
    csv("UTF-8 with a byte-order mark", "1,Café,\n".encode(), [(2, "1", "Café", None)], {},
        head=b"\xef\xbb\xbf" + HEAD),
    csv("UTF-16 with a byte-order mark", utf16("record_id,job_title\r\n1,Café\r\n2\r\n"),
        [(2, "1", "Café")], {3: (["1 fields where the header has 2"], "2")}, head=b""),
    csv("UTF-16 big endian", b"\xfe\xff" + "record_id,job_title\n1,Café".encode("utf-16-be"),
        [(2, "1", "Café")], {}, head=b""),
    csv("header only", b"", [], {}),
    csv("header without a line feed", b"", [], {}, head=b"record_id,job_title"),
    csv("blank header name", b"1,Nurse,x\n", [(2, "1", "Nurse", "x")], {},
        head=b"record_id,job_title,\n"),
    csv("10 MB cell", b"1,Nurse," + b"x" * 10_000_000 + b"\n2,Cook,\n",
        [(2, "1", "Nurse", "x" * 10_000_000), (3, "2", "Cook", None)], {}),
    csv("formula text", b'1,=1+1,@SUM(A1)\n2,"=HYPERLINK(""a"",""b"")",-1\n',
        [(2, "1", "=1+1", "@SUM(A1)"), (3, "2", '=HYPERLINK("a","b")', "-1")], {}),
    csv("quote opened and not closed", b'1,"Nurse,x\n2,Cook,y\n3,Baker,z\n',
        [(3, "2", "Cook", "y"), (4, "3", "Baker", "z")],
        {2: (["quote opened and not closed"], '1,"Nurse,x')}),
    csv("unclosed quote before quoted records", b'1,"Nurse,x\n2,"Cook","y"\n3,"Baker",z\n',
        [(3, "2", "Cook", "y"), (4, "3", "Baker", "z")],
        {2: (["quote opened and not closed"], '1,"Nurse,x')}),
    csv("unclosed quote before a record of several lines",
        b'1,"Nurse,x\n2,Cook,y\n3,"Baker\nof bread",z\n',
        [(3, "2", "Cook", "y"), (4, "3", "Baker\nof bread", "z")],
        {2: (["quote opened and not closed"], '1,"Nurse,x')}),
    csv("unclosed quotes in every record", b'1,"Nurse,x\n2,"Cook,y\n3,"Baker,z\n', [],
        {row: (["quote opened and not closed"], text) for row, text in
         ((2, '1,"Nurse,x'), (3, '2,"Cook,y'), (4, '3,"Baker,z'))}),
    csv("unclosed quote that meets a later quote", b'1,x,"Nurse\n2,Cook,y\n3,5",z\n',
        [(3, "2", "Cook", "y"), (4, "3", '5"', "z")],
        {2: (["quote opened and not closed"], '1,x,"Nurse')}),
    csv("unclosed quote that would swallow whole records", b'1,"a,b,c,d\n2,a,b,c,d\n3,5",b,c,d\n',
        [(3, "2", "a", "b", "c", "d"), (4, "3", '5"', "b", "c", "d")],
        {2: (["quote opened and not closed"], '1,"a,b,c,d')}, head=b"record_id,job_title,b,c,d\n"),
    csv("quote in the middle of a field", b'1,12" pipe fitter,x\n2,5" and 6" pipes,"y, z"\n',
        [(2, "1", '12" pipe fitter', "x"), (3, "2", '5" and 6" pipes', "y, z")], {}),
    csv("stray quote with empty fields", b'1,12" pipe,\n2,12" pipe,""\n',
        [(2, "1", '12" pipe', None), (3, "2", '12" pipe', "")], {}),
    csv("text after a closing quote", b'1,"Nurse"ry,x\n2,Cook,\n', [(3, "2", "Cook", None)],
        {2: (["text after a closing quote"], '1,"Nurse"ry,x')}),
    csv("field of several lines", b'1,"Nurse\n\nward 3, ""B""\n",x\n2,Cook,y\n',
        [(2, "1", 'Nurse\n\nward 3, "B"\n', "x"), (6, "2", "Cook", "y")], {}),
    csv("ragged record of several lines", b'1,"Nurse\nward",x,y\n2,Cook,\n',
        [(4, "2", "Cook", None)],
        {2: (["4 fields where the header has 3"], '1,"Nurse\nward",x,y')}),
    csv("CRLF", b"1,Nurse,x\r\n\r\n2,Cook,y\r\n", [(2, "1", "Nurse", "x"), (4, "2", "Cook", "y")],
        {3: (["blank line"], "")}, head=b"record_id,job_title,duties\r\n"),
    csv("CR only", b"1,Nurse,x\r2,Cook\r", [(2, "1", "Nurse", "x")],
        {3: (["2 fields where the header has 3"], "2,Cook")},
        head=b"record_id,job_title,duties\r"),
    csv("semicolons with commas in the text", b"1;Nurse, ward;x\n", [(2, "1", "Nurse, ward", "x")],
        {}, head=b"record_id;job_title;duties\n"),
    csv("tabs", b"1\tNurse\t\n\t\t\n", [(2, "1", "Nurse", None), (3, None, None, None)], {},
        head=b"record_id\tjob_title\tduties\n"),
    csv("header of two lines", b"1,Nurse,x\n", [(3, "1", "Nurse", "x")], {},
        head=b'record_id,job_title,"what do\nyou do"\n'),
    pytest.param("x.ndjson", b'{"id":1,"job_title":"Nurse"}\n{"id":2,\n[1]\n7\n\n'
        b'{"job_title":"Cook","extra":{"a":[1,true]},"paid":false}\n"text"\n{"id":null}\nnull\n',
        [(1, "1", "Nurse", None, None), (6, None, "Cook", '{"a": [1, true]}', "false"),
         (8, None, None, None, None)],
        {2: (["not valid JSON"], '{"id":2,'), 3: (["not a JSON object"], "[1]"),
         4: (["not a JSON object"], "7"), 5: (["blank line"], ""),
         7: (["not a JSON object"], '"text"'), 9: (["not a JSON object"], "null")},
        id="NDJSON with lines that are no records"),
    pytest.param("x.jsonl", b'\xef\xbb\xbf{"id":1,"job_title":"a","x":{"b":1}}\n'
        b'{"id":2,"job_title":"b","x":[1]}\n{"id":3,"job_title":"c","x":"t"}\n',
        [(1, "1", "a", '{"b": 1}'), (2, "2", "b", "[1]"), (3, "3", "c", "t")], {},
        id="NDJSON with a byte-order mark and unlike nested values"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "staged", "faults"), QUARANTINED)
def test_every_record_is_staged_or_quarantined(tmp_path, name, content, staged, faults):
    path = tmp_path / name
    path.write_bytes(content)
    _, rows, found = read(path)
    assert rows == staged
    assert found == faults


def xlsx(*sheets: list[list]) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False})
    for sheet in sheets:
        written = book.add_worksheet()
        for row, cells in enumerate(sheet):
            written.write_row(row, 0, cells)
    book.close()
    return target.getvalue()


def parquet(frame: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    frame.write_parquet(target)
    return target.getvalue()


TABLE = pl.DataFrame({"record_id": [1, 2], "job_title": ["Nurse", "Cook"]})
SHEET = [["record_id", "job_title"], [1, "Nurse"]]

ERRORS = [
    ("empty file", "x.csv", b"", UnreadableFileError, "empty"),
    ("empty NDJSON", "x.ndjson", b"", UnreadableFileError, "empty"),
    ("NDJSON without objects", "x.ndjson", b"[1]\n2\n", UnreadableFileError, "no line holds"),
    ("blank first line", "x.csv", b"\n" + HEAD, UnreadableFileError, "first line is blank"),
    ("NUL in the header", "x.csv", b"record\x00_id,job_title\n1,a", UnreadableFileError, "NUL"),
    ("unclosed quote in the header", "x.csv", b'record_id,"job_title\n1,a\n', UnreadableFileError,
     "cannot be parsed"),
    ("UTF-16 without a mark", "x.csv", "record_id,job_title\n1,a".encode("utf-16-le"),
     UnreadableFileError, "UTF-16 without"),
    ("UTF-32", "x.csv", "record_id,job_title".encode("utf-32"), UnreadableFileError, "UTF-32"),
    ("duplicate headers", "x.csv", b"record_id,job_title,a,a\n", UnreadableFileError, "'a'"),
    ("workbook named .csv", "x.csv", xlsx(SHEET), UnreadableFileError, "workbook"),
    ("Parquet named .csv", "x.csv", parquet(TABLE), UnreadableFileError, "Parquet"),
    ("Parquet named .ndjson", "x.ndjson", parquet(TABLE), UnreadableFileError, "Parquet"),
    ("CSV named .parquet", "x.parquet", HEAD, UnreadableFileError, "not a Parquet file"),
    ("CSV named .xlsx", "x.xlsx", HEAD, UnreadableFileError, "not a workbook"),
    ("empty Parquet", "x.parquet", b"", UnreadableFileError, "not a Parquet file"),
    ("Parquet cut short", "x.parquet", parquet(TABLE)[:-20], UnreadableFileError, "not a Parquet"),
    ("workbook cut short", "x.xlsx", xlsx(SHEET)[:-400], UnreadableFileError, "not a workbook"),
    ("workbook without rows", "x.xlsx", xlsx([]), UnreadableFileError, "no sheet has any rows"),
    ("duplicate headers in a workbook", "x.xlsx", xlsx([["id", "job_title", "b", "b"]]),
     UnreadableFileError, "'b'"),
    ("title above the header", "x.xlsx", xlsx([["Staff survey"], *SHEET]), MappingError,
     "lines above the header"),
    ("two sheets of records", "x.xlsx", xlsx(SHEET, SHEET), MappingError, "2 sheets"),
    ("missing columns", "x.csv", b"record_id,salary\n1,2\n", MappingError, "job_title.*'salary'"),
    ("two columns for one", "x.csv", b"id,case id,job title\n", MappingError, "'id', 'case id'"),
    ("nested titles", "x.parquet", parquet(TABLE.with_columns(job_title=pl.lit([1]))),
     MappingError, "holds List"),
    ("duration as id", "x.parquet",
     parquet(TABLE.with_columns(record_id=pl.lit(datetime.timedelta(1)))), MappingError,
     "Duration"),
    ("other kind of file", "x.pdf", b"%PDF", UnreadableFileError, "'.pdf'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "kind", "message"),
    [pytest.param(*case[1:], id=case[0]) for case in ERRORS],
)
def test_what_cannot_be_read_is_an_error_that_names_the_file(
    tmp_path, name, content, kind, message
):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(kind, match=rf"(?s)^{name}: .*{message}"):
        extract_file(path, None, tmp_path / "staging")
    assert list((tmp_path / "staging").iterdir()) == []


def test_a_folder_named_as_a_file_is_an_error(tmp_path):
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(UnreadableFileError, match=r"x\.csv: there is no such file"):
        extract_file(tmp_path / "x.csv", None, tmp_path / "staging")


def test_a_file_without_a_header_row_is_an_error_that_does_not_show_the_record(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"1001,Clown to the gentry,juggling\n1002,Nurse,wards\n")
    with pytest.raises(MappingError, match="looks like a record") as error:
        extract_file(path, None, tmp_path / "staging")
    assert "Clown" not in str(error.value)


def test_a_workbook_counts_sheet_rows_and_quarantines_blank_rows_and_error_values(tmp_path):
    path = tmp_path / "x.xlsx"
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False})
    sheet = book.add_worksheet()
    sheet.write_row(2, 0, ["record_id", "job_title", "pay"])
    sheet.write_row(3, 0, [1, "=1+1", 2.5])
    sheet.write_row(5, 0, ["007", "Cook"])
    sheet.write_formula(5, 2, "=1/0", None, "#DIV/0!")
    sheet.write_row(6, 0, [3, "Baker", True])
    sheet.write_blank(40, 0, None, book.add_format({"bold": True}))
    book.close()
    _, rows, faults = read(path)
    assert rows == [(4, "1", "=1+1", "2.5"), (7, "3", "Baker", "true")]
    assert faults == {
        5: (["blank row"], '{"record_id":null,"job_title":null,"pay":null}'),
        6: (
            ["cell C6 holds an error value"],
            '{"record_id":"007","job_title":"Cook","pay":null}',
        ),
    }


def test_notes_beside_the_records_of_a_workbook_are_passed_over(tmp_path):
    path = tmp_path / "x.xlsx"
    path.write_bytes(xlsx([["Read me"]], SHEET))
    assert read(path)[1] == [(2, "1", "Nurse")]


def test_unlike_types_in_parquet_pass_through_and_parquet_is_not_copied(tmp_path):
    path = tmp_path / "x.parquet"
    frame = TABLE.with_columns(
        start=pl.lit(datetime.date(2020, 1, 2)), raw=pl.lit(b"\xff"), tags=pl.lit([1, 2])
    )
    frame.write_parquet(path)
    staged, rows, faults = read(path)
    assert staged.staged == path
    assert scan_staged(staged).drop("source_row").collect().schema == frame.schema
    assert rows[1] == (2, 2, "Cook", datetime.date(2020, 1, 2), b"\xff", [1, 2])
    assert faults == {}


def test_an_encoding_that_the_mapping_names_is_kept_to(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes("record_id,job_title\n1,Café\n2,Cook\n".encode("cp1252"))
    utf8 = Mapping(tmp_path / "m.toml", encoding="utf-8")
    assert read(path, utf8)[2] == {2: (["holds an undecodable byte"], "1,Caf\\xe9")}
    latin = Mapping(tmp_path / "m.toml", encoding="latin-1")
    assert read(path, latin)[1] == [(2, "1", "Café"), (3, "2", "Cook")]
    with pytest.raises(SocRecodeError, match="'utf-99', which is unknown"):
        read(path, Mapping(tmp_path / "m.toml", encoding="utf-99"))


def test_a_quoted_field_of_too_many_lines_is_not_a_record(tmp_path):
    path = tmp_path / "x.csv"
    lines = ["record_id,job_title", '1,"Nurse', *["note"] * 1_200, 'end"', "2,Cook"]
    path.write_text("\n".join(lines))
    staged, rows, faults = read(path)
    assert rows == [(1204, "2", "Cook")]
    assert faults[2] == (["quote opened and not closed"], '1,"Nurse')
    assert staged.rows_read == 1_203
