"""What changed between two editions: a small pair written by hand, and the command that tells."""

import csv
import json

import pytest
from small_edition import ENTRIES, INDEX, INDEX_HEADERS, sheets, without, write_workbook

from flows.cli import main
from reference.differences import compare_editions, count_differences
from reference.store import Edition, install_file
from schemas.errors import UsageError

ROOT = ENTRIES[0]


def entry(code: str, **values: object) -> list:
    """A row of the index, 3412/07 and without qualifiers where nothing else is said."""
    plain = {"SOC_2020": "3412", "SOC_2020_ext": "3412/07", "ADD": "", "IND": "", "D": ""}
    plain |= {"UNIQUE ID": code, "VERSNO": "", "CHANGE": "", "SOC2020_ext_SUG_title": "Manuals"}
    plain["INDEXOCC"] = plain["INDEXOCC-natural_word_order"] = values.pop("title", "Author")
    plain |= values
    return [plain.get(name, cell) for name, cell in zip(INDEX_HEADERS, ROOT, strict=True)]


OTHER = {"SOC_2020": "2133", "SOC_2020_ext": "2133/99", "SOC2020_ext_SUG_title": "IT work n.e.c."}
FINER = {"SOC_2020_ext": "3412/98", "SOC2020_ext_SUG_title": "Others"}
REFERENCE = {"SOC_2020": "}}}}", "SOC_2020_ext": "}}}}/}}", "SOC2020_ext_SUG_title": "}"}
OLD = [
    entry("same", title="Copywriter", IND="publishing", D="O"),
    entry("unit", title="Web author"),
    entry("fine", title="Speech writer"),
    entry("both", title="Author", ADD="manuals"),
    entry("word", title="Gp author", ADD="films"),
    entry("gone", title="Scrivener", IND="legal services"),
    entry("anew", title="Yoga writer"),
    entry("code", title="Scribe", SEE="see Author", **REFERENCE),
    entry("sees", title="Scribbler", SEE="see Scribe", **REFERENCE),
]
NEW = [
    entry("newc", title="Blogger"),
    entry("sees", title="Scribbler", SEE="see Author", **REFERENCE),
    entry("code", title="Scribe"),
    entry("anew", title="Machine learning engineer", VERSNO="V14 new", **OTHER),
    entry("word", title="GP author", IND="film production", CHANGE="ADD term now IND term"),
    entry("both", title="Author", D="M", CHANGE="SOC-ext code was 3412/07", **FINER),
    entry("fine", title="Speech writer", CHANGE="SOC-ext code was 3412/07", **FINER),
    entry(
        "unit", title="Web author", VERSNO="V14 amended", CHANGE="SOC2020 code was 3412", **OTHER
    ),
    entry("same", title="Copywriter", IND="publishing", D="O", VERSNO="V14 amended"),
]


def install(home, version: int, rows: list[list], *, left_out: str | None = None) -> Edition:
    numbered = [[*row[:1], at, *row[2:]] for at, row in enumerate(rows, start=1)]
    table = [INDEX_HEADERS, *numbered]
    if left_out:
        table = without(table, left_out)
    tables = sheets(version, len(rows)) | {INDEX: table}
    return install_file(write_workbook(home / f"v{version}.xlsx", tables), home)


@pytest.fixture
def old(tmp_path) -> Edition:
    return install(tmp_path, 13, OLD)


@pytest.fixture
def new(tmp_path) -> Edition:
    return install(tmp_path, 14, NEW)


def test_every_entry_that_differs_has_its_kind_and_what_differs(old, new):
    rows = compare_editions(old, new).select("kind", "index_entry_id", "differs").rows()
    assert rows == [
        ("recoded", "code", "unit_group; sub_unit_group; see"),
        ("recoded", "both", "sub_unit_group; additional_qualifier; default_code"),
        ("recoded", "fine", "sub_unit_group"),
        ("recoded", "unit", "unit_group; sub_unit_group"),
        ("reworded", "sees", "see"),
        ("reworded", "word", "index_title; additional_qualifier; industry_qualifier"),
        ("added", "newc", None),
        ("added", "anew", None),
        ("deleted", "gone", None),
        ("deleted", "anew", None),
    ]


def test_both_sides_are_given_and_the_publisher_is_cited(old, new):
    rows = {
        (row["index_entry_id"], row["kind"]): row for row in compare_editions(old, new).to_dicts()
    }
    unit = rows["unit", "recoded"]
    assert (unit["old_unit_group"], unit["new_unit_group"]) == ("3412", "2133")
    assert (unit["old_sub_unit_group"], unit["new_sub_unit_group"]) == ("3412/07", "2133/99")
    assert (unit["version_note"], unit["change"]) == ("V14 amended", "SOC2020 code was 3412")
    word = rows["word", "reworded"]
    assert (word["index_title"], word["old_index_title"]) == ("GP author", "Gp author")
    assert (word["old_additional_qualifier"], word["new_additional_qualifier"]) == ("films", None)
    assert word["new_industry_qualifier"] == "film production"
    gone, given_anew = rows["gone", "deleted"], rows["anew", "added"]
    assert (gone["index_title"], gone["new_index_title"]) == ("Scrivener", None)
    assert (gone["old_industry_qualifier"], gone["new_unit_group"]) == ("legal services", None)
    assert (given_anew["old_unit_group"], given_anew["new_unit_group"]) == (None, "2133")
    assert rows["anew", "deleted"]["index_title"] == "Yoga writer"
    assert rows["code", "recoded"]["old_unit_group"] is None


