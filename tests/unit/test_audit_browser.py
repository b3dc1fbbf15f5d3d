"""The report in a real browser: its scripts run, nothing is fetched, nothing is cut off."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from page_reader import Page, cells_of

from flows.pipeline import run_pipeline
from flows.settings import RunSettings

SURVEY = Path(__file__).parents[2] / "reference" / "examples" / "survey.csv"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
# Told by the page's own script, when all is laid out.
MEASURE = """<script>
addEventListener("load", () => {
  const wide = document.documentElement.scrollWidth - innerWidth;
  const heads = document.querySelectorAll("th button").length;
  const table = document.getElementById("SOC2020-codes").closest("table");
  table.tHead.rows[0].cells[0].querySelector("button").click();
  const first = table.tBodies[0].rows[0].cells[0].textContent;
  document.title = JSON.stringify({wide, heads, first});
});
</script></body>"""


@pytest.fixture(scope="module")
def browser() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"needs a browser: {', '.join(BROWSERS)}")
    return found


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("browser") / "out"
    run_pipeline([SURVEY], RunSettings(out=out, reference="starter"))
    return out / "report.html"


def opened(browser: str, page: Path, folder: Path, *options: str) -> tuple[str, str]:
    """The page's elements after its scripts have run, and what the browser logged."""
    done = subprocess.run(
        [
            browser,
            *QUIET,
            "--enable-logging=stderr",
            f"--user-data-dir={folder / 'profile'}",
            "--virtual-time-budget=3000",
            *options,
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout, done.stderr


def requested(log: Path) -> set[str]:
    """The addresses that pages asked for, by a browser's log; its own requests have no origin."""
    text = log.read_text("utf-8")
    try:
        events = json.loads(text)["events"]
    except ValueError:  # the browser ended before it closed the log
        events = json.loads(text.rstrip().rstrip(",") + "]}")["events"]
    asked = (event.get("params", {}) for event in events)
    return {one["url"] for one in asked if one.get("initiator", "not an origin") != "not an origin"}


def test_the_page_asks_for_nothing_and_logs_no_error(browser, report, tmp_path):
    log = tmp_path / "net.json"
    shown, logged = opened(browser, report, tmp_path, f"--log-net-log={log}")
    assert not [line for line in logged.splitlines() if "CONSOLE" in line]
    assert requested(log) == set()
    before, after = Page(report.read_text("utf-8")), Page(shown)
    assert cells_of(after, "outcomes") == cells_of(before, "outcomes")


def test_a_page_that_asks_for_something_or_has_an_error_would_be_found(browser, report, tmp_path):
    page, log = tmp_path / "asking.html", tmp_path / "net.json"
    without_policy = re.sub(r"<meta http-equiv[^>]*>", "", report.read_text("utf-8"))
    asking = '<img src="http://127.0.0.1:9/x.png"><script>throw Error("so")</script></body>'
    page.write_text(without_policy.replace("</body>", asking), encoding="utf-8")
    _, logged = opened(browser, page, tmp_path, f"--log-net-log={log}")
    assert [line for line in logged.splitlines() if "CONSOLE" in line]
    assert requested(log) == {"http://127.0.0.1:9/x.png"}


@pytest.mark.parametrize("width", [500, 1280])
def test_it_fits_its_width_and_its_tables_can_be_sorted(browser, report, tmp_path, width):
    page = tmp_path / "measured.html"
    page.write_text(report.read_text("utf-8").replace("</body>", MEASURE), encoding="utf-8")
    shown, _ = opened(browser, page, tmp_path, f"--window-size={width},900")
    told = re.search(r"<title>(\{.*?\})</title>", shown)
    assert told
    measured = json.loads(told[1])
    assert measured["wide"] <= 0
    assert measured["heads"] > 20
    codes = cells_of(Page(report.read_text("utf-8")), "SOC2020-codes")
    codes.pop("all codes")
    assert measured["first"] == max(codes)


def test_a_number_leads_to_its_filter_with_a_button_to_copy_it(browser, report, tmp_path):
    page = tmp_path / "led.html"
    script = """<script>
    addEventListener("hashchange", () => setTimeout(() => {
      const open = [...document.querySelectorAll("#filters p")].filter((p) => p.offsetHeight);
      document.title = open.map((p) => p.innerText).join("|");
    }));
    document.querySelector("td a").click();
    </script></body>"""
    page.write_text(report.read_text("utf-8").replace("</body>", script), encoding="utf-8")
    shown, _ = opened(browser, page, tmp_path)
    title = Page(shown).texts("title")[0]
    assert title.startswith("coded.filter(")
    assert title.endswith("Copy Close") or title.endswith("CopyClose")
