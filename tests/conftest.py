"""Settings and fixtures every test shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from schemas.clickhouse import Store
from streams.broker import embedded_broker
from tests.support.clickhouse import ClickHouse
from tests.support.kafka import kafka_cluster
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


@pytest.fixture(scope="session", params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def brokers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker for tests that hold on both: the embedded one, and Apache Kafka."""
    if request.param == "embedded":
        with embedded_broker() as address:
            yield address
    else:
        with kafka_cluster(tmp_path_factory.mktemp("kafka")) as cluster:
            yield cluster.brokers


@pytest.fixture
def clickhouse(tmp_path: Path) -> Iterator[ClickHouse]:
    """A store behind ClickHouse's HTTP interface, in a process of its own, without tables."""
    with ClickHouse(tmp_path / "clickhouse") as server:
        yield server
