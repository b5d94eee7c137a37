"""Warnings from rules: raised once, recoloured, cleared; told once across restarts; actions change what is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from dashboard.queries import StoreReadings
from schemas.clickhouse import Store
from schemas.contracts import Warning
from schemas.packs import Rules
from streams import rollups
from streams.rows import decode
from streams.rules import Finding, Watch, colour_of, compare, devices_away, overdue, silent_feeds
from streams.sink import store_batch
from tests.support import small
from tests.support.small import beat, event

AT = datetime(2026, 3, 10, 8, tzinfo=UTC)
LATER = AT + timedelta(minutes=5)
RULES = Rules(overdue_blue=2, overdue_yellow=3, overdue_red=5, offline_min_devices=2)
PACK = small.pack(RULES)
FOUND = Finding("overdue", "370403001", "litter", "blue", 2, 2, "24h")


def raised(**changes: Any) -> Warning:
    """The warning that `FOUND` raises at AT."""
    return msgspec.structs.replace(compare([], [FOUND], AT)[0], **changes)


# Pure rules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "colour"), [(1, None), (2, "blue"), (3, "yellow"), (4.9, "yellow"), (5, "red")]
)
def test_a_colour_starts_at_its_bound(value: float, colour: str | None) -> None:
    assert colour_of(value, blue=2, yellow=3, red=5) == colour
    assert colour_of(value, yellow=3, red=5) == (None if colour == "blue" else colour)


def test_overdue_events_are_added_up_below_the_root_by_category() -> None:
    rows = [
        ("370403001001", "litter", 1), ("370403001002", "litter", 1), ("370403001", "litter", 1),
        ("370403002", "litter", 2), ("370403002", "noise", 1), ("370403", "noise", 5),
    ]  # fmt: skip
    assert list(overdue(rows, PACK.areas, RULES)) == [
        Finding("overdue", "370403001", "litter", "yellow", 3, 2, "24h"),
        Finding("overdue", "370403002", "litter", "blue", 2, 2, "24h"),
        Finding("overdue", "370403", "noise", "red", 5, 2, "24h"),
    ]


def test_devices_away_count_as_a_share_from_a_least_number_on() -> None:
    rows = [("370403001001", 30, 1), ("370403001002", 10, 1), ("370403002", 4, 1)]
    assert list(devices_away(rows, PACK.areas, RULES)) == [
        Finding("devices_offline", "370403001", "cameras", "yellow", 2, 2.0, "now")
    ]
    assert [f.colour for f in devices_away([("370403002", 10, 2)], PACK.areas, RULES)] == ["red"]


def test_a_feed_is_silent_after_its_minutes() -> None:
    minutes = {"events": 59, "mediation": 60, "cameras": 360}
    rows = [(topic, (AT - timedelta(minutes=n)).replace(tzinfo=None)) for topic, n in minutes.items()]
    assert list(silent_feeds(rows, "370403", AT, Rules())) == [
        Finding("feed_silent", "370403", "mediation", "yellow", 60, 60.0, "now"),
        Finding("feed_silent", "370403", "cameras", "red", 360, 60.0, "now"),
    ]  # fmt: skip


# What is told --------------------------------------------------------------------------------------------------------


def test_a_finding_raises_a_warning() -> None:
    assert compare([], [FOUND], AT) == [
        Warning(
            warning_id="overdue/370403001/litter/1773129600000",
            area="370403001", category="litter", colour="blue", state="raised", raised_at=AT, window="24h",
            observed=2, expected=2, rule="overdue", updated_at=AT,
        )
    ]  # fmt: skip


def test_a_warning_that_stands_is_not_told_again() -> None:
    assert compare([raised()], [FOUND], LATER) == []
    assert compare([raised()], [replace(FOUND, observed=2.5)], LATER) == []


def test_another_colour_is_told_under_the_same_id() -> None:
    worse = Finding("overdue", "370403001", "litter", "red", 7, 2, "24h")
    assert compare([raised(state="handled")], [worse], LATER) == [
        raised(state="handled", colour="red", observed=7, updated_at=LATER)
    ]


def test_what_is_no_longer_found_is_cleared() -> None:
    assert compare([raised()], [], LATER) == [raised(state="cleared", updated_at=LATER)]


def test_warnings_of_other_places_and_things_stand_apart() -> None:
    others = [
        Finding("overdue", "370403002", "litter", "blue", 2, 2, "24h"),
        Finding("overdue", "370403001", "noise", "blue", 2, 2, "24h"),
        Finding("feed_silent", "370403001", "litter", "blue", 2, 2, "24h"),
    ]
    told = compare([raised()], [FOUND, *others], LATER)
    assert [(w.rule, w.area, w.category) for w in told] == [f.key for f in others]


def test_of_two_that_stand_for_one_thing_the_oldest_stays() -> None:
    double = raised(warning_id="later", raised_at=LATER, updated_at=LATER)
    end = LATER + timedelta(minutes=1)
    for standing in ([raised(), double], [double, raised()]):
        assert compare(standing, [FOUND], end) == [
            msgspec.structs.replace(double, state="cleared", updated_at=end)
        ]
        assert {w.warning_id for w in compare(standing, [], end)} == {"later", raised().warning_id}


# Watching a store ----------------------------------------------------------------------------------------------------


@dataclass
class Hand:
    """A clock moved by hand; `wall` are the real seconds."""

    at: datetime = AT
    wall: float = 0.0
    replay: float | None = None

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.wall

    def pass_(self, minutes: float = 0, wall: float = 0) -> None:
        self.at += timedelta(minutes=minutes)
        self.wall += wall


def watch(store: Store, clock: Hand) -> Watch:
    return Watch(store, PACK, clock, clock.seconds)


def told(values: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str, str, str]]:
    """(rule, area, colour, state) of what was told."""
    found = (msgspec.json.decode(value, type=Warning) for _, value in values)
    return sorted((w.rule, w.area, w.colour, w.state) for w in found)


def keep(store: Store, values: Iterable[tuple[bytes, bytes]]) -> None:
    """Store what was told, as the warnings topic's agent does."""
    store_batch(store, PACK.areas, "warnings", 0, decode("warnings", [(0, v) for _, v in values]), AT)


