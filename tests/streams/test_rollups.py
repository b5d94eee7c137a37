"""Derived tables follow the facts: a unit is recomputed whole, and only its current version is read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from dashboard.queries import StoreReadings
from schemas.clickhouse import Store
from schemas.errors import StoreError
from streams import rollups
from streams.rollups import ROLLUPS, WRITER_BITS, DirtyUnit
from streams.sink import store_batch
from streams.verify import verify
from tests.support import small
from tests.support.failing import FailingStore
from tests.support.small import NOW, beat, dispute, event

PACK = small.pack()
EVENTS, MEDIATION, CAMERAS = ROLLUPS
DAY = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = datetime(2026, 3, 1, 0, tzinfo=UTC)
REPORTED = "2026-03-01T08:00:00+08:00"


def figures(store: Store) -> tuple[int, ...]:
    """Events reported and closed, disputes and devices of the district, as the panels show them."""
    readings = StoreReadings(store, PACK)
    days = readings.trend("370403", NOW)
    by_type = readings.mediation("370403", "mtd", NOW).by_type
    networks = readings.cameras("370403", NOW).networks
    return (
        sum(day.reported for day in days),
        sum(day.closed for day in days),
        sum(sum(outcomes.values()) for outcomes in by_type.values()),
        sum(network.registered for network in networks),
    )


def rows_of(store: Store, table: str) -> int:
    ((count,),) = store.rows(f"SELECT count() FROM {table}")
    return int(count)


def store_all(store: Store) -> None:
    """Two events of which one is closed, a dispute, a device."""
    small.stored(
        store, "events",
        [event(n, "reported", REPORTED) for n in (1, 2)] + [event(1, "closed", "2026-03-02T08:00:00+08:00")],
        PACK,
    )  # fmt: skip
    small.stored(store, "mediation", [dispute(1, "registered", REPORTED)], PACK)
    small.stored(store, "cameras", [beat("a", REPORTED)], PACK)


# Marks and versions --------------------------------------------------------------------------------------------------


def test_a_batch_marks_the_units_it_touched_once_each(store: Store) -> None:
    small.stored(
        store, "events",
        [event(n, "reported", REPORTED, reported_at=f"2026-03-0{1 + n % 2}T08:00:00+08:00") for n in range(6)],
        PACK,
    )  # fmt: skip
    assert rollups.dirty_units(store, EVENTS) == [
        DirtyUnit("events", DAY + timedelta(days=1), 1),
        DirtyUnit("events", DAY, 1),
    ]
    small.stored(store, "events", [event(1, "closed", REPORTED)], PACK)
    (newer, older) = rollups.dirty_units(store, EVENTS)
    assert (newer.unit, newer.marks) == (DAY + timedelta(days=1), 1)
    assert (older.unit, older.marks) == (DAY, 2)
    assert rollups.dirty_units(store, MEDIATION) == []


def test_a_recomputed_unit_is_clean_until_it_is_touched_again(store: Store) -> None:
    store_all(store)
    assert rollups.refresh(store, PACK) == 3
    assert rollups.refresh(store, PACK) == 0
    assert figures(store) == (2, 1, 1, 1)
    small.stored(store, "events", [event(2, "closed", "2026-03-03T08:00:00+08:00")], PACK)
    assert rollups.refresh(store, PACK) == 1
    assert figures(store) == (2, 2, 1, 1)


def test_a_mark_written_twice_costs_a_recomputation_and_changes_nothing(store: Store) -> None:
    store_all(store)
    rollups.refresh(store, PACK)
    before = figures(store)
    for topic, unit in (("events", DAY), ("mediation", DAY), ("cameras", HOUR)):
        rollups.mark(store, topic, [unit, unit])
    assert rollups.refresh(store, PACK) == 3
    assert figures(store) == before
    assert verify(store, PACK).differences == ()


def test_nothing_touched_writes_no_mark(store: Store) -> None:
    rollups.mark(store, "events", [])
    assert rows_of(store, "rollup_marks") == 0


def test_a_case_that_moved_to_another_area_leaves_nothing_behind(store: Store) -> None:
    small.stored(store, "events", [event(1, "reported", REPORTED)], PACK)
    rollups.refresh(store, PACK)
    small.stored(store, "events", [event(1, "dispatched", "2026-03-02T00:00:00Z", area="370403002")], PACK)
    rollups.refresh(store, PACK)
    readings = StoreReadings(store, PACK)
    reported = [sum(d.reported for d in readings.trend(code, NOW)) for code in ("370403001", "370403002")]
    assert reported == [0, 1]


def test_an_hour_still_running_is_left_for_later(store: Store) -> None:
    small.stored(store, "cameras", [beat("a", REPORTED), beat("a", "2026-03-01T09:00:00+08:00")], PACK)
    assert rollups.refresh(store, PACK, HOUR + timedelta(minutes=59)) == 0
    assert rollups.refresh(store, PACK, HOUR + timedelta(hours=1)) == 1
    assert rollups.dirty_units(store, CAMERAS) == [DirtyUnit("cameras", HOUR + timedelta(hours=1), 1)]
    assert rollups.refresh(store, PACK) == 1


def test_more_units_than_one_statement_takes_are_all_recomputed(store: Store) -> None:
    days = [f"2025-{month:02d}-{day:02d}T08:00:00+08:00" for month in (1, 2) for day in range(1, 25)]
    small.stored(
        store, "events", [event(n, "reported", day, reported_at=day) for n, day in enumerate(days)], PACK
    )  # fmt: skip
    assert rollups.refresh(store, PACK) == len(days) > EVENTS.at_once
    verdict = verify(store, PACK)
    assert (verdict.units, verdict.differences) == (len(days), ())


# Two writers ---------------------------------------------------------------------------------------------------------


def step(store: Store, seen: list[DirtyUnit]) -> None:
    """What one writer does after it has looked for dirty units."""
    rollups.recompute(store, EVENTS, seen, PACK)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_writer_that_saw_more_wins_whoever_is_last(store: Store, order: Sequence[int]) -> None:
    seen = []
    for n in range(3):
        small.stored(store, "events", [event(n, "reported", REPORTED)], PACK)
        seen.append(rollups.dirty_units(store, EVENTS))
    assert [units[0].marks for units in seen] == [1, 2, 3]
    for writer in order:
        step(store, seen[writer])
    assert figures(store)[0] == 3
    assert rollups.dirty_units(store, EVENTS) == []
    assert verify(store, PACK).differences == ()


class Paused(Store):
    """A store whose writer sleeps before one statement, while `meanwhile` happens."""

    def __init__(self, url: str, before: str, meanwhile: Any) -> None:
        super().__init__(url)
        self.before, self.meanwhile = before, meanwhile

    def _pause(self, what: str) -> None:
        if self.meanwhile is not None and what.startswith(self.before):
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()

    def command(self, sql: str, parameters: Any = None) -> None:
        self._pause(sql)
        super().command(sql, parameters)

    def insert(self, table: str, rows: Any) -> None:
        self._pause(table)
        super().insert(table, rows)


STEPS = ["INSERT INTO event_history", "INSERT INTO event_days", "INSERT INTO rollup_current"]


@pytest.mark.parametrize("before", STEPS)
@pytest.mark.parametrize("other_rolls_up", [True, False])
def test_facts_that_arrive_while_a_unit_is_recomputed_are_never_hidden(
    store: Store, before: str, other_rolls_up: bool
) -> None:
    def meanwhile() -> None:
        small.stored(store, "events", [event(2, "reported", REPORTED)], PACK)
        if other_rolls_up:
            rollups.refresh(store, PACK)

    small.stored(store, "events", [event(1, "reported", REPORTED)], PACK)
    slow = Paused(store.url, before, meanwhile)
    rollups.refresh(slow, PACK)
    slow.close()
    rollups.refresh(store, PACK)
    assert figures(store)[0] == 2
    assert verify(store, PACK).differences == ()


# Crashes and leftovers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", STEPS)
def test_a_crash_before_the_version_leaves_the_old_figures(store: Store, at: str) -> None:
    store_all(store)
    rollups.refresh(store, PACK)
    before = figures(store)
    small.stored(store, "events", [event(3, "reported", REPORTED)], PACK)
    dying = FailingStore(store.url, failing=1, when=lambda what: what.startswith(at))
    with pytest.raises(StoreError, match="the store is away"):
        rollups.refresh(dying, PACK)
    dying.close()
    assert figures(store) == before
    assert rollups.refresh(store, PACK) == 1
    assert figures(store) == (3, 1, 1, 1)
    assert verify(store, PACK).differences == ()


def test_a_crash_between_facts_and_mark_is_mended_by_the_batch_that_comes_again(store: Store) -> None:
    decoded = small.decoded("events", [event(1, "reported", REPORTED)])
    dying = FailingStore(store.url, failing=1, when=lambda what: "rollup_marks" in what)
    with pytest.raises(StoreError):
        store_batch(dying, PACK.areas, "events", 0, decoded, NOW)
    dying.close()
    assert rollups.refresh(store, PACK) == 0
    store_batch(store, PACK.areas, "events", 0, decoded, NOW)
    rollups.refresh(store, PACK)
    assert figures(store)[0] == 1


def test_clean_removes_superseded_rows_and_changes_no_figure(store: Store) -> None:
    for _ in range(3):
        store_all(store)
        rollups.refresh(store, PACK)
    before, doubled = figures(store), rows_of(store, "event_history")
    single = {d.table: rows_of(store, d.table) // 3 for rollup in ROLLUPS for d in rollup.tables}
    assert doubled == 3 * single["event_history"] > 0
    rollups.clean(store, worth=0)
    assert {table: rows_of(store, table) for table in single} == single
    assert figures(store) == before
    assert verify(store, PACK).differences == ()
    rollups.clean(store, worth=0)
    assert {table: rows_of(store, table) for table in single} == single


def test_clean_keeps_rows_whose_version_is_not_yet_told(store: Store) -> None:
    store_all(store)
    rollups.refresh(store, PACK)
    small.stored(store, "events", [event(3, "reported", REPORTED)], PACK)
    between = Paused(store.url, "INSERT INTO rollup_current", lambda: rollups.clean(store, worth=0))
    rollups.refresh(between, PACK)
    between.close()
    assert figures(store) == (3, 1, 1, 1)
    assert verify(store, PACK).differences == ()


def test_no_two_writers_share_a_version(store: Store) -> None:
    small.stored(store, "events", [event(1, "reported", REPORTED)], PACK)
    dirty = rollups.dirty_units(store, EVENTS)
    step(store, dirty)
    step(store, dirty)
    versions = [version for (version,) in store.rows("SELECT DISTINCT version FROM event_history")]
    assert len(versions) == 2
    assert {version >> WRITER_BITS for version in versions} == {1}
    assert figures(store)[0] == 1