def test_counts_tell_the_levels_apart(old, new):
    assert count_differences(compare_editions(old, new)) == {
        "recoded": 4,
        "reworded": 2,
        "added": 2,
        "deleted": 2,
        "recoded_unit_group": 2,
        "recoded_sub_unit_group_only": 2,
        "recoded_and_reworded": 2,
    }


def test_the_same_entries_in_another_order_are_no_difference(tmp_path):
    new = install(tmp_path, 13, OLD)
    again = install(tmp_path, 14, OLD[::-1])
    assert compare_editions(new, again).is_empty()


def test_titles_that_we_turned_round_differ_only_if_those_printed_do(tmp_path):
    published = {
        "fork": ("Driver, fork-lift", "Forklift driver"),
        "fund": ("Director of fund raising", "Fund raising director"),
        "cafe": ("Author, cafe", "Cafe author"),
    }
    printed = {
        "fork": "Driver, fork-lift",
        "fund": "Director, fund raising",
        "cafe": "Author, café",
    }
    natural = INDEX_HEADERS[-1]
    old = [entry(code, INDEXOCC=title) for code, title in printed.items()]
    new = [entry(code, INDEXOCC=one, **{natural: two}) for code, (one, two) in published.items()]
    earlier = install(tmp_path, 12, old, left_out=natural)
    assert earlier.index["index_title"].to_list() == [
        *("Fork-lift driver", "Fund raising director", "Café author"),
    ]
    changed = compare_editions(earlier, install(tmp_path, 13, new))
    assert changed.select("index_entry_id", "differs").rows() == [("cafe", "index_title")]


def test_editions_that_cannot_be_compared(old, tmp_path):
    foreign = install(tmp_path, 14, [entry("else")])
    with pytest.raises(UsageError, match="soc2020-v13 and soc2020-v14 have no index entry in"):
        compare_editions(old, foreign)
    with pytest.raises(UsageError, match="soc2020-v13 cannot be compared with itself"):
        compare_editions(old, old)


# The command


@pytest.fixture
def diff(old, new, tmp_path, monkeypatch, capsys):
    """Run the command on the pair; its exit code and what it printed."""
    monkeypatch.setenv("SOC_RECODE_HOME", str(tmp_path))

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main(["reference", "diff", *map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, " ".join(said.err.split())

    return run


def test_diff_shows_counts_and_the_recodes(diff):
    code, said, _ = diff("soc2020-v13", "soc2020-v14")
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert code == 0
    assert lines[0] == "From soc2020-v13 to soc2020-v14"
    assert lines[2:8] == [
        "recoded 4 2 of them reworded too",
        "the unit group 2",
        "the sub-unit group only 2",
        "reworded 2",
        "added 2",
        "deleted 2",
    ]
    assert "unit Web author 3412 → 2133 V14 amended: SOC2020 code was 3412" in lines
    assert "code Scribe no code → 3412" in lines
    assert "fine Speech writer 3412/07 → 3412/98 SOC-ext code was 3412/07" in lines
    assert "sees Scribbler SEE: see Scribe → see Author" in lines
    assert "anew Machine learning engineer 2133/99 V14 new" in lines
    assert "gone Scrivener (IND legal services) 3412/07" in lines
    assert lines[-1] == "All 10: --out FILE.csv, or --json."


def test_diff_writes_every_row_with_the_same_bytes(diff, tmp_path):
    out = tmp_path / "changes.csv"
    out.write_text("an earlier one")
    assert diff("soc2020-v13", "soc2020-v14", "--out", out)[0] == 0
    content = out.read_bytes()
    rows = list(csv.DictReader(content.decode().splitlines()))
    assert [row["index_entry_id"] for row in rows][:4] == ["code", "both", "fine", "unit"]
    assert len(rows) == 10
    assert rows[3]["new_sub_unit_group"] == "2133/99"
    code, said, _ = diff("soc2020-v13", "soc2020-v14", "--out", out)
    assert (code, out.read_bytes()) == (0, content)
    assert f"All 10 are in {out}" in said
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_diff_gives_json(diff):
    code, said, _ = diff("soc2020-v13", "soc2020-v14", "--json")
    told = json.loads(said)
    assert code == 0
    assert told["old"]["edition"] == "soc2020-v13"
    assert told["counts"]["recoded"] == 4
    assert told["without_sub_unit_groups"] == []
    assert [row["kind"] for row in told["differences"]].count("added") == 2


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (["soc2020-v13", "soc2020-v99"], 3, 'No edition "soc2020-v99" is installed'),
        (["soc2020-v13", "soc2020-v13"], 2, "cannot be compared with itself"),
        (["starter", "soc2020-v13"], 2, "no index entry in common"),
        (["soc2020-v13", "soc2020-v14", "--out", "/gone/a.csv"], 7, "cannot be written"),
    ],
)
def test_diff_says_what_is_wrong(diff, arguments, exit_code, said):
    code, out, err = diff(*arguments)
    assert (code, out) == (exit_code, "")
    assert said in err
