"""soc-recode criteria on a small installed edition: what it prints, and its exit codes."""

import re
from pathlib import Path

import pytest
from small_edition import ENTRIES, INDEX, INDEX_HEADERS, sheets, write_workbook
from small_rules import write_sic

from flows.cli import main
from reference.store import install_file

AUTHOR, _, SCRIBE, _ = ENTRIES  # computing/IT 2133/99; "see Author"
QUALIFIED = {  # additional, industry
    "t2aa": ("", "banking"),
    "t2ab": ("", "Banking"),
    "t2ac": ("", "banking: zeppelin hangar"),
    "t2ad": ("zeppelin pilots", ""),
    "t2ae": ("nos", ""),
}


def with_values(entry: list, **values: object) -> list:
    return [values.get(name, cell) for name, cell in zip(INDEX_HEADERS, entry, strict=True)]


TINY = "tiny-criteria"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A home with an edition in which criteria are written for 3 of the 5 uses that ask."""
    home = tmp_path_factory.mktemp("home")
    rows = [AUTHOR, with_values(SCRIBE, RECNO=2, IND="banking")]
    for number, (code, (additional, industry)) in enumerate(QUALIFIED.items(), start=3):
        named = {"UNIQUE ID": code, "RECNO": number, "ADD": additional, "IND": industry}
        titles = {"INDEXOCC": f"Clerk, {code}", "INDEXOCC-natural_word_order": f"{code} clerk"}
        rows.append(with_values(AUTHOR, **named, **titles))
    tables = sheets(records=len(rows))
    tables[INDEX] = [INDEX_HEADERS, *rows]
    install_file(write_workbook(home / "tiny.xlsx", tables), home=home, name=TINY)
    return home


@pytest.fixture(autouse=True)
def own_home(home, monkeypatch):
    monkeypatch.setenv("SOC_RECODE_HOME", str(home))


@pytest.fixture
def criteria(capsys):
    """Run a command on the tiny edition; its exit code and what it printed, on a line each."""

    def run(command: str, *arguments: object) -> tuple[int, str, str]:
        code = main(["criteria", command, *map(str, arguments), "--reference", TINY])
        said = capsys.readouterr()
        return code, " ".join(said.out.split()), " ".join(said.err.split())

    return run


def test_list_counts_the_entries_that_ask_for_each_criterion(criteria):
    code, out, _ = criteria("list")
    assert code == 0
    assert "additional-computing additional computing/IT 1 FOI-2026-3418" in out
    assert re.search(r"industry-banking industry banking( \|)? 3 SIC 2007", out)  # no reference


def test_list_can_be_of_one_kind(criteria):
    _, out, _ = criteria("list", "--kind", "industry")
    assert "industry-banking" in out
    assert "additional-computing" not in out


def test_show_gives_a_written_criterion_with_its_evidence_and_source(criteria):
    code, out, _ = criteria("show", "Computing/it")
    assert code == 0
    assert "computing/it (additional qualifier) additional-computing Terms: computing/IT" in out
    assert "Statement: The subject of the work is software, firmware" in out
    assert "Source: FOI-2026-3418 (parts 1, 2 and 5)" in out
    assert "Phrases sought in: words in brackets after the title, duties, department" in out
    assert "met duties: “writes user guides for accounting software”" in out
    assert "not met duties: “writes turbine maintenance manuals”" in out
    assert "Index entries that ask for it: 1 Technical author 2133/99" in out


def test_show_gives_titles_of_sic_codes(criteria, tmp_path):
    assert "SIC 2007 codes: 6411; 64191 " in criteria("show", "industry-banking")[1]
    _, out, _ = criteria("show", "industry-banking", "--sic", write_sic(tmp_path / "sic.xlsx"))
    assert "SIC 2007 codes: 6411 Central banking; 64191 Banks " in out


def test_show_marks_a_derived_criterion(criteria):
    code, out, _ = criteria("show", "zeppelin pilots")
    assert code == 0
    assert "derived additional: zeppelin pilots (no criterion is written)" in out
    assert "Counts: zeppelin pilots" in out
    assert "Index entries that ask for it: 1 t2ad clerk 2133/99" in out


def test_show_tells_the_parts_of_a_term(criteria):
    _, out, _ = criteria("show", "banking: zeppelin hangar")
    asked = "Each of these must be met: industry-banking derived industry: zeppelin hangar"
    assert asked in out
    assert "Index entries that ask for it: 3" in out


def test_show_says_that_a_term_asks_for_nothing(criteria):
    assert "It asks for nothing" in criteria("show", "nos")[1]


def test_show_refuses_an_unknown_term_with_names_like_it(criteria):
    code, out, err = criteria("show", "zeppelin pilot")
    assert (code, out) == (2, "")
    assert "“zeppelin pilot” is neither a criterion nor a qualifier term" in err
    assert "Names like it: zeppelin pilots" in err


def test_coverage_counts_terms_and_uses(criteria):
    code, out, _ = criteria("coverage")
    assert code == 0
    assert "additional written 1 50.0% 1 50.0%" in out
    assert "additional derived 1 50.0% 1 50.0%" in out
    assert "additional asks for nothing 1 - 1 -" in out
    assert "industry written 1 50.0% 2 66.7%" in out
    assert "industry derived 1 50.0% 1 33.3%" in out
    assert "Commonest industry terms without a written criterion uses term 1 banking: zep" in out


def test_coverage_names_the_gaps_to_sic(criteria, tmp_path):
    _, out, _ = criteria("coverage", "--sic", write_sic(tmp_path / "sic.xlsx"))
    assert "SIC classes that satisfy no industry term: 1 of 3 class title 0111 Growing of" in out
    assert "no SIC class satisfies: 1 of 2, used 1 times uses term 1 banking: zeppelin h" in out


def test_check_exits_with_6_and_names_what_is_wrong(criteria, tmp_path):
    code, out, err = criteria("check", "--sic", write_sic(tmp_path / "sic.xlsx"))
    assert (code, out) == (6, "")
    assert "- industry-coal-mine: SIC code 05 does not exist" in err  # not in the small workbook
    assert "industry-banking: SIC code" not in err
    assert "- industry-coal-mine: “coal mine” is no industry term of the edition" in err
    assert "industry-banking: “banking”" not in err
    assert "criteria are at fault" in err


@pytest.mark.parametrize("command", ["show banking", "coverage", "check", "book --out book.html"])
def test_a_wrong_sic_workbook_is_refused_before_anything_is_done(
    criteria, home, tmp_path, monkeypatch, command
):
    monkeypatch.chdir(tmp_path)
    code, out, err = criteria(*command.split(), "--sic", home / "tiny.xlsx")
    assert (code, out) == (3, "")
    assert "no sheet with the columns of the SIC 2007 structure" in err
    assert not (tmp_path / "book.html").exists()


def test_book_is_written_and_replaced(criteria, tmp_path):
    out = tmp_path / "rule book.html"
    out.write_text("an older one")
    code, said, _ = criteria("book", "--out", out)
    assert code == 0
    assert f"The book is in {out} (" in said
    assert out.read_text("utf-8").startswith("<!doctype html>")
    assert "Technical author" in out.read_text("utf-8")


@pytest.mark.parametrize("out", ["gone/book.html", "."])
def test_book_that_cannot_be_written_leaves_nothing(criteria, tmp_path, monkeypatch, out):
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.chdir(folder)
    code, _, err = criteria("book", "--out", folder / out)
    assert code == 7
    assert "cannot be written" in err
    assert list(folder.iterdir()) == []
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
