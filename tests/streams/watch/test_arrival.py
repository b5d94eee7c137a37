"""Reports that come late: learnt from when they were first seen, and allowed for in the newest hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from schemas.clickhouse import Store
from streams.risk.delay import completeness
from streams.risk.explain import findings_of
from streams.watch.arrival import ENOUGH, arrived
from streams.watch.explanation import explained
from streams.watch.finding import Look
from streams.watch.statistical import judge, learn, named
from tests.support import small
from tests.support.small import event

#: Arrivals are told by the wall clock, and kept for weeks only.
AT = datetime.now(UTC).replace(minute=30, second=0, microsecond=0) - timedelta(hours=1)
PACK = small.pack()


def seen(store: Store, *rows: tuple[str, datetime, datetime], start: int = 0) -> None:
    """(source, reported, first seen) of one report each."""
    times = pa.timestamp("ms", tz="UTC")
    source, reported, known = zip(*rows, strict=True)
    store.insert(
        "event_arrivals",
        pa.table(
            {
                "day": pa.array([t.date() for t in reported]), "source": list(source),
                "id": [str(start + n) for n in range(len(rows))],
                "reported_at": pa.array(reported, times), "seen": pa.array(known, times),
            }
        ),
    )  # fmt: skip


def live(
    hours_late: list[float], days: int = 20, source: str = "desk"
) -> list[tuple[str, datetime, datetime]]:
    """A report every hour of the last days but the newest, late by each of the hours in turn."""
    first = AT - timedelta(days=days)
    rows = [(source, first, first)]
    for n in range(24 * days - 1):
        reported = first + timedelta(hours=n + 1)
        known = reported + timedelta(hours=hours_late[n % len(hours_late)])
        if known < AT:
            rows.append((source, reported, known))
    return rows


def test_a_report_is_seen_once_however_often_it_is_told(store: Store) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    reported = now - timedelta(hours=5)
    told = event(1, "reported", reported.isoformat(), reported_at=reported.isoformat())
    past = (now - timedelta(days=50)).isoformat()
    old = event(2, "reported", past, reported_at=past)  # filled in: it arrived at no time that tells
    small.stored(store, "events", [told, old], PACK)
    once = store.rows("SELECT id, reported_at, min(seen) FROM event_arrivals GROUP BY id, reported_at")
    assert [(number, at.replace(tzinfo=UTC)) for number, at, _ in once] == [("1", reported)]
    assert now - timedelta(seconds=1) <= once[0][2].replace(tzinfo=UTC) <= datetime.now(UTC)
    small.stored(store, "events", [told], PACK)
    assert (
        store.rows("SELECT id, reported_at, min(seen) FROM event_arrivals GROUP BY id, reported_at") == once
    )


def test_how_late_reports_come_is_learnt_from_those_of_the_last_weeks(store: Store) -> None:
    seen(store, *live([0.0, 0.0, 0.0, 12.0]))
    share = arrived(Look(store, PACK, AT))
    assert share is not None
    assert share[[0, 5, 11]] == pytest.approx([0.75, 0.75, 0.75], abs=0.02)
    assert share[[12, 24, 167]] == pytest.approx([1.0, 1.0, 1.0], abs=0.001)


def test_what_a_source_filled_in_when_it_was_connected_tells_nothing(store: Store) -> None:
    past = [("archive", AT - timedelta(days=30, hours=n), AT - timedelta(days=2)) for n in range(300)]
    seen(store, *live([0.0]), *past)
    share = arrived(Look(store, PACK, AT))
    assert share is not None
    assert share.tolist() == [1.0] * 168


def test_too_few_arrivals_and_a_replay_correct_nothing(store: Store) -> None:
    assert arrived(Look(store, PACK, AT)) is None
    seen(store, *live([0.0])[: ENOUGH - 1])
    assert arrived(Look(store, PACK, AT)) is None


def test_young_delays_do_not_look_shorter_than_they_are() -> None:
    rng = np.random.default_rng(3)
    late, old = np.where(rng.random(5000) < 0.4, rng.exponential(8, 5000), 0.0), rng.uniform(0, 60, 5000)
    known = late <= old
    every, by_now = completeness(late), completeness(late[known], ages=old[known])
    naive = completeness(late[known])
    assert np.abs(by_now - every).max() < 0.02
    assert (naive - every).max() > 2 * np.abs(by_now - every).max()


def test_the_live_look_expects_what_is_known_by_now_and_says_so(store: Store) -> None:
    times = [AT - timedelta(minutes=20 * n + 1) for n in range(20 * 72)]
    messages = [
        event(n, "reported", t.isoformat(), reported_at=t.isoformat(), area="370403002")
        for n, t in enumerate(times)
    ]
    small.stored(store, "events", messages, PACK)
    plain = judge(Look(store, PACK, AT), learn(Look(store, PACK, AT)))
    seen(store, *live([0.0, 20.0]))
    late = judge(Look(store, PACK, AT), learn(Look(store, PACK, AT)))
    assert plain.learnt.known is None
    one, other = (each.scanned.cells["town"].expected[0].sum() for each in (plain, late))
    assert other / one == pytest.approx(0.58, abs=0.03)
    told = [
        explained(named(each, findings_of(each.scanned, 0.0, ("town",))[0]), PACK, AT)
        for each in (plain, late)
    ]
    assert [round(one.detail["arrived"], 1) for one in told] == [1.0, 0.6]
    assert ["已折算" in one.zh for one in told] == [False, True]
    assert "known by now, allowed for" in told[1].en
