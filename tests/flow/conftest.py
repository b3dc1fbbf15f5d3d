"""A real Prefect server for the session, and no editions but the starter."""

import os
from pathlib import Path

# before Prefect is imported anywhere
os.environ.update(
    DO_NOT_TRACK="1",
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    PREFECT_LOGGING_TO_API_BATCH_INTERVAL="0.2",
)

import prefect.settings
import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.testing.utilities import prefect_test_harness

SURVEY = Path(__file__).parents[2] / "reference" / "examples" / "survey.csv"


@pytest.fixture(scope="session", autouse=True)
def server(tmp_path_factory) -> str:
    """The address of a Prefect server with a database of its own; flows here run with it."""
    storage = tmp_path_factory.mktemp("storage")
    updates = {prefect.settings.PREFECT_LOCAL_STORAGE_PATH: storage}
    with prefect.settings.temporary_settings(updates), prefect_test_harness(120):
        yield prefect.settings.PREFECT_API_URL.value()


@pytest.fixture
def client(server) -> SyncPrefectClient:
    with get_client(sync_client=True) as client:
        yield client


@pytest.fixture(autouse=True)
def starter_only(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SOC_RECODE_HOME", str(tmp_path / "home"))


@pytest.fixture
def survey() -> Path:
    """The example extract, of 60 records."""
    return SURVEY
