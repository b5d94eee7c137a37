"""Settings and fixtures every test shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from schemas.clickhouse import Store
from tests.support.store import fresh_store

# A loaded machine is no reason to fail: what counts is what comes out, not how fast it was generated.
settings.register_profile("gridpulse", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gridpulse")


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the one chDB engine this process may open; for `fresh_store`."""
    return tmp_path_factory.mktemp("engine")


@pytest.fixture
def store(engine: Path) -> Iterator[Store]:
    """A store with this version's tables and nothing in them."""
    with fresh_store(engine) as fresh:
        yield fresh
