"""Fixtures every layer shares: where the real ONS files are, and a home of our own for editions."""

import os
from pathlib import Path

import pytest

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
