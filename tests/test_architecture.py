"""The rooms and their order: data flows one way, and the engine knows nothing of orchestration."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ["schemas", "reference", "flows"]
STAGES = [
    "extract",
    "validate",
    "normalise",
    "candidates",
    "qualify",
    "assign",
    "audit",
    "stages",
    "trace",
    "coder",
    "override",
    "changes",
]


def imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_never_imports_a_later_one(room):
    later = ROOMS[ROOMS.index(room) + 1 :]
    for file in modules(room):
        assert not {name for name in imports(file) if name.split(".")[0] in later}, file


def test_the_engine_never_imports_prefect_or_the_rooms_around_it():
    for file in modules("flows/coding"):
        for name in imports(file):
            assert not name.startswith("prefect"), file
            assert not name.startswith("flows.") or name.startswith("flows.coding"), (file, name)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_never_imports_a_later_stage(stage):
    later = {f"flows.coding.{name}" for name in STAGES[STAGES.index(stage) + 1 :]}
    found = imports(ROOT / "flows" / "coding" / f"{stage}.py")
    assert not {name for name in found if any(name.startswith(other) for other in later)}


def test_prefect_is_imported_by_the_flow_only():
    users = [file for file in modules("flows") if any("prefect" in n for n in imports(file))]
    assert [file.name for file in users] == ["recode.py"]


@pytest.mark.parametrize("room", [*ROOMS, "benchmarks"])
def test_no_module_is_named_after_nothing(room):
    names = {file.stem for file in modules(room)}
    assert not names & {"utils", "helpers", "common", "misc", "tools"}


def test_no_row_wise_python_over_records():
    for file in modules("flows/coding"):
        text = file.read_text("utf-8")
        assert "map_elements" not in text, file
        if file.name != "explain.py":  # one explanation is one record, and short
            assert "iter_rows" not in text, file
