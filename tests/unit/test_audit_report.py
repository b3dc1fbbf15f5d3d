"""The report of a run: its numbers are those of the records, whole, escaped and the same twice."""

import json
import re
from pathlib import Path

import polars as pl
import pytest
from page_reader import Page, cells_of, table_of

from flows.cli import main
from flows.lookups import load_lookup
from flows.pipeline import run_pipeline
from flows.reports.audit_cells import Figure, Sum
from flows.reports.audit_report import report_page, write_report
from flows.reports.audit_suppression import withheld
from flows.results import read_results
from flows.settings import RunSettings
from schemas.errors import OutputError, ReconciliationError, UsageError

COLUMNS = ("record_id", "job_title", "job_description", "previous_code", "previous_classification")
HEAD = ",".join([*COLUMNS, "weight"]) + "\n"
JOBS = [
    ("Technical writer", "writes API documentation for software", "3412", "SOC2020"),
    ("Technical writer", "writes manuals for gas turbines", "3412/07", "SOC2020"),
    ("Technical writer", "writes manuals for gas turbines", "2133/99", "SOC2020"),
    ("Technical writer", "", "2133", "SOC2020"),
    ("Nurse", "", "5314", "SOC2020"),
    ("Plumber", "", "5314", "SOC2020"),
    ("Plumber", "", "5315", "SOC2010"),
    ("zzqx frobnicator", "", "2133", "SOC2020"),
    ("Nurse", "", "", ""),
]
NASTY = "<script>alert('1')</script> & \"co\""


def extract(path: Path, count: int) -> Path:
    """Records of the jobs above, some of them often, with weights."""
    lines = []
    for number in range(count):
        title, duties, code, classification = JOBS[number % (len(JOBS) - number % 3)]
        lines.append(f'{number},{title},"{duties}",{code},{classification},{number % 7 + 0.5}\n')
    lines.append("bad,,,,,\n")
    path.write_text(HEAD + "".join(lines))
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    out = folder / "out"
    run_pipeline([extract(folder / "jobs.csv", 200)], RunSettings(out=out, reference="starter"))
    return out


@pytest.fixture(scope="module")
def coded(run) -> pl.DataFrame:
    return pl.read_parquet(run / "coded" / "*.parquet")


@pytest.fixture(scope="module")
def page(run) -> Page:
    return Page((run / "report.html").read_text("utf-8"))


def page_of(run: Path, below: int = 0, **changes) -> str:
    results = read_results(run)
    results = results._replace(manifest={**results.manifest, **changes})
    return report_page(results, load_lookup("starter"), below)


# Its numbers


def test_outcomes_reconcile(page, coded):
    found = cells_of(page, "outcomes")
    by_outcome = dict(coded["outcome"].value_counts().iter_rows())
    assert int(found["assigned"][0]) == by_outcome["assigned"]
    assert int(found["assigned by default"][0]) == by_outcome["assigned_by_default"]
    assert int(found["for review"][0]) == by_outcome["review"]
    assert int(found["quarantined"][0]) == 1
    assert sum(int(cells[0]) for head, cells in found.items() if head != "read") == 201
    assert int(found["read"][0]) == 201


def test_the_autocoding_rate_has_its_denominator_at_4_and_6_digits(page, coded):
    found = cells_of(page, "rates")
    for head, column in {
        "unit group (4 digits)": "unit_group",
        "sub-unit group (6 digits)": "sub_unit_group",
    }.items():
        given = coded.filter(pl.col(column).is_not_null())
        assert int(found[head][0]) == given.height
        assert float(found[head][1]) == pytest.approx(given["weight"].cast(float).sum(), abs=0.06)
        assert found[head][2] == f"{given.height / 200:.1%}"
    assert found["eligible: read, and not quarantined"][0] == "200"


def test_net_and_gross_change_at_each_level(page, coded):
    both = coded.filter(compared_classification="SOC2020").drop_nulls("unit_group")
    found = list(cells_of(page, "SOC2020-shifts").values())
    for level in (1, 2, 3, 4):
        old, new = (both[name].str.head(level) for name in ("compared_code", "unit_group"))
        codes = set(old) | set(new)
        net = sum(abs((old == code).sum() - (new == code).sum()) for code in codes) // 2
        gross = (old != new).sum()
        assert found[level - 1][:4] == [
            str(net),
            f"{net / both.height:.1%}",
            str(gross),
            f"{gross / both.height:.1%}",
        ]
    assert "gross" in " ".join(page.texts("svg"))


