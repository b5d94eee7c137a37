"""A tick's look at the store: what moves with every event is read at the same time."""

from __future__ import annotations

import threading
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from dashboard.geometry import Geometry
from dashboard.readings import Board, DayCount, Only
from dashboard.scope import Scopes
from dashboard.tick import Tick
from dashboard.view import View
from schemas.packs import Pack
from schemas.windows import WindowName
from tests.dashboard.conftest import AT
from tests.support.readings import FakeReadings


class Meeting(FakeReadings):
    """Board and trend go on only once both are being read."""

    def __init__(self, pack: Pack, patience: float) -> None:
        super().__init__(pack)
        self._both = threading.Barrier(2, timeout=patience)

    def board(self, scope: str, window: WindowName, at: datetime, only: Only | None = None) -> Board:
        self._both.wait()
        return super().board(scope, window, at, only)

    def trend(self, scope: str, at: datetime, *args: Any, **kwargs: Any) -> list[DayCount]:
        self._both.wait()
        return super().trend(scope, at, *args, **kwargs)


def view(readings: FakeReadings, scopes: Scopes, pack: Pack, others: Executor | None = None) -> View:
    return Tick(readings, scopes, Geometry(pack), AT, None, others).view(scopes.home)


def test_board_and_trend_are_read_at_the_same_time_and_tell_the_same(scopes: Scopes, pack: Pack) -> None:
    with ThreadPoolExecutor(2) as others:
        together = view(Meeting(pack, patience=30), scopes, pack, others)
    alone = view(FakeReadings(pack), scopes, pack)
    assert (together.trend, together.heat, together.values) == (alone.trend, alone.heat, alone.values)
    with pytest.raises(threading.BrokenBarrierError):
        view(Meeting(pack, patience=0.05), scopes, pack)


def test_what_goes_wrong_with_one_of_them_is_raised(scopes: Scopes, pack: Pack) -> None:
    class Failing(FakeReadings):
        def trend(self, scope: str, at: datetime, *args: Any, **kwargs: Any) -> list[DayCount]:
            raise OSError("no store")

    with ThreadPoolExecutor(2) as others, pytest.raises(OSError, match="no store"):
        view(Failing(pack), scopes, pack, others)
