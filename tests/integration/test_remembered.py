"""Readings that are remembered are those that would be found: at every later time, whatever was written in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.queries import StoreReadings
from dashboard.queries.evaluate import Columns
from dashboard.readings import Only
from schemas.clickhouse import Store
from schemas.contracts import Topic
from schemas.indicators import CATALOGUE
from schemas.packs import Pack
from streams import rollups
from streams.decoding import decode
from streams.ledger import Ledger
from streams.sink import rows_of, write
from tests.support import small
from tests.support.small import Message, beat, dispute, event
from tests.support.store import empty, fresh_store

#: 23:50 in the pack's zone: an hour and a day end soon.
BEGAN = datetime(2026, 3, 10, 15, 50, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
ROOT, TOWN = "370403", "370403001"
#: Steps that matter: the offline rule, a look that grows stale, hours, a day, and next to nothing.
STEPS = [
    MILLISECOND,
    timedelta(seconds=1),
    timedelta(seconds=60),
    timedelta(seconds=180),
    timedelta(minutes=10),
]
STEPS += [timedelta(hours=1), timedelta(days=1)]
LEAVES = ["370403001001", "370403001002", "370403002", "370403"]


def moment(chance: Random, at: datetime) -> str:
    """Near T, to either side and at times at T itself."""
    near = (
        at + chance.choice([-1, -1, 0, 1]) * chance.choice(STEPS) + chance.choice([-1, 0, 0, 1]) * MILLISECOND
    )
    return near.isoformat(timespec="milliseconds")


def batch(chance: Random, at: datetime) -> tuple[Topic, list[Message]]:
    """A few messages of one topic around T."""
    area, when = chance.choice(LEAVES), moment(chance, at)
    number, many = chance.randint(1, 4), range(chance.randint(1, 3))
    match chance.choice(
        ["events", "events", "mediation", "cameras", "cameras", "statistics", "warnings", "actions"]
    ):
        case "events":
            stages = ["reported", "closed", "reopened", "withdrawn"]
            due = {"due_at": moment(chance, at), "reported_at": moment(chance, at)}
            return "events", [event(number, chance.choice(stages), when, area=area, **due) for _ in many]
        case "mediation":
            stages = ["registered", "accepted", "succeeded", "failed"]
            return "mediation", [
                dispute(number, stage, moment(chance, at), area=area, registered_at=when)
                for stage in chance.sample(stages, 2)
            ]
        case "cameras":
            says = [
                (moment(chance, at), chance.choice(["online", "online", "offline", "fault"])) for _ in many
            ]
            return "cameras", [
                beat(str(number), when, status, area=area, network=area[-1]) for when, status in says
            ]
        case "statistics":
            figure = {"area": area, "name": "hotline_complaints", "period": "2026-02", "value": number}
            return "statistics", [figure | {"at": when, "source": "s"}]
        case "warnings":
            word: dict[str, Any] = {
                "warning_id": f"w{number}", "area": area, "category": "litter",
                "colour": chance.choice(["red", "blue"]),
                "state": "raised", "raised_at": when, "window": "24h", "observed": number, "expected": 1.0,
                "rule": "overdue", "updated_at": when, "found": chance.random() < 0.7,
            }  # fmt: skip
            return "warnings", [word]
    return "actions", [acted(chance, f"w{number}", area, when, at)]


def acted(chance: Random, warning_id: str, area: str, when: str, at: datetime) -> Message:
    """An action on a warning, or on the emergency mode of an area."""
    action = chance.choice(["acknowledge", "handle", "clear", "begin_emergency", "end_emergency"])
    about = f"emergency:{area}" if action.endswith("emergency") else warning_id
    ends = action == "begin_emergency" and chance.random() < 0.5
    until = {"until": moment(chance, at)} if ends else {}
    return {"warning_id": about, "action": action, "by": "desk", "at": when} | until


def nothing(*_: Any) -> Columns:
    """No figure."""
    return {}


class Now(StoreReadings):
    """Without what may be told again for a while: comparisons and order statistics."""

    _then = _only_then = _quantiles = _availability = cast(Any, nothing)


NOW = [i.name for i in CATALOGUE if i.kind != "quantile" and i.over != "availability"]
ONLY = Only(("litter",), "")


def told(readings: StoreReadings, at: datetime) -> dict[str, Any]:
    """All that screens are told of the district, and what of a town is not a part of that, at T."""
    boards = [readings.board(ROOT, "today", at), readings.board(ROOT, "7d", at, ONLY)]
    return {
        "boards": [
            {slot: [board.figures[slot][name] for name in NOW] for slot in board.figures} for board in boards
        ],
        "trend": [readings.trend(ROOT, at, 3), readings.trend(TOWN, at, 3, ONLY)],
        "heat": [readings.heat(ROOT, "today", at), readings.heat(ROOT, "7d", at, 5, ONLY)],
        "cameras": [readings.cameras(scope, at) for scope in (ROOT, TOWN)],
        "mediation": readings.mediation(ROOT, "7d", at),
        "funnel": readings.funnel(TOWN, "today", at),
        "matrix": readings.matrix(ROOT, "today", at),
        "hours": readings.hours(ROOT, at),
        "warnings": readings.warnings(ROOT, at),
        "desk": readings.warnings(TOWN, at, 200, timedelta(hours=24)),
        "emergencies": readings.emergencies(at),
        "risk": readings.risk(ROOT, at),
        "feeds": readings.feeds(at),
        "held": readings.quarantined(),
    }


def looked(store: Store, at: str) -> None:
    """A look of the watch at this time."""
    store.command(
        "INSERT INTO heat (at, area, category, score, surge, burden, coverage, observed, expected, window) "
        "VALUES ({at:DateTime64(3, 'UTC')}, '370403001', '', 10, 0, 0, 1, 1, 1, 24)",
        {"at": datetime.fromisoformat(at)},
    )


def written(store: Store, pack: Pack, chance: Random, at: datetime, ledger: Ledger) -> None:
    """Something is written: messages, with or without the recomputation that follows, or a look of the watch.

    Mostly by a worker that knows its own cases and patches days, sometimes by another one that rewrites them.
    """
    if chance.random() < 0.15:
        looked(store, moment(chance, at))
        return
    topic, messages = batch(chance, at)
    decoded = decode(topic, [(chance.randint(0, 10**6), msgspec.json.encode(messages))])
    assert decoded.rejects == []
    mine = chance.choice([ledger, ledger, ledger, Ledger()])
    write(store, topic, rows_of(topic, pack.areas, [decoded]), [(0, decoded.rejects)], at, mine)
    if chance.random() < 0.8:
        rollups.refresh(store, pack, ledger=mine)
        if chance.random() < 0.1:
            rollups.clean(store, worth=0)


@pytest.fixture(scope="module")
def own_store(engine: Path) -> Iterator[Store]:
    with fresh_store(engine) as store:
        yield store


@settings(max_examples=5)
@given(chance=st.randoms(use_true_random=True), offline_after_s=st.sampled_from([180.0, None]))
def test_what_is_remembered_is_what_would_be_found(
    own_store: Store, chance: Random, offline_after_s: float | None
) -> None:
    empty(own_store)
    pack = small.pack(offline_after_s=offline_after_s)
    remembering, at, ledger = Now(own_store, pack), BEGAN, Ledger()
    for _ in range(chance.randint(2, 6)):
        for _ in range(chance.choice([0, 1, 1, 3])):
            written(own_store, pack, chance, at, ledger)
        assert told(remembering, at) == told(Now(own_store, pack), at)
        at += chance.choice(STEPS) + chance.choice([0, 0, 1]) * MILLISECOND


class Cases:
    """A worker that stores events of three days, patches what it knows, and readings that go on beside it."""

    def __init__(self, store: Store, home: str | None = None) -> None:
        empty(store)
        self.store, self.pack, self.ledger, self.home = store, small.pack(), Ledger(), home
        self.at = BEGAN
        self.stored(*(self.of(number, "reported", 0) for number in range(9)))
        self.remembering = Now(store, self.pack, keep=30, home=home)

    def of(self, number: int, stage: str, minutes: float, area: str = LEAVES[0]) -> Message:
        """A case of one of three days, so many minutes after its report an hour before it all began."""
        reported = BEGAN - timedelta(days=number % 3, hours=1)
        due = (BEGAN + timedelta(days=1)).isoformat()
        at = (reported + timedelta(minutes=minutes)).isoformat()
        return event(number, stage, at, area=area, reported_at=reported.isoformat(), due_at=due)

    def stored(self, *messages: Message, ledger: Ledger | None = None) -> None:
        """Stored and made figures of; with another ledger, by another worker, which rewrites whole days."""
        mine, decoded = ledger or self.ledger, decode("events", [(0, msgspec.json.encode(messages))])
        assert decoded.rejects == []
        write(self.store, "events", rows_of("events", self.pack.areas, [decoded]), [], BEGAN, mine)
        rollups.refresh(self.store, self.pack, ledger=mine)

    def told(self, readings: StoreReadings) -> list[Any]:
        """What of events is told at T."""
        area = self.home or ROOT
        board = readings.board(area, "7d", self.at)
        return [
            {slot: [board.figures[slot][name] for name in NOW] for slot in board.figures},
            readings.trend(TOWN, self.at, 3),
            readings.heat(area, "today", self.at),
            readings.hours(area, self.at).recent,
        ]

    def agree(self, seconds: float = 1) -> bool:
        """Whether a while later the same is told as by readings that remember nothing."""
        self.at += timedelta(seconds=seconds)
        return self.told(self.remembering) == self.told(Now(self.store, self.pack, home=self.home))


@pytest.mark.parametrize("home", [None, TOWN])
def test_what_patches_changed_is_added_without_reading_the_rest(
    own_store: Store, monkeypatch: pytest.MonkeyPatch, home: str | None
) -> None:
    """New events of several days, moved, closed, reopened and withdrawn ones: one query finds what they changed."""
    cases, asked = Cases(own_store, home), list[str]()
    assert cases.agree()

    def heard(name: str) -> None:
        read = getattr(Store, name)

        def listened(store: Store, sql: str, parameters: dict[str, Any] | None = None) -> Any:
            asked.append(sql)
            return read(store, sql, parameters)

        monkeypatch.setattr(Store, name, listened)

    for name in ("rows", "table"):
        heard(name)
    for changed in (
        [cases.of(21, "reported", 5), cases.of(0, "closed", 6)],
        [cases.of(0, "reopened", 7), cases.of(1, "closed", 8), cases.of(2, "withdrawn", 9)],
        [cases.of(3, "dispatched", 10, area=LEAVES[2]), cases.of(21, "closed", 11)],
    ):
        cases.stored(*changed)
        cases.at += timedelta(seconds=1)
        asked.clear()
        cases.told(cases.remembering)
        reads = [sql for sql in asked if "event_history" in sql and "min(turn)" not in sql]
        assert ["{added:" in sql for sql in reads] == [True], "what was read of the history"
        assert cases.agree(0)


def test_a_case_that_turns_meanwhile_is_not_carried_on(own_store: Store) -> None:
    """A closing ahead of its time counts from that time on, whatever patches came before it."""
    cases = Cases(own_store)
    cases.stored(cases.of(0, "closed", 60.5))
    assert cases.agree()
    cases.stored(cases.of(12, "reported", 1))
    assert cases.agree(60)


def test_a_day_that_another_worker_rewrote_is_read_anew(own_store: Store) -> None:
    cases = Cases(own_store)
    assert cases.agree()
    cases.stored(cases.of(0, "closed", 6), ledger=Ledger())
    assert cases.agree()


def test_a_patch_that_came_while_it_was_read_is_not_added_twice(
    own_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = Cases(own_store)
    read = cases.remembering.evaluator.window_sums

    def after_a_patch(*args: Any) -> Any:
        monkeypatch.undo()
        cases.stored(cases.of(12, "reported", 1), cases.of(0, "closed", 2))
        return read(*args)

    monkeypatch.setattr(cases.remembering.evaluator, "window_sums", after_a_patch)
    cases.told(cases.remembering)
    cases.stored(cases.of(15, "reported", 3))
    assert cases.agree()


def test_rows_that_come_after_the_list_of_their_versions_count_once_they_are_there(own_store: Store) -> None:
    """As on a replica that gets them in another order."""
    cases = Cases(own_store)
    assert cases.agree()
    cases.stored(cases.of(12, "reported", 1), cases.of(0, "closed", 2))
    newest = "version = (SELECT max(version) FROM event_history WHERE sign < 0)"
    for table in ("event_history", "event_days"):
        own_store.command(f"CREATE TABLE late_{table} AS {table}")
        own_store.command(f"INSERT INTO late_{table} SELECT * FROM {table} WHERE {newest}")
    for table in ("event_days", "event_history"):
        own_store.command(f"DELETE FROM {table} WHERE version IN (SELECT version FROM late_event_history)")
    assert cases.agree()
    for table in ("event_history", "event_days"):
        own_store.command(f"INSERT INTO {table} SELECT * FROM late_{table}")
        own_store.command(f"DROP TABLE late_{table}")
    cases.stored(cases.of(15, "reported", 3))
    assert cases.agree()


def test_the_age_of_a_silent_worker_goes_on_while_nothing_is_written(own_store: Store) -> None:
    empty(own_store)
    own_store.command(
        "INSERT INTO pipeline SELECT 'w', 'events', now64(3) - 5, 7, 2, 1, 0, 0 UNION ALL "
        "SELECT 'w', 'cameras', now64(3) - 5, 0, 0, 1, 0, 0"
    )
    readings = StoreReadings(own_store, small.pack(), keep=30)
    first, second = readings.pipeline(), readings.pipeline()
    assert first is not None
    assert second is not None
    assert 5 <= first.heard_s <= second.heard_s
    assert replace(second, heard_s=first.heard_s) == first
