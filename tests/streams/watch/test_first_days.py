"""The first days of a deployment: what was never heard of is no history, and ordinary days are no surge."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.clickhouse import Store
from schemas.packs import load_pack
from streams.watch.finding import Look
from streams.watch.reports import Survey, history, history_from, local_hour, reports
from streams.watch.statistical import Statistical, judge, learn
from tests.support import small
from tests.support.small import event

PACK = load_pack("xuecheng")
#: 16:30 on a Monday in the pack's zone.
AT = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
GRIDS = [area.code for area in PACK.areas.areas if not PACK.areas.children(area.code)]
TOWN = [code for code in GRIDS if PACK.areas.within(code, PACK.areas.children(PACK.areas.root.code)[0].code)]
IGNORED = set(PACK.settings.risk.ignored)
CATEGORIES = [code for code in PACK.entries("categories") if IGNORED.isdisjoint(PACK.category_path(code))][:6]


def ordinary(days: float, a_day: int = 400) -> Iterator[dict[str, Any]]:
    """Reports at any time of the last days, and closings of cases reported long before."""
    dice = random.Random(round(days * 10))
    for n in range(int(a_day * days)):
        yield reported(
            n, AT - timedelta(days=days * dice.random()), dice.choice(GRIDS), dice.choice(CATEGORIES)
        )
    for n in range(20):
        closed, told = (AT - timedelta(days=days * dice.random() + far) for far in (0, 200))
        yield event(50_000 + n, "closed", closed.isoformat(), reported_at=told.isoformat())


def reported(n: int, at: datetime, area: str, category: str) -> dict[str, Any]:
    return event(n, "reported", at.isoformat(), reported_at=at.isoformat(), area=area, category=category)


def found(store: Store) -> list[str]:
    """The categories warned of."""
    statistical, look = Statistical(), Look(store, PACK, AT)
    statistical.learn_now(look)
    return [finding.category for finding in statistical.find(look)]


@pytest.mark.parametrize("days", [0.3, 1, 2, 3, 5, 8, 12])
def test_ordinary_days_are_no_surge_however_few_there_were(store: Store, days: float) -> None:
    small.stored(store, "events", list(ordinary(days)), PACK)
    assert found(store) == []


@pytest.mark.parametrize("away", [12, 36, 120])
def test_ordinary_days_after_an_outage_are_no_surge(store: Store, away: int) -> None:
    back = AT - timedelta(days=9)
    messages = [
        told
        for told in ordinary(25)
        if not back - timedelta(hours=away) <= datetime.fromisoformat(told["at"]) < back
    ]
    small.stored(store, "events", messages, PACK)
    look = Look(store, PACK, AT)
    towns = judge(look, learn(look)).scanned.cells["town"]
    assert towns.expected[-1].sum() == pytest.approx(towns.observed[-1].sum(), rel=0.1)
    assert found(store) == []


@pytest.mark.parametrize("days", [3, 5, 8, 12])
def test_as_much_is_expected_as_the_days_bring(store: Store, days: float) -> None:
    small.stored(store, "events", list(ordinary(days)), PACK)
    look = Look(store, PACK, AT)
    towns = judge(look, learn(look)).scanned.cells["town"]
    assert towns.expected[0].sum() == pytest.approx(towns.observed[0].sum(), rel=0.2)


def test_a_surge_in_the_first_week_is_found(store: Store) -> None:
    dice = random.Random(1)
    surge = [
        reported(90_000 + n, AT - timedelta(minutes=9 * n), dice.choice(TOWN), CATEGORIES[0])
        for n in range(150)
    ]
    small.stored(store, "events", [*ordinary(5), *surge], PACK)
    assert set(found(store)) == {CATEGORIES[0]}


def test_history_begins_with_the_first_whole_day_of_messages(store: Store) -> None:
    small.stored(store, "events", list(ordinary(5)), PACK)
    begun = history_from(store, PACK)
    assert local_hour(begun, PACK) % 24 == 0
    assert timedelta(days=3.5) < AT - begun <= timedelta(days=5)


def test_history_comes_in_whole_days_and_is_all_there_is(store: Store) -> None:
    small.stored(store, "events", list(ordinary(70, 20)), PACK)
    first, whole = history_from(store, PACK), reports(store, PACK, history_from(store, PACK), AT)
    pieces = list(history(store, PACK, AT))
    days = [set((piece.hour // 24).tolist()) for piece in pieces]
    assert [len(one) for one in days] == [28, 28, 14]
    assert set.intersection(days[0], days[1]) == set.intersection(days[1], days[2]) == set()
    assert sorted(hour for piece in pieces for hour in piece.hour) == sorted(whole.hour)
    told = Survey.of(pieces)
    assert told.first == min(whole.hour) >= local_hour(first, PACK)
    assert told.events == len(whole.hour)
    assert told.by_hour.tolist() == Survey.of([whole]).by_hour.tolist()


def test_of_no_history_there_is_no_piece(store: Store) -> None:
    assert list(history(store, PACK, AT)) == []
    assert Survey.of([]).first is None
