"""The README covers every command, input and output column and exit code, and its links lead on."""

import re
from pathlib import Path

import pytest

from flows.cli import app
from flows.coding import OUTPUT_SCHEMA
from reference.rulebook import load_rule_book
from schemas import errors
from schemas.changes import BETWEEN_RUNS, CHANGES_SCHEMA
from schemas.records import CANONICAL_COLUMNS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    "column", [*OUTPUT_SCHEMA, *CANONICAL_COLUMNS, *CHANGES_SCHEMA, *BETWEEN_RUNS]
)
def test_every_column_is_explained(column):
    assert f"`{column}`" in README


def test_every_command_is_shown():
    commands = {name for name in app if not name.startswith("-")}
    assert {"run", "compare", "explain", "reference"} <= commands
    for name in commands:
        assert f"soc-recode {name}" in README


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_every_link_leads_somewhere(target):
    assert target.startswith("https://") or (ROOT / target).exists()


def test_every_exit_code_is_listed():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = {kind.exit_code for kind in kinds if issubclass(kind, errors.SocRecodeError)}
    assert codes == set(range(1, 13))
    for code in codes:
        assert re.search(rf"^\| {code} \|", README, re.MULTILINE)


def test_every_make_target_named_is_there():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in set(re.findall(r"make (run|test|lint|benchmark)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_the_readme_opens_with_one_sentence_and_two_commands():
    opening = README.split("## ", 1)[0]
    assert opening.splitlines()[2].count(". ") == 0
    assert opening.index("make run") < opening.index("make test")


@pytest.mark.parametrize("rung", [rung.name for rung in load_rule_book().precedence.rungs])
def test_every_rung_has_a_reason(rung):
    named = {one.name: one.reason for one in load_rule_book().precedence.rungs}
    assert len(named[rung]) > 40
