"""The windows figures are told for, and the equal windows they are compared with.

Local-time arithmetic is done on the naive local time of the pack's zone and converted back with fold=0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

WindowName = Literal["today", "7d", "30d", "mtd", "qtd", "ytd"]
WINDOWS: tuple[WindowName, ...] = get_args(WindowName)
Comparison = Literal["previous", "year_ago"]
COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)

WINDOW_LABELS: dict[WindowName, tuple[str, str]] = {
    "today": ("今日", "Today"),
    "7d": ("近7天", "7 days"),
    "30d": ("近30天", "30 days"),
    "mtd": ("本月", "Month to date"),
    "qtd": ("本季", "Quarter to date"),
    "ytd": ("本年", "Year to date"),
}

_DAYS: dict[WindowName, int] = {"today": 1, "7d": 7, "30d": 30}


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open time range start ≤ t < end in UTC; `end` is also the time the figures are evaluated at."""

    start: datetime
    end: datetime


def floor_ms(at: datetime) -> datetime:
    """The instant cut down to whole milliseconds, in UTC: the store's resolution."""
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def floor_hour(at: datetime, zone: ZoneInfo) -> datetime:
    """The instant cut down to the whole local hour it lies in, the second one where clocks repeat an hour."""
    return at.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def _utc(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)


def _year_before(local: datetime) -> datetime:
    try:
        return local.replace(year=local.year - 1)
    except ValueError:  # 29 February
        return local.replace(year=local.year - 1, day=28)


def _month_start(window: WindowName, midnight: datetime) -> datetime:
    month = {"mtd": midnight.month, "qtd": (midnight.month - 1) // 3 * 3 + 1, "ytd": 1}[window]
    return midnight.replace(month=month, day=1)


def _local_start(window: WindowName, local: datetime) -> datetime:
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if window in _DAYS:
        return midnight - timedelta(days=_DAYS[window] - 1)
    return _month_start(window, midnight)


def window_span(window: WindowName, at: datetime, zone: ZoneInfo) -> Span:
    """The window as it stands at `at`."""
    return Span(_utc(_local_start(window, _local(at, zone)), zone), at.astimezone(UTC))


def previous_span(window: WindowName, at: datetime, zone: ZoneInfo) -> Span:
    """The equal window before: 1, 7 or 30 local days earlier; or as far into the period before."""
    local = _local(at, zone)
    start = _local_start(window, local)
    if window in _DAYS:
        back = timedelta(days=_DAYS[window])
        return Span(_utc(start - back, zone), _utc(local - back, zone))
    before = _local_start(window, start - timedelta(days=1))
    return Span(_utc(before, zone), _utc(min(before + (local - start), start), zone))


def year_ago_span(window: WindowName, at: datetime, zone: ZoneInfo) -> Span:
    """Both ends one calendar year earlier in local time (29 February becomes the 28th)."""
    local = _local(at, zone)
    start = _local_start(window, local)
    return Span(_utc(_year_before(start), zone), _utc(_year_before(local), zone))


def comparison_span(comparison: Comparison, window: WindowName, at: datetime, zone: ZoneInfo) -> Span:
    """The span of either comparison."""
    return previous_span(window, at, zone) if comparison == "previous" else year_ago_span(window, at, zone)
