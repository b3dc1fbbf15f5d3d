"""Fixtures every layer shares: the real ONS files, editions installed from them, lookups."""

import os
from pathlib import Path

import pytest

from reference.lookup import Lookup, compile_lookup
from reference.rulebook import load_rule_book
from reference.store import STARTER, Edition, install_file, load

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


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
def edition13(shared_data, tmp_path_factory) -> Edition:
    """The real version 13 of the coding index, installed in a home of its own."""
    workbook = shared_data / "soc2020" / "soc2020volume2thecodingindexexcel03122025.xlsx"
    return install_file(workbook, home=tmp_path_factory.mktemp("editions"))


@pytest.fixture(scope="session")
def lookup13(edition13) -> Lookup:
    """Version 13 and the project's rule book, compiled."""
    return lookup_of(edition13)


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
