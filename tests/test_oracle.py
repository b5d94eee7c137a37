"""The oracle against examples worked out by hand, one for each rule of semantics.md."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.oracle import Figure, Oracle, OracleAreas
from tests.support.oracle.clock import EPOCH, MILLISECOND, WINDOWS, Clock, Span, millis
from tests.support.oracle.figure import Number, three_digits

DISTRICT, TOWN, OTHER_TOWN = "370403", "370403001", "370403002"
VILLAGE, OTHER_VILLAGE = "370403001001", "370403001002"
PARENT: dict[str, str | None] = {
    DISTRICT: None,
    TOWN: DISTRICT,
    OTHER_TOWN: DISTRICT,
    VILLAGE: TOWN,
    OTHER_VILLAGE: TOWN,
}
POPULATION: dict[str, int | None] = {DISTRICT: 30_000, TOWN: 20_000, VILLAGE: 0}
AREAS = OracleAreas(PARENT, POPULATION, nested=True)
SHANGHAI, NEW_YORK = "Asia/Shanghai", "America/New_York"
EVENTS = {
    *("events_reported", "closing_rate", "on_time_rate", "reopen_rate", "in_grid_rate", "satisfaction"),
    *("handling_time_median", "handling_time_p90", "closed_before_reported", "events_withdrawn"),
    *("events_closed", "backlog", "overdue_open", "events_per_10k"),
}
MEDIATION = {
    *("mediation_registered", "mediation_accepted", "mediation_succeeded", "mediation_failed"),
    *("mediation_success_rate", "mediation_open", "mediation_escalated", "mediation_duration_median"),
}
CAMERAS = {"cameras_registered", "cameras_online", "online_rate", "offline_over_24h", "availability"}
STOCK = {"backlog", "overdue_open", "mediation_open"} | CAMERAS - {"availability"}
EVENT_STAGES = (
    *("reported", "accepted", "dispatched", "handled", "verified"),
    *("closed", "reopened", "extended", "withdrawn"),
)
MEDIATION_STAGES = (
    *("registered", "accepted", "assigned", "mediating", "escalated"),
    *("succeeded", "failed", "reopened", "withdrawn"),
)
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
Message = dict[str, Any]


def local(text: str) -> str:
    """A time of 10 May 2024, or a whole local time, as the topics carry it."""
    return f"{text if 'T' in text else f'2024-05-10T{text}'}+08:00"


def when(text: str) -> datetime:
    return datetime.fromisoformat(local(text))


def event(stage: str, at: str, reported: str = "09:00", area: str = VILLAGE, **more: Any) -> Message:
    times = {"at": local(at), "reported_at": local(reported)}
    if "due_at" in more:
        more["due_at"] = more["due_at"] and local(more["due_at"])
    base = {"source": "s", "id": "1", "stage": stage, "area": area, "category": "c", "channel": "web"}
    return {**base, **times, **more}


def case(stage: str, at: str, registered: str = "09:00", area: str = VILLAGE, **more: Any) -> Message:
    times = {"at": local(at), "registered_at": local(registered)}
    base = {"source": "s", "id": "1", "stage": stage, "area": area, "dispute_type": "d", "origin": "o"}
    return {**base, **times, **more}


def camera(status: str, at: str, device: str = "1", area: str = VILLAGE) -> Message:
    return {"device_id": device, "at": local(at), "status": status, "area": area}


def figures(
    topic: str,
    messages: Iterable[Message],
    window: str = "today",
    *,
    at: str = "12:00",
    offline_after: timedelta | None = timedelta(seconds=180),
    areas: OracleAreas = AREAS,
) -> dict[str, dict[str, Figure]]:
    oracle = Oracle(areas, SHANGHAI, offline_after)
    oracle.add(topic, messages)
    return oracle.figures(window, when(at))


def values(topic: str, messages: Iterable[Message], *names: str, at: str = "12:00") -> list[Number]:
    """The values of today for the whole district."""
    district = figures(topic, messages, at=at)[DISTRICT]
    return [district[name].value for name in names]


# Time


def spans(window: str, at: str, zone: str = SHANGHAI) -> list[tuple[str, str]]:
    """The three spans of a window as local times, written without seconds."""
    moment = millis(datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(zone)))
    return [(iso(span.start, zone), iso(span.end, zone)) for span in Clock(zone).spans(window, moment)]


def iso(moment: int, zone: str) -> str:
    text = (EPOCH + moment * MILLISECOND).astimezone(ZoneInfo(zone)).isoformat(timespec="minutes")
    return text if zone == NEW_YORK else text.removesuffix("+08:00")


@pytest.mark.parametrize(
    ("window", "current", "previous", "year_ago"),
    [
        ("today", "2024-05-10T00:00", "2024-05-09T00:00 2024-05-09T12:30", "2023-05-10T00:00"),
        ("7d", "2024-05-04T00:00", "2024-04-27T00:00 2024-05-03T12:30", "2023-05-04T00:00"),
        ("30d", "2024-04-11T00:00", "2024-03-12T00:00 2024-04-10T12:30", "2023-04-11T00:00"),
        ("mtd", "2024-05-01T00:00", "2024-04-01T00:00 2024-04-10T12:30", "2023-05-01T00:00"),
        ("qtd", "2024-04-01T00:00", "2024-01-01T00:00 2024-02-09T12:30", "2023-04-01T00:00"),
        ("ytd", "2024-01-01T00:00", "2023-01-01T00:00 2023-05-11T12:30", "2023-01-01T00:00"),
    ],
)
def test_a_window_its_previous_one_and_a_year_ago(
    window: str, current: str, previous: str, year_ago: str
) -> None:
    now = "2024-05-10T12:30"
    start, end = previous.split()
    assert spans(window, now) == [(current, now), (start, end), (year_ago, "2023-05-10T12:30")]


@pytest.mark.parametrize(
    ("window", "at", "previous"),
    [
        ("mtd", "2024-03-31T12:00", ("2024-02-01T00:00", "2024-03-01T00:00")),
        ("mtd", "2024-01-31T12:00", ("2023-12-01T00:00", "2023-12-31T12:00")),
        ("qtd", "2024-09-30T12:00", ("2024-04-01T00:00", "2024-07-01T00:00")),
        ("qtd", "2024-02-10T12:00", ("2023-10-01T00:00", "2023-11-10T12:00")),
        ("ytd", "2024-12-31T12:00", ("2023-01-01T00:00", "2024-01-01T00:00")),
    ],
)
def test_previous_of_a_period_to_date_ends_at_most_where_the_period_begins(
    window: str, at: str, previous: tuple[str, str]
) -> None:
    assert spans(window, at)[1] == previous


def test_a_year_before_29_february_is_28_february_at_either_end() -> None:
    assert spans("today", "2024-02-29T12:00")[2] == ("2023-02-28T00:00", "2023-02-28T12:00")
    assert spans("7d", "2024-03-06T12:00")[2] == ("2023-02-28T00:00", "2023-03-06T12:00")


def test_windows_are_local_days_when_the_clocks_change() -> None:
    spring, autumn = "2024-03-10T12:00", "2024-11-03T12:00"
    assert spans("today", spring, NEW_YORK)[0] == ("2024-03-10T00:00-05:00", "2024-03-10T12:00-04:00")
    assert spans("today", autumn, NEW_YORK)[0] == ("2024-11-03T00:00-04:00", "2024-11-03T12:00-05:00")
    assert spans("mtd", "2024-11-10T12:00", NEW_YORK) == [
        ("2024-11-01T00:00-04:00", "2024-11-10T12:00-05:00"),
        ("2024-10-01T00:00-04:00", "2024-10-10T12:00-04:00"),
        ("2023-11-01T00:00-04:00", "2023-11-10T12:00-05:00"),
    ]


def test_a_skipped_or_repeated_local_time_is_read_with_the_offset_before_the_change() -> None:
    after_spring, after_autumn = "2024-03-11T02:30", "2024-11-04T01:30"
    assert spans("today", after_spring, NEW_YORK)[1] == ("2024-03-10T00:00-05:00", "2024-03-10T03:30-04:00")
    assert spans("today", after_autumn, NEW_YORK)[1] == ("2024-11-03T00:00-04:00", "2024-11-03T01:30-04:00")


def test_each_of_two_repeated_hours_is_a_whole_hour_of_its_own() -> None:
    twice = [millis(datetime(2024, 11, 3, hour, 30, tzinfo=UTC)) for hour in (5, 6)]
    assert [iso(Clock(NEW_YORK).whole_hour(at), NEW_YORK) for at in twice] == [
        "2024-11-03T01:00-04:00",
        "2024-11-03T01:00-05:00",
    ]
    assert iso(Clock("Asia/Kolkata").whole_hour(twice[0]), NEW_YORK) == "2024-11-03T01:30-04:00"


def test_a_day_of_23_hours_is_counted_by_its_local_midnight() -> None:
    oracle = Oracle(AREAS, NEW_YORK)
    for number, at in enumerate(("2024-03-10T04:59:59.998Z", "2024-03-10T05:00:00Z", "2024-03-11T03:59:59Z")):
        oracle.add("events", [event("reported", "09:00", id=str(number)) | {"at": at, "reported_at": at}])
    got = oracle.figures("today", datetime(2024, 3, 11, 4, 0, tzinfo=UTC) - timedelta(milliseconds=1))
    assert got[DISTRICT]["events_reported"] == Figure(2, 2, None, 1, None)


def test_a_window_holds_its_start_and_not_its_end() -> None:
    assert [moment in Span(5, 7) for moment in (4, 5, 6, 7)] == [False, True, True, False]
    messages = [
        event("reported", "2024-05-09T23:59:59.999", "2024-05-09T23:59:59.999", id="before"),
        event("reported", "00:00", "00:00", id="first"),
        event("reported", "11:59:59.999", "11:59:59.999", id="last"),
        event("reported", "12:00", "12:00", id="after"),
    ]
    assert values("events", messages, "events_reported", "backlog") == [2, 3]


def test_a_case_is_known_by_the_times_of_its_messages_and_not_by_reported_at() -> None:
    late = event("reported", "12:00", "09:00")
    assert values("events", [event("reported", "08:00", "08:00", id="0"), late], "events_reported") == [1]
    assert values("events", [late], "events_reported", at="12:00:00.001") == [1]


def test_times_are_floored_to_the_millisecond() -> None:
    messages = [event("reported", "11:59:59.9999"), event("closed", "11:59:59.9999")]
    assert values("events", messages, "events_reported", "events_closed", at="11:59:59.999") == [None, None]
    assert values("events", messages, "events_reported", "events_closed") == [1, 1]


def test_a_time_without_offset_is_refused() -> None:
    oracle = Oracle(AREAS, SHANGHAI)
    with pytest.raises(ValueError, match="without offset"):
        oracle.add("events", [event("reported", "09:00") | {"at": "2024-05-10T09:00:00"}])
    with pytest.raises(ValueError, match="without offset"):
        oracle.figures("today", when("12:00").replace(tzinfo=None))


def test_previous_and_year_ago_are_as_it_stood_then() -> None:
    """Closed after T′, a case of the window before was still open at T′."""
    messages = [
        event("reported", "2023-05-10T09:00", "2023-05-10T09:00"),
        event("closed", "2023-05-10T11:00", "2023-05-10T09:00"),
        event("reported", "2024-05-09T09:00", "2024-05-09T09:00"),
        event("closed", "2024-05-09T12:00", "2024-05-09T09:00"),
        event("reported", "09:00"),
        event("closed", "10:00"),
        event("reported", "09:30", "09:30"),
    ]
    assert figures("events", messages)[DISTRICT]["closing_rate"] == Figure(0.5, 1, 2, 0.0, 1.0)
    assert figures("events", messages)[DISTRICT]["events_closed"] == Figure(1, 1, None, 0, 1)


# Events


def test_every_slot_has_every_indicator() -> None:
    got = figures("events", [event("reported", "09:00")])
    assert set(got) == {*PARENT, f"{DISTRICT}/unassigned", f"{TOWN}/unassigned"}
    assert {frozenset(by_name) for by_name in got.values()} == {frozenset(EVENTS | MEDIATION | CAMERAS)}


def test_a_case_counts_by_its_reported_at_even_if_no_reported_message_came() -> None:
    messages = [event("handled", "10:00"), event("handled", "10:00", "2024-05-09T09:00", id="2")]
    assert values("events", messages, "events_reported", "backlog") == [1, 2]


def test_a_case_is_source_id_and_reported_at() -> None:
    messages = [
        event("reported", "09:00", "09:00"),
        event("reported", "09:00", "09:00") | {"reported_at": "2024-05-10T01:00:00.0009Z"},
        event("reported", "09:00", "09:00:00.001"),
        event("reported", "09:00", id="2"),
        event("reported", "09:00", source="t"),
    ]
    assert values("events", messages, "events_reported") == [4]


def test_a_stage_sent_again_does_not_move() -> None:
    messages = [event("closed", "10:00"), event("closed", "11:00"), event("reported", "09:00")]
    assert values("events", messages, "handling_time_median", "events_closed") == [60, 1]
    earlier = [*messages, event("closed", "09:30")]
    assert values("events", earlier, "handling_time_median", "events_closed") == [30, 1]


def test_each_round_closes_once_and_the_last_closing_stands() -> None:
    messages = [
        event("closed", "10:00"),
        event("reopened", "10:30", round=1),
        event("closed", "11:00", round=1),
    ]
    names = ("events_closed", "closing_rate", "reopen_rate", "handling_time_median", "backlog")
    assert values("events", messages, *names) == [2, 1.0, 1.0, 120, 0]
    assert values("events", messages, *names, at="11:00") == [1, 0.0, 1.0, None, 1]


def test_a_case_reopened_when_it_was_closed_is_closed() -> None:
    equal = [event("closed", "10:00"), event("reopened", "10:00")]
    later = [event("closed", "10:00"), event("reopened", "10:00:00.001")]
    names = ("closing_rate", "reopen_rate", "backlog")
    assert values("events", equal, *names) == [1.0, 1.0, 0]
    assert values("events", later, *names) == [0.0, 1.0, 1]


def test_reopen_rate_is_over_those_with_a_closed_stage() -> None:
    messages = [
        event("reopened", "10:00", id="never closed"),
        event("closed", "10:00", id="closed"),
        event("closed", "10:00", id="again"),
        event("reopened", "11:00", id="again"),
    ]
    assert figures("events", messages)[DISTRICT]["reopen_rate"] == Figure(0.5, 1, 2, None, None)


def test_a_withdrawn_case_is_in_no_figure_but_events_withdrawn() -> None:
    messages = [
        event("reported", "09:00", due_at="09:30", rating=5, handling_level="grid"),
        event("closed", "10:00"),
        event("reopened", "10:10"),
        event("withdrawn", "11:00"),
    ]
    got = figures("events", messages)[TOWN]
    nothing = {name: Figure(None, 0, 0, None, None) for name in EVENTS if name.endswith("_rate")}
    zeros = ("events_reported", "closed_before_reported", "events_closed", "backlog", "overdue_open")
    assert {name: got[name] for name in EVENTS} == nothing | dict.fromkeys(
        zeros, Figure(0, 0, None, None, None)
    ) | {
        "events_withdrawn": Figure(1, 1, None, None, None),
        "satisfaction": Figure(None, 0, 0, None, None),
        "handling_time_median": Figure(None, None, 0, None, None),
        "handling_time_p90": Figure(None, None, 0, None, None),
        "events_per_10k": Figure(0.0, 0, 20_000, None, None),
    }


def test_a_case_is_withdrawn_only_later_than_every_report_and_reopening() -> None:
    names = ("events_withdrawn", "events_reported")
    reported, withdrawn = event("reported", "09:00"), event("withdrawn", "10:00")
    assert values("events", [reported, event("withdrawn", "09:00")], *names) == [0, 1]
    assert values("events", [reported, withdrawn], *names) == [1, 0]
    assert values("events", [reported, withdrawn], *names, at="10:00") == [0, 1]
    assert values("events", [withdrawn], *names) == [1, 0]
    assert values("events", [reported, withdrawn, event("reopened", "10:00")], *names) == [0, 1]
    again = event("reported", "10:30", round=1)
    assert values("events", [reported, withdrawn, again], *names) == [0, 1]
    assert values("events", [reported, withdrawn, again, event("withdrawn", "11:00", round=1)], *names) == [
        1,
        0,
    ]


def test_an_extension_moves_the_deadline() -> None:
    reported, closed = event("reported", "09:00", due_at="10:00"), event("closed", "10:30")
    extended = event("extended", "09:30", due_at="11:00")
    assert values("events", [reported, closed], "on_time_rate") == [0.0]
    assert values("events", [closed, extended, reported], "on_time_rate") == [1.0]
    names = ("overdue_open", "backlog")
    assert values("events", [reported], *names, at="10:30") == [1, 1]
    assert values("events", [reported, extended], *names, at="10:30") == [0, 1]


def test_a_message_without_deadline_leaves_the_one_in_force() -> None:
    reported, verified = event("reported", "09:00", due_at="10:00"), event("verified", "09:30", due_at=None)
    assert values("events", [reported, verified, event("handled", "09:40")], "overdue_open") == [1]


def test_closed_at_the_deadline_is_on_time_and_open_at_the_deadline_is_not_overdue() -> None:
    messages = [event("reported", "09:00", due_at="10:00"), event("closed", "10:00")]
    assert values("events", messages, "on_time_rate") == [1.0]
    assert values("events", messages, "overdue_open", at="10:00") == [0]
    assert values("events", messages[:1], "overdue_open", at="10:00:00.001") == [1]


def test_on_time_rate_is_over_closed_ones_that_have_a_deadline() -> None:
    messages = [
        event("closed", "10:00", id="none"),
        event("closed", "10:00", id="late", due_at="09:59"),
        event("closed", "10:00", id="timely", due_at="10:01"),
        event("handled", "10:00", id="open", due_at="10:01"),
    ]
    assert figures("events", messages)[DISTRICT]["on_time_rate"] == Figure(0.5, 1, 2, None, None)


def where(messages: list[Message], topic: str = "events") -> str:
    """The one leaf that holds the case, whatever the order of arrival."""
    names = {"events": ("events_reported", "events_withdrawn"), "mediation": ("mediation_registered",)}[topic]
    found = set()
    for arrival in (messages, messages[::-1]):
        got = figures(topic, arrival)
        leaves = (VILLAGE, OTHER_VILLAGE, OTHER_TOWN)
        found |= {area for area in leaves for name in names if got[area][name].value}
    assert len(found) == 1, found
    return found.pop()


def test_attributes_are_those_of_the_latest_message() -> None:
    assert where([event("verified", "10:00"), event("accepted", "10:01", area=OTHER_TOWN)]) == OTHER_TOWN


@pytest.mark.parametrize(("earlier", "later"), list(pairwise(EVENT_STAGES)))
def test_at_equal_times_the_later_stage_has_the_attributes(earlier: str, later: str) -> None:
    assert where([event(earlier, "10:00", area=OTHER_TOWN), event(later, "10:00")]) == VILLAGE


def test_at_equal_times_and_stages_the_greater_bytes_have_the_attributes() -> None:
    one, other = event("reported", "09:00"), event("reported", "09:00", area=OTHER_TOWN)
    assert where([one, other]) == OTHER_TOWN
    assert where([one, other | {"AA": "an unknown field sorts before area"}]) == VILLAGE
    assert where([one | {"AA": "é"}, other | {"AA": "z"}]) == VILLAGE  # UTF-8, not escaped


def test_due_at_rating_and_handling_level_are_of_the_latest_message_that_carries_each() -> None:
    messages = [
        event("handled", "09:20", handling_level="village", rating=1),
        event("verified", "09:30", rating=4, due_at="09:59"),
        event("accepted", "09:30", rating=2, due_at="10:01"),
        event("closed", "10:00", handling_level="grid"),
    ]
    names = ("satisfaction", "on_time_rate", "in_grid_rate")
    assert values("events", messages, *names) == [4.0, 0.0, 1.0]


def test_a_case_moved_to_another_area_moves_with_its_history() -> None:
    yesterday = "2024-05-09T09:00"
    messages = [event("reported", yesterday, yesterday), event("accepted", "13:00", yesterday, OTHER_TOWN)]
    got = figures("events", messages)
    assert got[VILLAGE]["events_reported"] == Figure(0, 0, None, 0, None)
    assert got[OTHER_TOWN]["events_reported"] == Figure(0, 0, None, 1, None)
    assert got[OTHER_TOWN]["backlog"] == Figure(1, 1, None, 1, None)


def test_satisfaction_is_the_mean_of_the_ratings_given() -> None:
    messages = [event("verified", "10:00", id=str(rating), rating=rating) for rating in (5, 4, 2)]
    messages.append(event("verified", "10:00", id="none", rating=None))
    assert figures("events", messages)[DISTRICT]["satisfaction"] == Figure(11 / 3, 11, 3, None, None)


def test_in_grid_rate_is_over_closed_ones_with_a_level() -> None:
    messages = [
        event("closed", "10:00", id=str(number), handling_level=level)
        for number, level in enumerate(("grid", "grid", "town", None))
    ]
    messages.append(event("handled", "10:00", id="open", handling_level="town"))
    assert figures("events", messages)[DISTRICT]["in_grid_rate"] == Figure(2 / 3, 2, 3, None, None)


def handled_in(minutes: Iterable[int]) -> list[Message]:
    """Cases reported at midnight and closed so many minutes later."""
    midnight = when("00:00")
    return [
        event("closed", "00:00", "00:00", id=str(number))
        | {"at": (midnight + timedelta(minutes=each)).isoformat()}
        for number, each in enumerate(minutes)
    ]


@pytest.mark.parametrize(
    ("count", "median", "p90"), [(1, 1, 1), (2, 1, 2), (4, 2, 4), (5, 3, 5), (10, 5, 9), (11, 6, 10)]
)
def test_a_quantile_is_the_element_at_the_ceiling(count: int, median: int, p90: int) -> None:
    got = figures("events", handled_in(range(count, 0, -1)))[DISTRICT]
    assert got["handling_time_median"] == Figure(median, None, count, None, None)
    assert got["handling_time_p90"] == Figure(p90, None, count, None, None)


def test_minutes_are_whole_and_cut_down_to_three_digits() -> None:
    numbers = (0, 7, 999, 1_234, 1_239, 12_345, 129_999)
    assert [three_digits(number) for number in numbers] == [0, 7, 999, 1_230, 1_230, 12_300, 129_000]
    got = figures("events", handled_in([1_239]), "7d", at="2024-05-11T12:00")[DISTRICT]
    assert got["handling_time_median"] == Figure(1_230, None, 1, None, None)
    assert values("events", [event("closed", "09:01:59.999")], "handling_time_p90") == [1]


def test_closed_before_reported_is_counted_and_has_no_handling_time() -> None:
    messages = [
        event("closed", "08:59:59.999", id="before"),
        event("closed", "09:00", id="equal"),
    ]
    names = ("closed_before_reported", "handling_time_median", "closing_rate")
    assert values("events", messages, *names) == [1, 0, 1.0]


def test_events_closed_counts_by_the_day_of_the_closing() -> None:
    yesterday = "2024-05-09T09:00"
    messages = [
        event("closed", "2024-05-09T10:00", yesterday),
        event("reopened", "09:00", yesterday),
        event("closed", "10:00", yesterday, round=1),
    ]
    got = figures("events", messages)[DISTRICT]
    assert got["events_closed"] == Figure(1, 1, None, 1, None)
    assert got["events_reported"] == Figure(0, 0, None, 1, None)


def test_events_per_10k_is_by_population_and_null_without_one() -> None:
    got = figures("events", [event("reported", "09:00"), event("reported", "09:00", id="2")])
    assert {slot: by_name["events_per_10k"] for slot, by_name in got.items()} == {
        DISTRICT: Figure(2 * 10_000 / 30_000, 2, 30_000, None, None),
        TOWN: Figure(1.0, 2, 20_000, None, None),
        VILLAGE: Figure(None, 2, None, None, None),
        OTHER_TOWN: Figure(None, 0, None, None, None),
        OTHER_VILLAGE: Figure(None, 0, None, None, None),
        f"{DISTRICT}/unassigned": Figure(None, 0, None, None, None),
        f"{TOWN}/unassigned": Figure(None, 0, None, None, None),
    }


# No data


def test_figures_are_null_until_the_feed_has_started_and_0_after() -> None:
    messages = [event("reported", "10:00", "10:00")]
    never = Figure(None, None, None, None, None)
    assert figures("events", messages, at="10:00")[VILLAGE] == dict.fromkeys(
        EVENTS | MEDIATION | CAMERAS, never
    )
    started = figures("events", messages, at="10:00:00.001")
    names = ("events_reported", "closing_rate", "backlog", "mediation_open")
    assert [started[VILLAGE][name] for name in names] == [
        Figure(1, 1, None, None, None),
        Figure(0.0, 0, 1, None, None),
        Figure(1, 1, None, None, None),
        never,
    ]
    assert [started[OTHER_TOWN][name] for name in names] == [
        Figure(0, 0, None, None, None),
        Figure(None, 0, 0, None, None),
        Figure(0, 0, None, None, None),
        never,
    ]


def test_the_feed_of_a_comparison_must_have_started_before_its_own_end() -> None:
    """First heard on 9 May at 12:20: before T′ of 12:30, not before its whole hour."""
    first = "2024-05-09T12:20"
    events = figures("events", [event("reported", first, first)], at="12:30")[OTHER_TOWN]
    assert events["events_reported"] == Figure(0, 0, None, 0, None)
    assert events["backlog"] == Figure(0, 0, None, None, None)
    mediation = figures("mediation", [case("registered", first, first)], at="12:30")[OTHER_TOWN]
    assert mediation["mediation_registered"] == Figure(0, 0, None, 0, None)
    assert mediation["mediation_open"] == Figure(0, 0, None, None, None)
    cameras = figures("cameras", [camera("online", first)], at="12:30")[OTHER_TOWN]
    assert cameras["cameras_registered"] == Figure(0, 0, None, None, None)


# Mediation


def test_mediation_counts_by_registration_and_by_what_happened_since() -> None:
    messages = [
        case("registered", "09:00", id="new"),
        case("registered", "09:00", id="accepted"),
        case("accepted", "09:30", id="accepted"),
        case("escalated", "10:00", id="escalated"),
        case("succeeded", "09:50", id="settled"),
        case("failed", "09:40", id="failed"),
        case("registered", "09:00", id="withdrawn"),
        case("escalated", "09:05", id="withdrawn"),
        case("withdrawn", "09:10", id="withdrawn"),
    ]
    got = figures("mediation", messages)[TOWN]
    assert {name: got[name] for name in MEDIATION} == {
        "mediation_registered": Figure(5, 5, None, None, None),
        "mediation_accepted": Figure(4, 4, None, None, None),
        "mediation_succeeded": Figure(1, 1, None, None, None),
        "mediation_failed": Figure(1, 1, None, None, None),
        "mediation_success_rate": Figure(0.5, 1, 2, None, None),
        "mediation_open": Figure(3, 3, None, None, None),
        "mediation_escalated": Figure(1, 1, None, None, None),
        "mediation_duration_median": Figure(40, None, 2, None, None),
    }


OUTCOME = ("mediation_succeeded", "mediation_failed", "mediation_open")


def test_the_latest_outcome_stands_and_at_equal_times_success() -> None:
    succeeded, failed = case("succeeded", "10:00"), case("failed", "10:00")
    later = case("failed", "10:01", round=1)
    assert values("mediation", [succeeded, failed], *OUTCOME) == [1, 0, 0]
    assert values("mediation", [succeeded, later], *OUTCOME) == [0, 1, 0]
    assert values("mediation", [succeeded, later], *OUTCOME, at="10:01") == [1, 0, 0]


def test_an_outcome_stands_unless_the_case_is_reopened_later() -> None:
    failed = case("failed", "10:00")
    assert values("mediation", [failed, case("reopened", "10:00")], *OUTCOME) == [0, 1, 0]
    assert values("mediation", [failed, case("reopened", "10:01")], *OUTCOME) == [0, 0, 1]


def test_mediation_open_is_of_any_age_and_a_withdrawn_case_is_none() -> None:
    messages = [
        case("registered", "2024-03-01T09:00", "2024-03-01T09:00"),
        case("withdrawn", "2024-03-02T09:00", "2024-03-01T09:00", id="2"),
    ]
    assert values("mediation", messages, "mediation_open", "mediation_registered") == [1, 0]


def test_mediation_duration_is_rounded_and_of_outcomes_not_before_registration() -> None:
    first = "2024-05-09T09:00"
    messages = [case("succeeded", "11:55", first), case("failed", "2024-05-09T08:59", first, id="2")]
    got = figures("mediation", messages, "7d")[DISTRICT]
    assert got["mediation_duration_median"] == Figure(1_610, None, 1, None, None)
    assert got["mediation_success_rate"] == Figure(0.5, 1, 2, None, None)


@pytest.mark.parametrize(("earlier", "later"), list(pairwise(MEDIATION_STAGES)))
def test_mediation_stages_break_ties_in_their_own_order(earlier: str, later: str) -> None:
    assert where([case(earlier, "10:00", area=OTHER_TOWN), case(later, "10:00")], "mediation") == VILLAGE


def test_a_registered_and_withdrawn_case_is_not_accepted_when_registered_again() -> None:
    messages = [case("registered", "09:00"), case("withdrawn", "09:10"), case("registered", "09:20", round=1)]
    assert values("mediation", messages, "mediation_registered", "mediation_accepted") == [1, 0]


# Devices


def devices(messages: list[Message], at: str = "12:00", **more: Any) -> list[Number]:
    """Registered, online, online rate and offline over 24 h in the district."""
    got = figures("cameras", messages, at=at, **more)[DISTRICT]
    names = ("cameras_registered", "cameras_online", "online_rate", "offline_over_24h")
    return [got[name].value for name in names]


def test_at_equal_times_offline_beats_fault_beats_online() -> None:
    online, fault, offline = (
        camera(status, "11:59", area=area)
        for status, area in (("online", VILLAGE), ("fault", OTHER_VILLAGE), ("offline", OTHER_TOWN))
    )
    assert devices([offline, fault, online]) == [1, 0, 0.0, 0]
    assert figures("cameras", [offline, fault, online])[OTHER_TOWN]["cameras_registered"].value == 1
    assert figures("cameras", [fault, online])[OTHER_VILLAGE]["cameras_registered"].value == 1
    assert devices([online]) == [1, 1, 1.0, 0]


def test_the_latest_status_and_area_before_t_count() -> None:
    messages = [camera("online", "11:58"), camera("fault", "11:59", area=OTHER_TOWN)]
    assert devices(messages) == [1, 0, 0.0, 0]
    assert devices(messages, at="11:59") == [1, 1, 1.0, 0]
    got = figures("cameras", messages)
    assert got[VILLAGE]["online_rate"] == Figure(None, 0, 0, None, None)
    assert got[OTHER_TOWN]["online_rate"] == Figure(0.0, 0, 1, None, None)


def test_online_lasts_as_long_as_the_offline_rule() -> None:
    messages = [camera("online", "11:57")]
    assert devices(messages) == [1, 1, 1.0, 0]
    assert devices(messages, at="12:00:00.001") == [1, 0, 0.0, 0]
    assert devices(messages, at="12:00:00.001", offline_after=timedelta(minutes=10)) == [1, 1, 1.0, 0]
    assert devices(messages, at="2024-06-10T12:00", offline_after=None) == [1, 1, 1.0, 0]


def test_offline_over_24h_is_since_the_last_online_message() -> None:
    silent = camera("online", "2024-05-09T12:00")
    assert devices([silent]) == [1, 0, 0.0, 0]
    assert devices([silent], at="12:00:00.001") == [1, 0, 0.0, 1]
    assert devices([silent, camera("fault", "11:00")], at="12:00:00.001") == [1, 0, 0.0, 1]
    assert devices([silent], at="12:00:00.001", offline_after=None) == [1, 1, 1.0, 0]
    assert devices([camera("offline", "11:59")]) == [1, 0, 0.0, 1]


WATCHED = [
    *(camera("online", "09:00"), camera("online", "09:02"), camera("fault", "09:10")),
    *(camera("online", "10:00"), camera("offline", "11:00"), camera("online", "11:58")),
]


@pytest.mark.parametrize(
    ("offline_after", "online"),
    [
        (timedelta(seconds=180), (120 + 180 + 180 + 120) * SECOND),
        (timedelta(minutes=10), (120 + 480 + 600 + 120) * SECOND),
        (None, (120 + 480 + 3_600 + 120) * SECOND),
    ],
)
def test_availability_is_time_online_by_the_offline_rule_over_time_known(
    offline_after: timedelta | None, online: int
) -> None:
    got = figures("cameras", WATCHED, at="12:30", offline_after=offline_after)[DISTRICT]["availability"]
    assert got == Figure(online / (3 * HOUR), online, 3 * HOUR, None, None)


def test_availability_counts_what_reaches_into_the_window_and_known_from_its_start() -> None:
    messages = [camera("online", "2024-05-09T23:59")]
    got = figures("cameras", messages, at="01:00")[DISTRICT]["availability"]
    assert got == Figure(2 / 60, 2 * MINUTE, HOUR, None, None)


def test_availability_is_exact_to_the_millisecond_and_summed_over_devices() -> None:
    messages = [
        camera("online", "10:00:00.001"),
        camera("offline", "10:00:01.234"),
        camera("online", "11:00", "2"),
        camera("offline", "11:00", "2"),
    ]
    got = figures("cameras", messages)[DISTRICT]["availability"]
    assert got == Figure(1_233 / (3 * HOUR - 1), 1_233, 3 * HOUR - 1, None, None)


def test_availability_is_of_whole_hours_in_the_area_at_t() -> None:
    messages = [
        camera("online", "2024-05-09T10:59"),
        camera("online", "2024-05-09T11:30", "2"),
        camera("online", "11:00"),
        camera("offline", "11:59"),
        camera("online", "12:01", area=OTHER_TOWN),
    ]
    got = figures("cameras", messages, at="12:30", offline_after=timedelta(hours=1))
    assert got[OTHER_TOWN]["availability"] == Figure(59 / 720, 59 * MINUTE, 12 * HOUR, None, None)
    previous_online, previous_known = (60 + 30) * MINUTE, (61 + 30) * MINUTE
    previous = previous_online / previous_known
    assert got[VILLAGE]["availability"] == Figure(0.0, 0, 12 * HOUR, previous, None)


def test_availability_without_known_time_is_null() -> None:
    messages = [camera("online", "09:10"), camera("online", "10:10", area=OTHER_TOWN, device="2")]
    first, second = (figures("cameras", messages, at=at)[OTHER_TOWN] for at in ("09:30", "10:30"))
    assert first["availability"] == Figure(None, None, None, None, None)
    assert second["availability"] == Figure(None, 0, 0, None, None)


# Comparisons of stock figures


def test_comparisons_of_stock_figures_are_at_the_whole_hour() -> None:
    """T = 12:30: what happened from 12:00 to 12:30 a day and a year before is not in the stock figures."""
    oracle = Oracle(AREAS, SHANGHAI)
    for day in ("2023-05-10", "2024-05-09"):
        early, late, due = f"{day}T11:59", f"{day}T12:10", f"{day}T12:05"
        oracle.add("events", [event("reported", early, early, due_at=due)])
        oracle.add("events", [event("reported", late, late, due_at=due)])
        oracle.add("mediation", [case("registered", early, early), case("registered", late, late)])
        oracle.add("cameras", [camera("online", early, day), camera("online", late, f"{day} late")])
        oracle.add("cameras", [camera("offline", late, day)])
    got = oracle.figures("today", when("12:30"))[DISTRICT]
    assert {name: got[name] for name in ("events_reported", "mediation_registered")} == {
        "events_reported": Figure(0, 0, None, 2, 2),
        "mediation_registered": Figure(0, 0, None, 2, 2),
    }
    assert {name: got[name] for name in sorted(STOCK)} == {
        "backlog": Figure(4, 4, None, 3, 1),
        "overdue_open": Figure(4, 4, None, 2, 0),
        "mediation_open": Figure(4, 4, None, 3, 1),
        "cameras_registered": Figure(4, 4, None, 3, 1),
        "cameras_online": Figure(0, 0, None, 1, 1),
        "online_rate": Figure(0.0, 0, 4, 1 / 3, 1.0),
        "offline_over_24h": Figure(4, 4, None, 2, 0),
    }


# Areas


def test_children_and_the_unassigned_add_up_to_their_area() -> None:
    homes = {
        VILLAGE: "370403001001",
        "below a leaf": "370403001001007",
        "a town itself": TOWN,
        "unknown below a town": "370403001999003",
        "the other town": OTHER_TOWN,
        "the district itself": DISTRICT,
        "unknown below the district": "370403999",
        "outside": "110101",
        "nothing": "",
    }
    messages = [event("reported", "09:00", id=name, area=area) for name, area in homes.items()]
    got = figures("events", messages)
    assert {slot: by_name["events_reported"].value for slot, by_name in got.items()} == {
        DISTRICT: 9,
        TOWN: 4,
        VILLAGE: 2,
        OTHER_VILLAGE: 0,
        f"{TOWN}/unassigned": 2,
        OTHER_TOWN: 1,
        f"{DISTRICT}/unassigned": 4,
    }


def test_unknown_codes_that_do_not_nest_are_the_roots_unassigned() -> None:
    areas = OracleAreas(PARENT, POPULATION, nested=False)
    messages = [event("reported", "09:00", area="370403001001007"), event("reported", "09:00", "08:00", TOWN)]
    got = figures("events", messages, areas=areas)
    assert {slot: by_name["backlog"].value for slot, by_name in got.items()} == {
        DISTRICT: 2,
        TOWN: 1,
        VILLAGE: 0,
        OTHER_VILLAGE: 0,
        f"{TOWN}/unassigned": 1,
        OTHER_TOWN: 0,
        f"{DISTRICT}/unassigned": 1,
    }


# The oracle itself


def anything(seed: int, *, areas: tuple[str, ...]) -> dict[str, list[Message]]:
    """A few days of random messages on a coarse grid of times, so that ties are common."""
    dice = random.Random(seed)

    def time() -> str:
        return f"2024-05-{dice.randint(7, 10):02}T{dice.randint(0, 23):02}:{dice.choice(('00', '30'))}"

    begun = [time() for _ in range(40)]

    def about(number: int) -> dict[str, Any]:
        return {"id": str(number), "round": dice.randint(0, 1), "area": dice.choice(areas)}

    numbers = [dice.randrange(40) for _ in range(200)]
    return {
        "events": [
            event(dice.choice(EVENT_STAGES), time(), begun[number], **about(number)) for number in numbers
        ],
        "mediation": [
            case(dice.choice(MEDIATION_STAGES), time(), begun[number], **about(number)) for number in numbers
        ],
        "cameras": [
            camera(dice.choice(("online", "offline", "fault")), time(), str(number % 9), dice.choice(areas))
            for number in numbers
        ],
    }


def told(messages: dict[str, list[Message]], at: str = "12:30") -> dict[str, Any]:
    oracle = Oracle(AREAS, SHANGHAI, timedelta(hours=2))
    for topic, bodies in messages.items():
        oracle.add(topic, bodies)
    return {window: oracle.figures(window, when(at)) for window in WINDOWS}


EVERYWHERE = (DISTRICT, TOWN, VILLAGE, OTHER_VILLAGE, OTHER_TOWN, "370403001777", "x")


@pytest.mark.parametrize("seed", range(5))
def test_order_repetition_and_asking_in_between_change_nothing(seed: int) -> None:
    messages = anything(seed, areas=EVERYWHERE)
    dice = random.Random(seed)
    oracle = Oracle(AREAS, SHANGHAI, timedelta(hours=2))
    for topic, bodies in messages.items():
        for body in dice.sample(bodies * 2, k=len(bodies) * 2):
            oracle.add(topic, [body])
            if dice.random() < 0.02:
                oracle.figures("7d", when("12:30"))
    assert {window: oracle.figures(window, when("12:30")) for window in WINDOWS} == told(messages)


@pytest.mark.parametrize("seed", range(5))
def test_what_comes_at_t_or_later_changes_no_figure_of_t(seed: int) -> None:
    messages = anything(seed, areas=(VILLAGE,))
    at = when("2024-05-09T10:00")
    known = {
        topic: [body for body in bodies if datetime.fromisoformat(body["at"]) < at]
        for topic, bodies in messages.items()
    }
    assert told(messages, "2024-05-09T10:00") == told(known, "2024-05-09T10:00")


@pytest.mark.parametrize("seed", range(5))
def test_every_count_of_an_area_is_the_sum_over_its_children_and_its_unassigned(seed: int) -> None:
    for got in told(anything(seed, areas=EVERYWHERE)).values():
        parts = {
            DISTRICT: (TOWN, OTHER_TOWN, f"{DISTRICT}/unassigned"),
            TOWN: (VILLAGE, OTHER_VILLAGE, f"{TOWN}/unassigned"),
        }
        for area, children in parts.items():
            for name, figure in got[area].items():
                if figure.numerator is not None:
                    assert figure.numerator == sum(got[child][name].numerator for child in children), name
