"""Figures are written in one place; rounding never makes them say what they do not."""

from __future__ import annotations

import doctest
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard import format as writing
from dashboard import scope
from dashboard.figures import trend
from dashboard.format import Change, Written, change, duration, long_date, moment, short, written
from schemas.indicators import BY_NAME, CATALOGUE

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize("module", [writing, trend, scope])
def test_the_examples_in_the_docstrings_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@pytest.mark.parametrize("indicator", CATALOGUE, ids=lambda indicator: indicator.name)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_data_is_a_dash_and_zero_is_a_zero(indicator: object, language: str) -> None:
    assert written(None, indicator, language) == Written("—", "")  # type: ignore[arg-type]
    assert written(0, indicator, language).value in {"0", "0.0", "0.00"}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value", "language", "whole"),
    [
        ("events_reported", 12869, "zh", "12,869 件"),
        ("events_reported", 12869, "en", "12,869"),
        ("cameras_registered", 8000, "zh", "8,000 台"),
        ("closing_rate", 0.98941, "zh", "98.9%"),
        ("closing_rate", 0.99996, "zh", "99.9%"),
        ("closing_rate", 1.0, "zh", "100%"),
        ("reopen_rate", 0.00004, "en", "0.1%"),
        ("handling_time_median", 18, "zh", "18 分钟"),
        ("handling_time_median", 90, "zh", "1.5 小时"),
        ("handling_time_p90", 7200, "en", "5.0 d"),
        ("satisfaction", 4.318, "zh", "4.32 分"),
        ("events_per_10k", 1234.56, "en", "1,234.6 per 10k"),
    ],
)
def test_each_unit_is_written_in_its_way(name: str, value: float, language: str, whole: str) -> None:
    assert written(value, BY_NAME[name], language).whole == whole


@pytest.mark.parametrize(
    ("name", "now", "before", "expected"),
    [
        ("closing_rate", 0.98, 0.96, Change("▲2.0点", "good")),
        ("closing_rate", 0.96, 0.98, Change("▼2.0点", "bad")),
        ("overdue_open", 12, 10, Change("▲20.0%", "bad")),
        ("overdue_open", 8, 10, Change("▼20.0%", "good")),
        ("events_reported", 12, 10, Change("▲20.0%", "even")),
        ("events_reported", 10, 10, Change("→ 0", "even")),
        ("overdue_open", 3, 0, Change("▲新增", "bad")),
        ("overdue_open", 100_000, 1, Change("▲>999%", "bad")),
        ("closing_rate", 0.98001, 0.98, Change("▲<0.1点", "good")),
        ("closing_rate", None, 0.96, Change("—", "unknown")),
        ("closing_rate", 0.96, None, Change("—", "unknown")),
    ],
)
def test_a_change_says_how_much_and_whether_it_is_good(
    name: str, now: float | None, before: float | None, expected: Change
) -> None:
    assert change(now, before, BY_NAME[name], "zh") == expected


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "0秒", "0 s"),
        (89, "89秒", "89 s"),
        (90, "1分钟", "1 min"),
        (5400, "1小时", "1 h"),
        (172800, "2天", "2 d"),
        (-5, "0秒", "0 s"),
    ],
)
def test_a_duration_is_told_in_its_largest_whole_unit(seconds: int, zh: str, en: str) -> None:
    assert duration(timedelta(seconds=seconds), "zh") == zh
    assert duration(timedelta(seconds=seconds), "en") == en


def test_times_are_told_in_the_packs_zone() -> None:
    at = datetime(2015, 2, 8, 20, 5, 6, tzinfo=UTC)
    assert writing.clock(at, SHANGHAI) == "04:05:06"
    assert moment(at, at + timedelta(hours=1), SHANGHAI) == "04:05:06"
    assert moment(at, at + timedelta(days=1), SHANGHAI) == "02-09 04:05"
    assert long_date(at, SHANGHAI, "zh") == "2015年2月9日 星期一"
    assert long_date(at, SHANGHAI, "en") == "Monday, 9 Feb 2015"


def test_a_legend_has_rates_in_percent_and_counts_as_they_are() -> None:
    assert [short(0.955, "percent"), short(12, "count"), short(None, "count")] == ["95.5%", "12", "—"]
