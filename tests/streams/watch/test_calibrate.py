"""Calibration judges a pack's own past as the live watch would, and a district without anything to find beside it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from schemas.clickhouse import Store
from schemas.errors import ConfigError
from streams.risk import baseline
from streams.risk.policy import LEVELS
from streams.watch.calibrate import calibrate, drawn
from streams.watch.ground import ground
from streams.watch.reports import Survey, incidents, local_hour, reports
from tests.support import small
from tests.support.small import event

AT = datetime(2026, 3, 10, 8, tzinfo=UTC)
PACK = small.pack()


def filled(store: Store, days: int = 45, burst: int = 0) -> None:
    """Events at every other hour of the last days, and a burst in the last one."""
    times = [(AT - timedelta(hours=2 * n + 1), "370403001001", "litter") for n in range(days * 12)]
    times += [(AT - timedelta(hours=24, minutes=70 * n), "370403002", "snow") for n in range(burst)]
    messages = [
        event(n, "reported", t.isoformat(), reported_at=t.isoformat(), area=area, category=category)
        for n, (t, area, category) in enumerate(times)
    ]
    small.stored(store, "events", messages, PACK)


def test_the_past_is_judged_with_what_it_held_and_the_empty_district_without(store: Store) -> None:
    filled(store, burst=18)
    done: list[tuple[int, int]] = []
    told = calibrate(store, PACK, AT, weeks=1, every=24, progress=lambda *at: done.append(at))
    assert (told.past["red"], told.empty, told.weeks) == (1.0, {"red": 0.0, "yellow": 0.0, "blue": 0.0}, 1)
    assert done == [(1, 1)]
    assert set(told.kappa) == set(told.kappa_past) == set(LEVELS)
    assert min(told.kappa_past.values()) >= 1
    assert told == calibrate(store, PACK, AT, weeks=1, every=24)


def test_a_past_that_is_too_short_is_refused(store: Store) -> None:
    filled(store, days=40)
    with pytest.raises(ConfigError, match="the store needs 42 days of events"):
        calibrate(store, PACK, AT, weeks=1)
    with pytest.raises(ConfigError, match="the store needs 91 days"):
        calibrate(store, PACK, AT)


def test_what_is_drawn_is_what_the_baseline_expects(store: Store) -> None:
    filled(store)
    past = reports(store, PACK, AT - timedelta(days=60), AT)
    survey = Survey.of([past])
    found = ground(PACK, survey.areas, survey.categories)
    fitted = baseline.fit(incidents(past, found), found.places, local_hour(AT, PACK))
    start = np.floor(local_hour(AT, PACK))
    weeks = [drawn(fitted, start, np.random.default_rng(seed)) for seed in range(20)]
    usual = fitted.daily(start).sum() * 7
    assert np.mean([week.count.sum() for week in weeks]) == pytest.approx(usual, rel=0.1)
    assert all(np.all((week.hour >= start) & (week.hour < start + 168)) for week in weeks)
