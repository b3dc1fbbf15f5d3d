"""Fixtures every layer shares: the real ONS files, editions installed from them, lookups."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.lookups import load_lookup
from reference.lookup import Lookup, compile_lookup
from reference.rulebook import load_rule_book
from reference.store import STARTER, Edition, install_file, load

WORKBOOK_13 = "soc2020volume2thecodingindexexcel03122025.xlsx"
SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory) -> Iterator[None]:
    """A home of the tests': what is installed for the person who runs them is not seen."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOC_RECODE_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real ONS files; without it the test is skipped, but never in CI."""
    if not SHARED_DATA.is_dir():
        message = f"needs the ONS files in {SHARED_DATA}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return SHARED_DATA


@pytest.fixture(scope="session")
def home13(shared_data, tmp_path_factory) -> Path:
    """A home with the real version 13, compiled; one for all processes that run tests."""
    folder = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        folder = folder.parent
    home, lock = folder / "home13", folder / "home13.lock"
    try:
        lock.mkdir()
    except FileExistsError:
        for _ in range(1_200):  # another process makes it
            if (home / "ready").exists():
                return home
            time.sleep(0.2)
        raise
    install_file(shared_data / "soc2020" / WORKBOOK_13, home=home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOC_RECODE_HOME", str(home))
        load_lookup("soc2020-v13")
    (home / "ready").touch()
    return home


@pytest.fixture(scope="session")
def edition13(home13) -> Edition:
    """The real version 13 of the coding index."""
    return load("soc2020-v13", home13)


@pytest.fixture(scope="session")
def lookup13(home13) -> Lookup:
    """Version 13 and the project's rule book, compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOC_RECODE_HOME", str(home13))
        return load_lookup("soc2020-v13")


@pytest.fixture(scope="session")
def starter_lookup() -> Lookup:
    """The starter edition and the project's rule book, compiled."""
    return lookup_of(load(STARTER))


def lookup_of(edition: Edition) -> Lookup:
    """Compile an edition with the project's rule book."""
    return compile_lookup(
        edition=edition.name,
        reference_version=edition.reference_version,
        index=edition.index,
        structure=edition.structure,
        sub_unit_groups=edition.sub_unit_groups,
        rules=load_rule_book(),
    )
