"""Windows start at local midnights and are compared with equals, through leap years and clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.windows import (
    WINDOW_LABELS,
    WINDOWS,
    Span,
    WindowName,
    comparison_span,
    floor_hour,
    floor_ms,
    previous_span,
    window_span,
    year_ago_span,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
BOSTON = ZoneInfo("America/New_York")
KOLKATA = ZoneInfo("Asia/Kolkata")

instants = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from([SHANGHAI, BOSTON, KOLKATA, ZoneInfo("UTC")])
windows = st.sampled_from(WINDOWS)


def local(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def written(span: Span, zone: ZoneInfo) -> tuple[str, str]:
    return tuple(f"{end.astimezone(zone):%Y-%m-%d %H:%M}" for end in (span.start, span.end))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("window", "now", "previous", "year_ago"),
    [
        ("today", "2026-03-31 00:00", "2026-03-30 00:00", "2025-03-31 00:00"),
        ("7d", "2026-03-25 00:00", "2026-03-18 00:00", "2025-03-25 00:00"),
        ("30d", "2026-03-02 00:00", "2026-01-31 00:00", "2025-03-02 00:00"),
        ("mtd", "2026-03-01 00:00", "2026-02-01 00:00", "2025-03-01 00:00"),
        ("qtd", "2026-01-01 00:00", "2025-10-01 00:00", "2025-01-01 00:00"),
        ("ytd", "2026-01-01 00:00", "2025-01-01 00:00", "2025-01-01 00:00"),
    ],
)
def test_where_each_window_and_its_comparisons_start(
    window: WindowName, now: str, previous: str, year_ago: str
) -> None:
    at = local("2026-03-31 10:15", SHANGHAI)
    assert written(window_span(window, at, SHANGHAI), SHANGHAI) == (now, "2026-03-31 10:15")
    assert written(previous_span(window, at, SHANGHAI), SHANGHAI)[0] == previous
    assert written(year_ago_span(window, at, SHANGHAI), SHANGHAI) == (year_ago, "2025-03-31 10:15")


@pytest.mark.parametrize(
    ("window", "end"),
    [
        ("today", "2026-03-30 10:15"),
        ("7d", "2026-03-24 10:15"),
        ("30d", "2026-03-01 10:15"),
        ("mtd", "2026-03-01 00:00"),  # February has no 31st: at most the start of the window itself
        ("qtd", "2025-12-29 10:15"),  # 89 days and 10:15 into the quarter before
        ("ytd", "2025-03-31 10:15"),
    ],
)
def test_where_the_previous_window_ends(window: WindowName, end: str) -> None:
    at = local("2026-03-31 10:15", SHANGHAI)
    assert written(previous_span(window, at, SHANGHAI), SHANGHAI)[1] == end


def test_a_leap_day_is_compared_with_the_28th() -> None:
    at = local("2024-02-29 09:00", SHANGHAI)
    assert written(year_ago_span("today", at, SHANGHAI), SHANGHAI) == ("2023-02-28 00:00", "2023-02-28 09:00")
    assert written(year_ago_span("mtd", at, SHANGHAI), SHANGHAI) == ("2023-02-01 00:00", "2023-02-28 09:00")
    assert written(previous_span("mtd", at, SHANGHAI), SHANGHAI) == ("2024-01-01 00:00", "2024-01-29 09:00")


def test_local_days_hold_across_a_change_of_the_clock() -> None:
    at = local("2015-03-08 12:00", BOSTON)  # the day with 23 hours
    span = window_span("today", at, BOSTON)
    assert span.end - span.start == timedelta(hours=11)
    assert written(previous_span("today", at, BOSTON), BOSTON) == ("2015-03-07 00:00", "2015-03-07 12:00")
    after = local("2015-03-09 02:30", BOSTON)  # 02:30 did not exist the day before
    assert previous_span("today", after, BOSTON).end == local("2015-03-08 03:30", BOSTON)


@given(windows, instants, zones)
def test_a_window_starts_at_a_local_midnight_and_ends_now(
    window: WindowName, at: datetime, zone: ZoneInfo
) -> None:
    span = window_span(window, at, zone)
    assert (span.end, span.start <= span.end) == (at, True)
    assert f"{span.start.astimezone(zone):%H:%M:%S.%f}" == "00:00:00.000000"


@given(windows, instants, zones)
def test_comparisons_are_whole_windows_before_this_one(
    window: WindowName, at: datetime, zone: ZoneInfo
) -> None:
    span, previous, year_ago = (
        window_span(window, at, zone), previous_span(window, at, zone), year_ago_span(window, at, zone),
    )  # fmt: skip
    clock = timedelta(hours=2)  # its changes make one of two equal windows longer, the other shorter
    assert previous.start <= previous.end <= span.start
    assert year_ago.start <= year_ago.end < span.end
    assert (previous.end - previous.start) <= (span.end - span.start) + clock
    assert comparison_span("previous", window, at, zone) == previous
    assert comparison_span("year_ago", window, at, zone) == year_ago


@given(instants, zones)
def test_an_hour_is_cut_in_local_time(at: datetime, zone: ZoneInfo) -> None:
    floor = floor_hour(at, zone)
    assert timedelta(0) <= at - floor < timedelta(hours=1)
    assert (floor.astimezone(zone).minute, floor.astimezone(zone).second) == (0, 0)
    assert floor_hour(floor, zone) == floor


def test_the_repeated_hour_is_cut_within_itself() -> None:
    at = datetime(2015, 11, 1, 6, 30, tzinfo=UTC)  # 01:30 in Boston for the second time
    assert floor_hour(at, BOSTON) == datetime(2015, 11, 1, 6, tzinfo=UTC)


def test_a_midnight_that_the_clocks_show_twice_starts_the_day_at_its_first() -> None:
    havana = ZoneInfo("America/Havana")  # at 01:00 of 1 November 2015 clocks went back to midnight
    at = datetime(2015, 11, 1, 5, 30, tzinfo=UTC)  # half past the second one
    assert window_span("today", at, havana) == Span(datetime(2015, 11, 1, 4, tzinfo=UTC), at)
    assert floor_hour(at, havana) == datetime(2015, 11, 1, 5, tzinfo=UTC)


def test_an_instant_is_cut_down_to_milliseconds() -> None:
    at = datetime(2026, 3, 1, 8, 0, 0, 999_999, tzinfo=SHANGHAI)
    assert floor_ms(at) == datetime(2026, 3, 1, 0, 0, 0, 999_000, tzinfo=UTC)
    assert floor_ms(at).tzinfo is UTC


def test_every_window_has_a_label_in_both_languages() -> None:
    assert WINDOWS == ("today", "7d", "30d", "mtd", "qtd", "ytd")
    assert all(zh and en for zh, en in WINDOW_LABELS.values())
    assert tuple(WINDOW_LABELS) == WINDOWS
