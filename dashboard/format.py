"""How figures, changes, times and ages are written. Rounding happens here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from dashboard.readings import Number
from dashboard.texts import text
from schemas.indicators import Direction, Indicator, Unit

NO_VALUE = "—"
Mood = Literal["good", "bad", "even", "unknown"]


@dataclass(frozen=True, slots=True)
class Written:
    """A figure as text, and its unit apart so that it can stand smaller."""

    value: str
    unit: str = ""

    @property
    def whole(self) -> str:
        """Both in one line."""
        return f"{self.value}{self.unit}" if self.unit in ("%", "") else f"{self.value} {self.unit}"


@dataclass(frozen=True, slots=True)
class Change:
    """A comparison as text with its arrow, and whether it is a good one."""

    text: str
    mood: Mood


def percent(share: Number) -> str:
    """One decimal; never 100.0 or 0.0 unless it is exactly that.

    >>> percent(0.99996), percent(0.0001), percent(1), percent(0)
    ('99.9', '0.1', '100', '0')
    """
    if share in (0, 1):
        return f"{share * 100:.0f}"
    return f"{min(max(share * 100, 0.1), 99.9) if 0 < share < 1 else share * 100:.1f}"


def minutes(value: Number, language: str) -> Written:
    """Minutes up to an hour, hours up to two days, then days."""
    if value < 60:
        return Written(f"{value:.0f}", text("unit_min", language))
    if value < 48 * 60:
        return Written(f"{value / 60:.1f}", text("unit_hour", language))
    return Written(f"{value / 1440:,.1f}", text("unit_day", language))


def written(value: Number | None, indicator: Indicator, language: str) -> Written:
    """A figure of this indicator; no data is a dash, never a zero."""
    if value is None:
        return Written(NO_VALUE)
    match indicator.unit:
        case "percent":
            return Written(percent(value), "%")
        case "minutes":
            return minutes(value, language)
        case "score":
            return Written(f"{value:.2f}", text("unit_score", language))
        case "per_10k":
            return Written(f"{value:,.1f}", text("unit_per_10k", language))
        case _:
            return Written(f"{value:,.0f}", indicator.unit_label(language))


def short(value: Number | None, unit: Unit) -> str:
    """A figure for a legend or an axis, where the unit stands elsewhere."""
    if value is None:
        return NO_VALUE
    if unit == "percent":
        return f"{value * 100:.4g}%"
    return compact(value)


def compact(value: Number) -> str:
    """At most three significant digits and a thousands letter.

    >>> compact(950), compact(12_400), compact(1_250_000), compact(0.5)
    ('950', '12.4k', '1.25M', '0.5')
    """
    for size, letter in ((1_000_000, "M"), (10_000, "k")):
        if abs(value) >= size:
            return f"{value / (1_000_000 if letter == 'M' else 1_000):.3g}{letter}"
    return f"{value:.0f}" if float(value).is_integer() or abs(value) >= 100 else f"{value:.3g}"


def mood(difference: Number, direction: Direction) -> Mood:
    """Whether a rise (or fall) is good in the indicator's direction."""
    if difference == 0 or direction == "neutral":
        return "even"
    return "good" if (difference > 0) == (direction == "higher") else "bad"


def change(now: Number | None, before: Number | None, indicator: Indicator, language: str) -> Change:
    """Rates differ in percentage points, everything else in percent of what it was."""
    if now is None or before is None:
        return Change(NO_VALUE, "unknown")
    difference = now - before
    if difference == 0:
        return Change("→ 0", "even")
    arrow = "▲" if difference > 0 else "▼"
    feeling = mood(difference, indicator.direction)
    if indicator.unit == "percent":
        return Change(f"{arrow}{_size(abs(difference) * 100)}{text('points', language)}", feeling)
    if before == 0:
        return Change(f"{arrow}{text('new', language)}", feeling)
    return Change(f"{arrow}{_size(abs(difference / before) * 100)}%", feeling)


def _size(value: float) -> str:
    if value < 0.1:
        return "<0.1"
    return f"{value:.1f}" if value < 100 else ">999" if value > 999 else f"{value:.0f}"


def duration(length: timedelta, language: str, form: str = "for") -> str:
    """A span in its largest whole unit; `form` is `for` (12 min) or `age` (12 min ago)."""
    seconds = max(0, int(length.total_seconds()))
    for key, size, top in (("s", 1, 90), ("m", 60, 90 * 60), ("h", 3600, 48 * 3600)):
        if seconds < top:
            return text(f"{form}_{key}", language, n=seconds // size)
    return text(f"{form}_d", language, n=f"{seconds // 86400:,}")


def clock(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%H:%M:%S")


def stamp(at: datetime, zone: ZoneInfo) -> str:
    """Date and time to the second, in the pack's zone."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def moment(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Time of day for today, month and day with it for earlier."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    return local.strftime("%H:%M:%S" if local.date() == today.date() else "%m-%d %H:%M")


def long_date(at: datetime, zone: ZoneInfo, language: str) -> str:
    local = at.astimezone(zone)
    return text(
        "date",
        language,
        year=local.year,
        day=local.day,
        weekday=text("weekdays", language).split()[local.weekday()],
        month=text("months", language).split()[local.month - 1],
    )
