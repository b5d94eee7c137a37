"""The streams' tests share one store, emptied for each: much faster than a new one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.clickhouse import Store
from tests.support.store import empty, fresh_store


@pytest.fixture(scope="session")
def shared_store(engine: Path) -> Iterator[Store]:
    with fresh_store(engine) as store:
        yield store


@pytest.fixture
def store(shared_store: Store) -> Store:
    """A store with this version's tables and nothing in them."""
    empty(shared_store)
    return shared_store
