"""Periodic statistics: the newest period known, its equals before, and children added up where all have one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.queries import StoreReadings
from dashboard.queries.statistics import (
    NO_FIGURE,
    PeriodFigure,
    StatisticFigures,
    period_before,
    period_range,
    period_year_ago,
)
from dashboard.readings import Reading
from schemas.clickhouse import Store
from tests.support import small
from tests.support.store import empty, fresh_store

PACK = small.pack()
NOW = datetime(2026, 5, 1, tzinfo=UTC)
periods = st.builds(
    lambda year, part: f"{year}{part}",
    st.integers(1970, 2099),
    st.sampled_from(["", *(f"-Q{n}" for n in range(1, 5)), *(f"-{n:02d}" for n in range(1, 13))]),
)


@pytest.fixture(scope="module")
def shared(engine: Path) -> Iterator[Store]:
    with fresh_store(engine) as store:
        yield store


@pytest.fixture
def store(shared: Store) -> Store:
    empty(shared)
    return shared


def told(
    area: str, period: str, value: float, at: str = "2026-04-05T09:00:00+08:00", **fields: Any
) -> dict[str, Any]:
    """Court filings of an area in a period."""
    given = {
        "area": area,
        "name": "court_filings",
        "period": period,
        "value": value,
        "at": at,
        "source": "court",
    }
    return given | fields


def figure(store: Store, area: str, at: datetime = NOW) -> PeriodFigure:
    return StatisticFigures(store, PACK.areas, ["court_filings"], at).figure("court_filings", area)


# Periods -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "first", "after", "before", "year_ago"),
    [
        ("2026", date(2026, 1, 1), date(2027, 1, 1), "2025", "2025"),
        ("2026-Q1", date(2026, 1, 1), date(2026, 4, 1), "2025-Q4", "2025-Q1"),
        ("2026-Q4", date(2026, 10, 1), date(2027, 1, 1), "2026-Q3", "2025-Q4"),
        ("2026-01", date(2026, 1, 1), date(2026, 2, 1), "2025-12", "2025-01"),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1), "2026-11", "2025-12"),
    ],
)
def test_a_period_has_its_days_and_its_equals(
    period: str, first: date, after: date, before: str, year_ago: str
) -> None:
    assert (period_range(period), period_before(period), period_year_ago(period)) == (
        (first, after),
        before,
        year_ago,
    )


@given(periods)
def test_a_period_ends_where_the_next_begins(period: str) -> None:
    first, after = period_range(period)
    assert period_range(period_before(period))[1] == first < after
    assert period_range(period_year_ago(period))[0] == first.replace(year=first.year - 1)


@pytest.mark.parametrize("text", ["", "26", "2026-Q5", "2026-q1", "2026-1", "2026-Q1 ", "x2026"])
def test_other_text_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match="is no period: 2026, 2026-Q1 or 2026-03"):
        period_range(text)


# Figures -------------------------------------------------------------------------------------------------------------


def test_the_newest_period_counts_with_the_one_before_and_a_year_ago(store: Store) -> None:
    values = {"2026-Q1": 812, "2025-Q4": 900, "2025-Q1": 1000, "2025": 3900}
    small.stored(
        store, "statistics", [told("370403", period, value) for period, value in values.items()], PACK
    )
    assert figure(store, "370403") == PeriodFigure("2026-Q1", 812, 900, 1000)


def test_the_course_is_of_the_newest_period_and_its_equals_before_it(store: Store) -> None:
    values = {"2026-Q1": 812, "2025-Q4": 900, "2025-Q2": 700, "2024-Q2": 600, "2024-Q1": 500, "2025": 3900}
    small.stored(
        store, "statistics", [told("370403", period, value) for period, value in values.items()], PACK
    )
    filings = StatisticFigures(store, PACK.areas, ["court_filings"], NOW)
    assert filings.course("court_filings", "370403", 8) == (600, None, None, None, 700, None, 900, 812)
    assert (
        filings.course("court_filings", "370403001", 2)
        == filings.course("petitions", "370403", 2)
        == (None, None)
    )
    courses = StoreReadings(store, PACK).courses("370403", NOW)
    assert courses["litigation_rate"] == tuple(
        value and value * 10_000 / 30_000 for value in filings.course("court_filings", "370403", 8)
    )
    assert courses["petition_rate"] == (None,) * 8


def test_an_area_without_its_own_is_the_sum_of_children_that_all_have_one(store: Store) -> None:
    small.stored(
        store, "statistics", [told("370403001", "2026-Q1", 300), told("370403001", "2025-Q4", 280)], PACK
    )
    assert figure(store, "370403") == PeriodFigure("2026-Q1", None, None, None)
    small.stored(store, "statistics", [told("370403002", "2026-Q1", 200)], PACK)
    assert figure(store, "370403") == PeriodFigure("2026-Q1", 500, None, None)
    small.stored(store, "statistics", [told("370403", "2026-Q1", 512)], PACK)
    assert figure(store, "370403") == PeriodFigure("2026-Q1", 512, None, None)
    assert figure(store, "370403001001") == PeriodFigure("2026-Q1", None, None, None)


def test_what_is_not_yet_known_at_the_time_is_not_told(store: Store) -> None:
    small.stored(
        store, "statistics",
        [told("370403", "2026-Q1", 812), told("370403", "2025-Q4", 900, "2026-01-05T09:00:00+08:00")], PACK,
    )  # fmt: skip
    at = datetime(2026, 4, 5, 1, tzinfo=UTC)
    assert figure(store, "370403", at) == PeriodFigure("2025-Q4", 900, None, None)
    assert figure(store, "370403", at.replace(microsecond=1000)).period == "2026-Q1"
    assert figure(store, "370403", datetime(2025, 1, 1, tzinfo=UTC)) == NO_FIGURE


def test_a_correction_stands_by_its_time_whatever_the_order(store: Store) -> None:
    said = [
        told("370403", "2026-Q1", 812), told("370403", "2026-Q1", 815, "2026-04-09T09:00:00+08:00"),
        told("370403", "2026-Q1", 700, "2026-04-01T09:00:00+08:00", source="bureau"),
    ]  # fmt: skip
    for messages in (said, said[::-1]):
        empty(store)
        for message in messages:
            small.stored(store, "statistics", [message], PACK)
        assert figure(store, "370403").value == 815


def test_an_unknown_area_or_name_counts_nowhere(store: Store) -> None:
    small.stored(
        store, "statistics", [told("999999", "2026-Q1", 5), told("370403", "2026-Q1", 7, name="other")], PACK
    )
    assert figure(store, "370403") == NO_FIGURE


def test_the_board_tells_a_statistic_per_ten_thousand_with_the_days_of_its_period(store: Store) -> None:
    small.stored(
        store, "statistics", [told("370403", "2026-Q1", 812), told("370403002", "2026-Q1", 90)], PACK
    )
    board = StoreReadings(store, PACK).board("370403", "today", NOW)
    names = [name for name in board.figures["370403"] if board.reading("370403", name).numerator == 812]
    assert names == ["litigation_rate"]
    reading = board.reading("370403", names[0])
    assert reading == Reading(
        value=812 * 10_000 / 30_000,
        numerator=812,
        denominator=30_000,
        previous=None,
        year_ago=None,
        as_of=NOW,
        from_=datetime(2025, 12, 31, 16, tzinfo=UTC),
        to=datetime(2026, 3, 31, 16, tzinfo=UTC),
    )
    assert board.reading("370403002", names[0]).value == 90.0
    assert board.reading("370403001002", names[0]).value is None  # no population