@pytest.mark.parametrize("classification", ["SOC2020", "SOC2010"])
def test_causes_have_records_and_weight(page, coded, classification):
    found = cells_of(page, f"{classification}-causes")
    of_it = coded.filter(compared_classification=classification)
    for kind, rows in of_it.group_by("change_kind"):
        head = next(head for head in found if head.startswith(kind[0].replace("_", " ")))
        assert int(found[head][0]) == rows.height
        assert float(found[head][1]) == pytest.approx(rows["weight"].cast(float).sum(), abs=0.06)
    assert int(found["all previous codes"][0]) == of_it.height


def test_codes_with_records_in_out_and_stayed(page, coded):
    found = cells_of(page, "SOC2020-codes")
    of_it = coded.filter(compared_classification="SOC2020")
    old, new = of_it["compared_code"].str.head(4), of_it["unit_group"]
    for code in ("3412", "2133"):
        cells = next(cells for head, cells in found.items() if head.startswith(code))
        had, now = old == code, (new == code).fill_null(value=False)
        assert [int(cell) for cell in cells[:6]] == [
            had.sum(),
            (had & now).sum(),
            (had & ~now & new.is_not_null()).sum(),
            (had & new.is_null()).sum(),
            (had & ~now).sum(),
            (~had & now).sum(),
        ]


@pytest.mark.parametrize("digits", [1, 2])
def test_matrices_add_up_both_ways(page, coded, digits):
    of_it = coded.filter(compared_classification="SOC2020")
    for way, side in {"to": "compared_code", "from": "unit_group"}.items():
        rows = cells_of(page, f"SOC2020-matrix-{digits}-{way}")
        for head, cells in rows.items():
            *parts, whole = (int(cell.split("\n")[0].replace(",", "") or 0) for cell in cells)
            assert sum(parts) == whole
            key = head.split()[0]
            if key.isdigit():
                assert whole == (of_it[side].str.head(digits) == key).sum()
        assert rows["all"][-1] == str(of_it.height)


@pytest.mark.parametrize("digits", [3, 4])
def test_the_largest_changes_and_the_rest_add_up(page, coded, digits):
    rows = table_of(page, f"SOC2020-largest-{digits}")
    *parts, whole = (int(cells[1].replace(",", "")) for _, cells in rows)
    assert sum(parts) == whole == coded.filter(compared_classification="SOC2020").height


