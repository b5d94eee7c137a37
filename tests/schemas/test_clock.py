"""A clock tells one agreed time, in UTC, whatever drives it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from schemas.clock import Clock, FixedClock, ReplayClock, WallClock

START = datetime(2015, 2, 9, 12, tzinfo=UTC)


def test_the_wall_clock_is_the_real_time() -> None:
    before = datetime.now(UTC)
    now = WallClock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.utcoffset() == timedelta(0)


def test_a_fixed_clock_stands() -> None:
    clock = FixedClock(START)
    assert (clock.now(), clock.now()) == (START, START)


def test_a_replay_runs_as_many_times_faster_as_told() -> None:
    clock = ReplayClock(START, speed=3600, origin=time.time() - 10)
    assert timedelta(hours=10) <= clock.now() - START < timedelta(hours=11)


def test_a_replay_stands_at_its_start_before_its_origin() -> None:
    assert ReplayClock(START, speed=60, origin=time.time() + 100).now() == START


def test_replays_with_the_same_values_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_700_000_060.0)
    one, other = (ReplayClock(START, speed=60, origin=1_700_000_000.0) for _ in range(2))
    assert one.now() == other.now() == START + timedelta(hours=1)


@pytest.mark.parametrize(
    ("clock", "replay"), [(WallClock(), None), (FixedClock(START), None), (ReplayClock(START, 60, 0), 60)]
)
def test_only_a_replay_says_it_is_one(clock: Clock, replay: float | None) -> None:
    assert clock.replay == replay
