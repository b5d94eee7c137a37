"""What the dashboard's tests share: the tiny pack, its readings, and views of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.geometry import Geometry
from dashboard.scope import Scopes
from dashboard.settings import DashboardSettings
from dashboard.tick import Tick
from dashboard.view import View
from schemas.packs import Pack
from tests.support.readings import FakeReadings
from tests.support.tiny_pack import tiny_pack

#: 08:12:03 on a Monday in the tiny pack's zone.
AT = datetime(2026, 3, 9, 0, 12, 3, tzinfo=UTC)


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return tiny_pack(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def readings(pack: Pack) -> FakeReadings:
    return FakeReadings(pack)


@pytest.fixture
def scopes(pack: Pack) -> Scopes:
    return Scopes(pack, DashboardSettings())


@pytest.fixture
def view(readings: FakeReadings, scopes: Scopes, pack: Pack) -> Callable[..., View]:
    """A view of what the address names, at AT: `view(area="T1", lang="en")`."""

    def make(replay: float | None = None, **address: Any) -> View:
        return Tick(readings, scopes, Geometry(pack), AT, replay).view(scopes.read(address))

    return make