def test_every_filter_finds_as_many_records_as_the_number_it_belongs_to(page, run, monkeypatch):
    monkeypatch.chdir(run)
    filters = page.filters()
    numbers = page.linked_numbers()
    assert len(filters) > 100
    assert {link for link, _ in numbers} == set(filters)
    for link, number in numbers[:: max(len(numbers) // 150, 1)]:
        found: dict = {}
        exec(f"{page.setup()}\nfound = {filters[link]}", found)
        assert found["found"].collect().height == int(number.replace(",", "")), filters[link]


def test_filters_find_records_of_several_files_with_different_columns(tmp_path, monkeypatch):
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("record_id,job_title,previous_code,region\n1,Nurse,2231,north\n")
    second.write_text("id,title,shift\n2,Plumber,late\n3,Plumber,early\n")
    run_pipeline([first, second], RunSettings(out=tmp_path / "out", reference="starter"))
    page = Page((tmp_path / "out" / "report.html").read_text("utf-8"))
    monkeypatch.chdir(tmp_path / "out")
    for link, number in page.linked_numbers():
        found: dict = {}
        exec(f"{page.setup()}\nfound = {page.filters()[link]}", found)
        assert found["found"].collect().height == int(number)


def test_tallies_of_another_run_are_refused(run):
    counts = {**read_results(run).manifest["counts"], "assigned": 3}
    with pytest.raises(ReconciliationError, match="counts"):
        page_of(run, counts=counts)


# What it is


def test_the_same_results_give_the_same_bytes_and_the_manifest_has_its_hash(run, tmp_path):
    again = tmp_path / "again.html"
    write_report(again, read_results(run), load_lookup("starter"))
    assert again.read_bytes() == (run / "report.html").read_bytes()
    assert "report.html" in json.loads((run / "run.json").read_text())["outputs"]


def test_nothing_is_fetched_and_ids_are_unique(page, run):
    text = (run / "report.html").read_text("utf-8")
    addresses = re.findall(r"(?:src|href)=\"([^\"]*)\"|url\(([^)]*)\)|@import", text)
    assert all(one.startswith("#") for pair in addresses for one in pair if one)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {one[1:] for one in page.values("href")} <= set(ids)


def test_tables_can_be_heard(page):
    for name, attributes, _ in page.elements:
        if name == "th":
            assert attributes.get("scope") in {"row", "col", "colgroup"}
        if name == "figure":
            assert attributes["role"] == "img"
            assert attributes["aria-label"]
    assert len(page.texts("caption")) == len(page.texts("table")) == len(page.texts("thead"))


def test_data_is_escaped(run):
    source = {**read_results(run).manifest["sources"][0], "source_file": NASTY}
    text = page_of(
        run,
        notice=NASTY,
        quarantine_reasons={NASTY: 1},
        sources=[source],
        failures=[{"source_file": NASTY, "error": NASTY, "exit_code": 4}],
    )
    page = Page(text)
    assert NASTY in cells_of(page, "quarantine")
    assert NASTY in page.texts("p", **{"class": "notice"})
    assert "<script>alert" not in text


def test_without_previous_codes_it_says_so(tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text("record_id,job_title\n1,Nurse\n2,Plumber\n")
    run_pipeline([path], RunSettings(out=tmp_path / "out", reference="starter"))
    page = Page((tmp_path / "out" / "report.html").read_text("utf-8"))
    assert "No record came with a previous code, so there is no change to report." in page.texts(
        "p"
    )
    assert not [caption for caption in page.texts("caption") if "change" in caption]
    assert "weight" not in page.texts("th")


def test_a_run_of_nothing_but_quarantine_has_a_report(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("record_id,job_title\n1,\n")
    run_pipeline([path], RunSettings(out=tmp_path / "out", reference="starter"))
    page = Page((tmp_path / "out" / "report.html").read_text("utf-8"))
    assert cells_of(page, "rates")["unit group (4 digits)"] == ["0", "-"]


# What is handed on


def test_small_numbers_are_withheld_and_filters_left_out(run, coded):
    page = Page(page_of(run, below=10))
    assert not page.filters()
    assert cells_of(page, "outcomes")["quarantined"][0] == "<10"
    numbers = page.texts("td")
    small = [text for text in numbers if re.fullmatch(r"[1-9]", text.split(" ")[0])]
    assert not small
    assert "<10" in numbers


def test_what_is_withheld_cannot_be_worked_out(run):
    page = Page(page_of(run, below=10))
    # 200 eligible is shown for the rate's sake, so 201 read is not: one was quarantined
    assert cells_of(page, "rates")["eligible: read, and not quarantined"][0] == "200"
    assert cells_of(page, "outcomes")["read"][0] == "withheld"
    assert cells_of(page, "files")["jobs.csv"][0] == "withheld"


@pytest.mark.parametrize(
    ("parts", "hidden"),
    [
        ([3, 40, 20], {"0", "2"}),  # one would be the total less the others
        ([3, 4, 40], {"0", "1", "2"}),  # seven would be: fewer than ten
        ([6, 7, 40], {"0", "1"}),
        ([3, 0, 0], {"0", "total"}),  # the total is the number itself
        ([30, 40, 0], set()),
        ([3, 0, 40], {"0", "2"}),
    ],
)
def test_a_second_number_is_withheld_where_one_alone_could_be_worked_out(parts, hidden):
    figures = [Figure(str(place), records, 1.0) for place, records in enumerate(parts)]
    total = Figure("total", sum(parts), 1.0)
    assert withheld([*figures, total], [Sum(total, tuple(figures))], 10) == hidden


def test_what_is_withheld_in_one_table_is_withheld_in_all():
    small, large, larger, other = (Figure(str(n), n, 1.0) for n in (3, 20, 60, 50))
    first = Sum(Figure("83", 83, 1.0), (small, large, larger))
    second = Sum(Figure("70", 70, 1.0), (large, other))
    assert withheld([small, large, larger, other], [first, second], 10) == {"3", "20", "50"}


def test_the_command_writes_a_page_to_hand_on(run, tmp_path, capsys):
    out = tmp_path / "page.html"
    assert main(["report", str(run), "--out", str(out)]) == 0
    assert "The report is in" in capsys.readouterr().out
    assert out.read_text("utf-8") == page_of(run, below=10)
    assert main(["report", str(run), "--out", str(out), "--suppress-below", "0"]) == 0
    assert out.read_text("utf-8") == page_of(run)


def test_what_is_no_run_is_refused(tmp_path, run):
    out = str(tmp_path / "page.html")
    assert main(["report", str(tmp_path), "--out", out]) == OutputError.exit_code
    wrong = ["report", str(run), "--out", out, "--suppress-below", "-1"]
    assert main(wrong) == UsageError.exit_code
    assert not Path(out).exists()