def late_events(store: Store, count: int, start: int = 0) -> None:
    """Events of the first village whose deadline passed an hour before AT."""
    due = {"due_at": "2026-03-10T15:00:00+08:00"}
    at = "2026-03-10T15:59:00+08:00"
    small.stored(
        store, "events", [event(n, "reported", at, **due) for n in range(start, start + count)], PACK
    )
    rollups.refresh(store, PACK)


def test_a_warning_is_raised_recoloured_and_cleared_each_once(store: Store) -> None:
    clock = Hand()
    late_events(store, 2)
    watching = watch(store, clock)
    closed = [event(n, "closed", "2026-03-10T16:10:00+08:00") for n in range(3)]
    seen = []
    for change in (
        lambda: None,
        lambda: None,
        lambda: late_events(store, 1, 2),
        lambda: None,
        lambda: small.stored(store, "events", closed, PACK),
        lambda: rollups.refresh(store, PACK),
        lambda: None,
    ):
        change()
        values = watching.changes()
        keep(store, values)
        seen.append(told(values))
        clock.pass_(5)
    assert seen == [
        [("overdue", "370403001", "blue", "raised")], [],
        [("overdue", "370403001", "yellow", "raised")], [],
        [], [("overdue", "370403001", "yellow", "cleared")], [],
    ]  # fmt: skip


def test_a_restarted_watch_repeats_nothing_that_is_stored(store: Store) -> None:
    clock = Hand()
    late_events(store, 2)
    keep(store, watch(store, clock).changes())
    clock.pass_(5)
    assert watch(store, clock).changes() == []


@pytest.mark.parametrize("speed", [1, 60, 600])
def test_what_is_told_but_not_yet_stored_is_not_told_again_however_fast_a_replay_runs(
    store: Store, speed: int
) -> None:
    clock = Hand()
    late_events(store, 2)
    watching = watch(store, clock)
    values = watching.changes()
    clock.pass_(minutes=speed * 5 / 60, wall=5)
    assert (told(values), told(watching.changes())) == ([("overdue", "370403001", "blue", "raised")], [])


def test_what_was_told_and_never_stored_is_told_again_after_two_minutes(store: Store) -> None:
    clock = Hand()
    late_events(store, 2)
    watching = watch(store, clock)
    lost = watching.changes()
    clock.pass_(wall=121)
    assert told(watching.changes()) == told(lost)


def test_a_double_after_a_restart_is_cleared_at_the_next_look(store: Store) -> None:
    clock = Hand()
    late_events(store, 2)
    first = watch(store, clock).changes()
    clock.pass_(1)
    second = watch(store, clock).changes()  # restarted before the first was stored
    keep(store, first)
    keep(store, second)
    clock.pass_(1)
    watching = watch(store, clock)
    values = watching.changes()
    assert told(values) == [("overdue", "370403001", "blue", "cleared")]
    keep(store, values)
    clock.pass_(1)
    assert [w.warning_id for w in shown(store, clock.at)] == ["overdue/370403001/litter/1773129600000"]
    assert watching.changes() == []


def test_devices_and_feeds_are_watched_too(store: Store) -> None:
    clock = Hand()
    small.stored(
        store, "cameras", [beat(device, "2026-03-10T14:00:00+08:00", "offline") for device in "abc"], PACK
    )
    small.stored(store, "events", [event(1, "reported", "2026-03-10T09:59:59+08:00")], PACK)
    assert told(watch(store, clock).changes()) == [
        ("devices_offline", "370403001", "red", "raised"),
        ("feed_silent", "370403", "red", "raised"),
        ("feed_silent", "370403", "yellow", "raised"),
    ]


# What is shown -------------------------------------------------------------------------------------------------------


def shown(store: Store, at: datetime) -> list[Any]:
    return StoreReadings(store, PACK).warnings("370403", at)


def act(store: Store, action: str, minute: int, warning_id: str) -> None:
    """An operator's action so many minutes after AT."""
    at = (AT + timedelta(minutes=minute)).isoformat()
    message = {"warning_id": warning_id, "action": action, "by": "district desk", "at": at}
    small.stored(store, "actions", [message], PACK)


def test_actions_change_the_state_shown_and_comments_do_not(store: Store) -> None:
    late_events(store, 2)
    keep(store, watch(store, Hand()).changes())
    (warning,) = shown(store, LATER)
    for minute, action in ((1, "acknowledge"), (2, "comment"), (3, "handle"), (4, "clear")):
        act(store, action, minute, warning.warning_id)
    states = {
        minute: [w.state for w in shown(store, AT + timedelta(minutes=minute, seconds=1))]
        for minute in range(5)
    }
    assert states == {0: ["raised"], 1: ["acknowledged"], 2: ["acknowledged"], 3: ["handled"], 4: []}
    assert shown(store, AT) == []  # raised at that very instant: not known before it


def test_what_an_operator_cleared_is_not_raised_again_while_it_lasts(store: Store) -> None:
    clock = Hand()
    late_events(store, 2)
    values = watch(store, clock).changes()
    keep(store, values)
    act(store, "clear", 1, msgspec.json.decode(values[0][1], type=Warning).warning_id)
    clock.pass_(5)
    assert watch(store, clock).changes() == []
    assert shown(store, clock.at) == []
