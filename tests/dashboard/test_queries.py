"""The panels' queries over a few cases told by hand, and that no query tells anything of another area."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from dashboard.queries import StoreReadings, look
from dashboard.readings import (
    CameraPanel,
    DayCount,
    Feed,
    Funnel,
    Heat,
    MediationPanel,
    NetworkState,
    OfflineDevice,
    Only,
    Repeats,
    WarningRow,
    unassigned_key,
)
from schemas.clickhouse import Store
from schemas.contracts import Topic
from schemas.emergency import Emergency
from schemas.windows import WindowName
from streams import rollups
from tests.support import small
from tests.support.asked import AskedStore
from tests.support.small import Message, beat, dispute, event
from tests.support.store import fresh_store

#: Tuesday 10 March 2026, 16:00 in the pack's zone.
AT = datetime(2026, 3, 10, 8, tzinfo=UTC)
PACK = small.pack()
LINCHENG, SHAGOU, ALL = "370403001", "370403002", "370403"


def local(day: int, hour: int, minute: int = 0) -> str:
    return f"2026-03-{day:02d}T{hour:02d}:{minute:02d}:00+08:00"


def case(number: int, day: int, hour: int, closed: str | None = None, **fields: Any) -> list[dict[str, Any]]:
    """An event reported at that local time and, perhaps, closed."""
    fields |= {"reported_at": local(day, hour)}
    stages = [("reported", local(day, hour))] + ([("closed", closed)] if closed else [])
    return [event(number, stage, at, **fields) for stage, at in stages]


EVENTS = [
    *case(1, 8, 9, closed=local(9, 1)),
    *case(2, 8, 9, area="370403001002"),
    *case(3, 9, 23, category="noise", closed=local(10, 15)),
    *case(4, 10, 0, area=SHAGOU),
    *case(5, 10, 9, area=SHAGOU, closed=local(10, 10)),
    event(5, "reopened", local(10, 11), area=SHAGOU, reported_at=local(10, 9)),
    *case(6, 10, 12, area="370403"),
    event(6, "withdrawn", local(10, 13), area="370403", reported_at=local(10, 12)),
    *case(7, 10, 16),  # at that very instant: not yet known
]
MEDIATION = [
    dispute(1, "registered", local(1, 8), triage="red"),
    dispute(1, "succeeded", local(5, 8)),
    dispute(2, "registered", local(1, 8), area=SHAGOU, triage="blue"),
    dispute(2, "failed", local(5, 8), area=SHAGOU),
    dispute(3, "registered", local(1, 8), dispute_type="noise"),
    dispute(3, "succeeded", local(10, 16), dispute_type="noise"),
    dispute(4, "registered", local(1, 8), area=SHAGOU),
    dispute(4, "withdrawn", local(2, 8), area=SHAGOU),
]
CAMERAS = [
    beat("a", local(10, 15, 58), network="xueliang"),
    beat("b", local(10, 15, 50), network="xueliang"),
    beat("c", local(10, 15, 0), "online", area=SHAGOU, network="traffic"),
    beat("c", local(10, 15, 59), "fault", area=SHAGOU, network="traffic"),
    beat("d", local(9, 15, 0), "offline", area=SHAGOU),
    beat("e", local(10, 16, 0), network="xueliang"),  # not yet heard of
]


def warning(name: str, area: str, colour: str, minutes: int, **fields: Any) -> dict[str, Any]:
    """A warning raised so many minutes before AT."""
    at = (AT - timedelta(minutes=minutes)).isoformat()
    given = {
        "warning_id": name, "area": area, "category": "litter", "colour": colour, "state": "raised", "raised_at": at,
        "window": "24h", "observed": 5, "expected": 2.5, "rule": "overdue", "updated_at": at,
    }  # fmt: skip
    return given | fields


WARNINGS = [
    warning("blue", LINCHENG, "blue", 5),
    warning("red", SHAGOU, "red", 60),
    warning("old", LINCHENG, "yellow", 90),
    warning("old", LINCHENG, "red", 90, updated_at=local(10, 15, 30), observed=9),
    warning("gone", SHAGOU, "red", 50),
    warning("gone", SHAGOU, "red", 50, updated_at=local(10, 15, 45), state="cleared", found=False),
    warning("later", SHAGOU, "red", 0),
]


ACTIONS = [
    {
        "warning_id": f"emergency:{area}",
        "action": f"{what}_emergency",
        "by": "district",
        "at": local(10, hour),
    }
    | end
    for area, what, hour, end in (
        (SHAGOU, "begin", 15, {"until": local(10, 17)}),
        (LINCHENG, "begin", 14, {}),
        (LINCHENG, "end", 15, {}),
    )
]
SAID: dict[Topic, list[dict[str, Any]]] = {
    "events": EVENTS, "mediation": MEDIATION, "cameras": CAMERAS, "warnings": WARNINGS,
}  # fmt: skip


@pytest.fixture(scope="module")
def store(engine: Path) -> Iterator[Store]:
    with fresh_store(engine) as store:
        for topic, messages in SAID.items():
            small.stored(store, topic, messages, PACK)
        small.stored(store, "actions", ACTIONS, PACK)
        rollups.refresh(store, PACK)
        yield store


@pytest.fixture(scope="module")
def readings(store: Store) -> StoreReadings:
    return StoreReadings(store, PACK)


# Panels --------------------------------------------------------------------------------------------------------------


def test_the_trend_counts_reports_and_closings_by_local_day(readings: StoreReadings) -> None:
    assert readings.trend(ALL, AT, days=4) == [
        DayCount(date(2026, 3, 7), 0, 0),
        DayCount(date(2026, 3, 8), 2, 0),
        DayCount(date(2026, 3, 9), 1, 1),
        DayCount(date(2026, 3, 10), 2, 2),
    ]
    assert readings.trend(SHAGOU, AT, days=1) == [DayCount(date(2026, 3, 10), 2, 1)]


def test_the_trend_of_an_earlier_time_is_as_it_stood(readings: StoreReadings) -> None:
    earlier = datetime(
        2026, 3, 10, 4, 30, tzinfo=UTC
    )  # 12:30 local: event 6 not yet withdrawn, 3 not yet closed
    assert readings.trend(ALL, earlier, days=2) == [
        DayCount(date(2026, 3, 9), 1, 1), DayCount(date(2026, 3, 10), 3, 1),
    ]  # fmt: skip


def test_heat_counts_by_local_hour_and_category_greatest_first(readings: StoreReadings) -> None:
    def hours(**counts: int) -> tuple[int, ...]:
        return tuple(counts.get(f"h{hour}", 0) for hour in range(24))

    assert readings.heat(ALL, "7d", AT) == Heat(
        ("litter", "noise"), (hours(h0=1, h9=3), hours(h23=1))
    )  # fmt: skip
    assert readings.heat(ALL, "7d", AT, top=1) == Heat(("litter",), (hours(h0=1, h9=3),))
    assert readings.heat(ALL, "today", AT) == Heat(("litter",), (hours(h0=1, h9=1),))
    assert readings.heat("370403001002", "today", AT) == Heat((), ())


def test_cameras_are_counted_by_network_and_those_longest_away_listed(readings: StoreReadings) -> None:
    b = OfflineDevice("b", "370403001001", "xueliang", "silent", datetime(2026, 3, 10, 7, 50, tzinfo=UTC))
    c = OfflineDevice("c", SHAGOU, "traffic", "fault", datetime(2026, 3, 10, 7, tzinfo=UTC))
    d = OfflineDevice("d", SHAGOU, "", "offline", None)
    traffic, unnamed = NetworkState("traffic", 1, 0), NetworkState("", 1, 0)
    assert readings.cameras(ALL, AT) == CameraPanel(
        (NetworkState("xueliang", 2, 1), unnamed, traffic), (d, c, b)
    )
    assert readings.cameras(SHAGOU, AT, worst=1) == CameraPanel((unnamed, traffic), (d,))
    assert readings.cameras(ALL, datetime(2026, 3, 9, tzinfo=UTC)) == CameraPanel((), ())


def test_mediation_is_counted_by_triage_and_type_each_by_outcome(readings: StoreReadings) -> None:
    assert readings.mediation(ALL, "mtd", AT) == MediationPanel(
        {"red": {"succeeded": 1}, "blue": {"failed": 1}, "": {"": 1}},
        {"wages": {"succeeded": 1, "failed": 1}, "noise": {"": 1}},
    )
    assert readings.mediation(SHAGOU, "mtd", AT) == MediationPanel(
        {"blue": {"failed": 1}}, {"wages": {"failed": 1}}
    )
    assert readings.mediation(ALL, "7d", AT) == MediationPanel({}, {})


def test_warnings_stand_red_first_then_newest(readings: StoreReadings) -> None:
    listed = {row.warning_id: row for row in readings.warnings(ALL, AT)}
    assert list(listed) == ["red", "old", "blue"]
    assert listed["red"] == WarningRow(
        warning_id="red", area=SHAGOU, category="litter", rule="overdue", colour="red", state="raised",
        raised_at=AT - timedelta(minutes=60), observed=5.0, expected=2.5, window="24h",
        since=AT - timedelta(minutes=60), escalated=1, level="district",
    )  # fmt: skip
    old, blue = listed["old"], listed["blue"]
    assert (old.colour, old.observed, old.raised_at) == ("red", 9.0, AT - timedelta(minutes=90))
    assert (old.escalated, old.acknowledge_by) == (1, None)
    assert readings.warnings(ALL, AT, limit=1) == [listed["red"]]
    assert readings.warnings(LINCHENG, AT) == [old, blue]
    earlier = readings.warnings(ALL, AT - timedelta(minutes=40))
    assert [(w.warning_id, w.colour) for w in earlier] == [("gone", "red"), ("red", "red"), ("old", "yellow")]


def test_emergencies_are_told_from_the_actions(readings: StoreReadings) -> None:
    assert dict(readings.emergencies(AT)) == {
        SHAGOU: Emergency(SHAGOU, AT - timedelta(hours=1), "district", AT + timedelta(hours=1), "")
    }
    assert dict(readings.emergencies(AT + timedelta(hours=1))) == {}


def test_sources_tell_their_newest_message_the_silent_ones_first(readings: StoreReadings) -> None:
    found = readings.sources(AT)
    assert [(one.topic, one.last_at) for one in found] == sorted(
        ((one.topic, one.last_at) for one in found), key=lambda one: one[1]
    )
    assert {one.topic for one in found} == {"events", "mediation"}
    assert max(one.last_at for one in found) < AT


def test_a_report_soon_after_one_of_the_same_area_and_category_is_told_as_a_repeat(engine: Path) -> None:
    with fresh_store(engine) as store:
        minutes = ((1, 9, 0, "litter"), (2, 9, 40, "litter"), (3, 9, 41, "noise"), (4, 10, 50, "litter"))
        told = [
            event(n, "reported", local(10, hour, minute), reported_at=local(10, hour, minute), category=what)
            for n, hour, minute, what in minutes
        ]
        small.stored(store, "events", told, PACK)
        rollups.refresh(store, PACK)
        (found,) = StoreReadings(store, PACK).repeats(ALL, AT).values()
    assert found == Repeats(4, 1)


def test_incidents_are_the_open_events_of_the_categories_nearest_to_their_deadline(
    readings: StoreReadings,
) -> None:
    since = AT - timedelta(hours=8)
    found = readings.incidents(ALL, AT, ("litter",), since)
    assert (found.open, found.overdue, found.fresh) == (3, 0, 1)
    assert [(one.area, one.reported_at) for one in found.nearest] == [
        (SHAGOU, datetime(2026, 3, 10, 1, tzinfo=UTC)),
        (SHAGOU, datetime(2026, 3, 9, 16, tzinfo=UTC)),
        ("370403001002", datetime(2026, 3, 8, 1, tzinfo=UTC)),
    ]
    assert readings.incidents(LINCHENG, AT, ("noise",), since).open == 0
    assert readings.incidents(LINCHENG, AT, (), since).open == 0


def test_feeds_tell_their_first_and_newest_message(readings: StoreReadings) -> None:
    feeds = {feed.topic: feed for feed in readings.feeds(AT)}
    assert list(feeds) == ["events", "mediation", "cameras", "statistics", "actions"]
    first, last = datetime(2026, 3, 8, 1, tzinfo=UTC), datetime(2026, 3, 10, 7, tzinfo=UTC)
    assert feeds["events"] == Feed("events", first, last)
    assert feeds["statistics"] == Feed("statistics", None, None)


def test_a_feed_is_told_as_it_was_known_at_the_time(readings: StoreReadings) -> None:
    def known(at: datetime) -> dict[str, tuple[datetime | None, datetime | None]]:
        return {feed.topic: (feed.first_at, feed.last_at) for feed in readings.feeds(at)}

    first, last = known(AT)["events"]
    assert first is not None
    assert last is not None
    assert known(first)["events"] == (None, None)
    assert known(first + timedelta(milliseconds=1))["events"] == (first, first)
    first, last = known(AT)["cameras"]
    assert first is not None
    assert last is not None
    before = known(last)["cameras"][1]
    assert before is None or before < last


TIMES = [datetime(2026, 3, 9, 23, 59, 59, tzinfo=UTC)]
TIMES += [
    datetime(2026, 3, 10, hour, minute, tzinfo=UTC) for hour, minute in ((5, 0), (7, 10), (7, 50), (9, 0))
]


@pytest.mark.parametrize("topic", ["events", "mediation", "cameras"])
def test_the_newest_message_of_a_feed_is_the_last_one_before_the_time(engine: Path, topic: Topic) -> None:
    """Also within an hour of which one message came before and one after it."""
    made: dict[str, Callable[[str], Message]] = {
        "events": lambda at: event(at, "reported", at),
        "mediation": lambda at: dispute(at, "registered", at),
        "cameras": lambda at: beat("1", at),
    }
    told = [made[topic](at.isoformat()) for at in TIMES]
    moments = [at + timedelta(milliseconds=step) for at in TIMES for step in (-1, 0, 1, 1_200_000)]
    with fresh_store(engine) as store:
        small.stored(store, topic, told, PACK)
        readings = StoreReadings(store, PACK)
        found = {
            moment: next(feed.last_at for feed in readings.feeds(moment) if feed.topic == topic)
            for moment in moments
        }
    assert found == {moment: max((at for at in TIMES if at < moment), default=None) for moment in moments}


def test_the_pipeline_is_unknown_until_a_worker_spoke(readings: StoreReadings) -> None:
    assert readings.pipeline() is None


# Scope ---------------------------------------------------------------------------------------------------------------


def everything(readings: StoreReadings, scope: str) -> list[Any]:
    """All that a viewer of an area can be told."""
    windows: tuple[WindowName, ...] = ("7d", "mtd")
    boards = [readings.board(scope, window, AT) for window in windows]
    figures = [{slot: dict(board.figures[slot]) for slot in board.figures} for board in boards]
    panels = [
        readings.trend(scope, AT),
        [readings.heat(scope, window, AT) for window in windows],
        readings.cameras(scope, AT),
        [readings.mediation(scope, window, AT) for window in windows],
        readings.warnings(scope, AT),
    ]
    return [figures, panels]


def test_a_viewer_of_one_town_is_told_nothing_from_outside(readings: StoreReadings, engine: Path) -> None:
    def within(message: dict[str, Any]) -> bool:
        return message["area"].startswith(LINCHENG)  # type: ignore[no-any-return]

    # The same town in a store that never heard of any other; one word of elsewhere a topic says that the feeds began.
    with fresh_store(engine) as alone:
        elsewhere: dict[Topic, list[dict[str, Any]]] = {
            "events": case(99, 8, 9, area=SHAGOU),
            "mediation": [dispute(99, "registered", local(1, 8), area=SHAGOU)],
            "cameras": [beat("z", local(9, 15), area=SHAGOU)],
        }
        for topic, messages in SAID.items():
            mine = [m for m in messages if within(m)] + elsewhere.get(topic, [])
            small.stored(alone, topic, mine, PACK)
        rollups.refresh(alone, PACK)
        assert everything(readings, LINCHENG) == everything(StoreReadings(alone, PACK), LINCHENG)


def test_a_board_holds_the_areas_of_its_scope_and_no_others(readings: StoreReadings) -> None:
    assert set(readings.board(LINCHENG, "7d", AT).figures) == {
        LINCHENG, "370403001001", "370403001002", unassigned_key(LINCHENG),
    }  # fmt: skip
    with pytest.raises(KeyError):
        readings.board(LINCHENG, "7d", AT).figures[SHAGOU]


def test_a_scope_agrees_with_the_same_area_of_a_wider_one(readings: StoreReadings) -> None:
    wide, narrow = readings.board(ALL, "7d", AT), readings.board(LINCHENG, "7d", AT)
    for slot in narrow.figures:
        assert msgspec.to_builtins(dict(narrow.figures[slot])) == msgspec.to_builtins(
            dict(wide.figures[slot])
        )


def test_an_area_that_is_none_is_no_scope(readings: StoreReadings) -> None:
    with pytest.raises(KeyError):
        readings.trend("'; DROP TABLE event_days; --", AT)
    assert readings.trend(ALL, AT, days=1) == [DayCount(date(2026, 3, 10), 2, 2)]


def test_the_last_hours_stand_beside_the_usual_ones(readings: StoreReadings) -> None:
    hours = readings.hours(ALL, AT)
    counted = {at.astimezone(PACK.zone).strftime("%d %H"): n for at, n in hours.recent if n}
    assert (len(hours.recent), counted) == (24, {"09 23": 1, "10 00": 1, "10 09": 1})
    assert hours.usual == (None,) * 24
    assert {(d, h): n for d, row in enumerate(hours.week) for h, n in enumerate(row) if n} == {
        (6, 9): 2, (0, 23): 1, (1, 0): 1, (1, 9): 1,
    }  # fmt: skip


def test_the_usual_hours_are_the_mean_of_the_weeks_that_have_events(readings: StoreReadings) -> None:
    later = readings.hours(ALL, AT + timedelta(days=5))  # Sunday: a week after the 8th
    usual = {
        at.astimezone(PACK.zone).hour: value for (at, _), value in zip(later.recent, later.usual, strict=True)
    }
    assert {hour: value for hour, value in usual.items() if value} == {9: 2.0}


def test_the_matrix_adds_up_to_the_reported_events_of_the_children(readings: StoreReadings) -> None:
    matrix = readings.matrix(ALL, "7d", AT)
    board = readings.board(ALL, "7d", AT)
    assert [sum(row) for row in matrix.counts] == [
        board.reading(area, "events_reported").value for area in matrix.areas
    ]
    assert matrix.areas == tuple(area.code for area in PACK.areas.children(ALL))
    assert set(readings.matrix(LINCHENG, "7d", AT).areas) == {a.code for a in PACK.areas.children(LINCHENG)}


def test_a_day_of_a_course_is_the_figure_of_that_day(readings: StoreReadings) -> None:
    courses = readings.courses(ALL, AT, days=3)
    assert courses["events_reported"] == (None, 2, 1)  # the first message came on the 8th
    assert courses["closing_rate"] == (None, 0.5, 1.0)
    assert courses["events_closed"] == (None, 0, 1)
    noise = readings.courses(ALL, AT, days=3, only=Only(("noise",)))
    assert (noise["events_reported"], noise["backlog"]) == ((None, 0, 1), (None, 0, 1))


def test_the_funnel_counts_each_step_by_colour(readings: StoreReadings) -> None:
    found = readings.funnel(ALL, "30d", AT)
    assert found["red"] == Funnel(registered=1, accepted=1, settled=1, succeeded=1)
    assert found["blue"] == Funnel(registered=1, accepted=1, settled=1, succeeded=0)
    assert found[""] == Funnel(registered=1, accepted=0, settled=0, succeeded=0)


def test_a_filter_of_everything_is_no_filter(readings: StoreReadings) -> None:
    every = Only(tuple(sorted({row["category"] for row in EVENTS})))
    for window in ("today", "7d"):
        plain, filtered = readings.board(ALL, window, AT), readings.board(ALL, window, AT, every)
        assert [dict(filtered.figures[code]) for code in plain.figures] == [
            dict(plain.figures[code]) for code in plain.figures
        ]
    assert readings.trend(ALL, AT, 4, only=every) == readings.trend(ALL, AT, 4)
    assert readings.heat(ALL, "7d", AT, only=every) == readings.heat(ALL, "7d", AT)


def test_a_filter_keeps_its_events_and_leaves_other_topics_alone(readings: StoreReadings) -> None:
    noise = readings.board(ALL, "7d", AT, Only(("noise",)))
    assert noise.reading(ALL, "events_reported").value == 1
    assert noise.reading(ALL, "closing_rate").value == 1.0
    assert noise.reading(SHAGOU, "backlog").value == 0
    assert noise.reading(ALL, "online_rate") == readings.board(ALL, "7d", AT).reading(ALL, "online_rate")
    assert readings.board(ALL, "7d", AT, Only((), "nobody")).reading(ALL, "events_reported").value == 0
    assert readings.heat(ALL, "7d", AT, only=Only(("noise",))).categories == ("noise",)


def test_what_had_not_begun_by_then_is_not_asked_for(store: Store) -> None:
    """Events began on the 8th: of a month and of a year before nothing is known, and nothing is looked for."""
    asked = AskedStore(store.url)
    board = StoreReadings(asked, PACK).board(ALL, "30d", AT)
    first = datetime(2026, 3, 8, 1, tzinfo=UTC)
    topics = {"events", "mediation"}
    assert [
        bound["topic"]
        for _, bound in asked.asked
        if bound.get("topic") in topics and bound.get("at", AT) <= first
    ] == []
    reading = board.reading(ALL, "events_reported")
    assert (reading.value, reading.previous, reading.year_ago) == (5, None, None)
    asked.close()


def test_a_look_after_nothing_was_written_asks_nothing(store: Store) -> None:
    asked = AskedStore(store.url)
    readings = StoreReadings(asked, PACK)
    first = readings.news()
    many = len(asked.asked)
    assert readings.news() == first
    assert len(asked.asked) == many
    rollups.mark(store, "events", [AT])
    rollups.refresh(store, PACK)
    assert readings.news() != first
    asked.close()


def test_a_tick_stands_on_the_look_for_news_just_before_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(look, "time", SimpleNamespace(monotonic=lambda: now[0]))
    asked = AskedStore(store.url)
    readings = StoreReadings(asked, PACK, keep=10)

    def pulses(after: float) -> int:
        """How often the next look at the store takes the pulse, so many seconds after news were looked for."""
        readings.news()
        rollups.mark(store, "events", [AT])
        now[0] += after
        before = len(asked.asked)
        readings.quarantined()
        return sum("system.parts" in sql for sql, _ in asked.asked[before:])

    assert (pulses(0.04), pulses(2.0)) == (0, 1)
    asked.close()
