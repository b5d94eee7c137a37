"""When things happen: hours of the day, days of the week, holidays, seasons, storms and epidemic waves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from streams.simulate.plan import Rhythms, Seasons

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: Whole numbers of any width.
Numbers = NDArray[np.integer[Any]]
Flags = NDArray[np.bool_]
HOUR, DAY = 3600, 86_400

_HOURS: dict[Rhythms, list[float]] = {
    "work": [2, 1, 1, 1, 1, 3, 10, 35, 90, 120, 110, 75, 35, 40, 85, 112, 105, 80, 45, 32, 24, 14, 8, 4],
    "resident": [6, 3, 2, 2, 3, 8, 24, 58, 78, 80, 72, 62, 58, 50, 55, 60, 66, 80, 96, 100, 88, 60, 32, 14],
    "street": [3, 2, 2, 3, 12, 40, 92, 110, 85, 60, 52, 56, 50, 40, 45, 62, 90, 120, 125, 95, 60, 28, 12, 5],
    "night": [
        45,
        28,
        18,
        14,
        12,
        20,
        36,
        34,
        24,
        22,
        20,
        22,
        36,
        34,
        22,
        22,
        24,
        36,
        58,
        82,
        105,
        120,
        100,
        70,
    ],
    "even": [
        60,
        55,
        52,
        52,
        55,
        62,
        78,
        92,
        105,
        108,
        104,
        98,
        92,
        92,
        98,
        104,
        108,
        108,
        104,
        96,
        88,
        80,
        72,
        65,
    ],
}
_WEEKDAYS: dict[Rhythms, list[float]] = {
    "work": [1.16, 1.12, 1.1, 1.09, 1.05, 0.82, 0.66],
    "resident": [1.02, 0.98, 0.97, 0.98, 1.0, 1.06, 0.99],
    "street": [0.97, 0.96, 0.97, 0.98, 1.02, 1.08, 1.02],
    "night": [0.9, 0.9, 0.92, 0.95, 1.1, 1.2, 1.03],
    "even": [1.0] * 7,
}
#: First day of the lunar year.
_NEW_YEARS = ((2020, 1, 25), (2021, 2, 12), (2022, 2, 1), (2023, 1, 22), (2024, 2, 10), (2025, 1, 29), (2026, 2, 17),
              (2027, 2, 6), (2028, 1, 26), (2029, 2, 13), (2030, 2, 3), (2031, 1, 23), (2032, 2, 11))  # fmt: skip
_HOLIDAYS = {date(*first) + timedelta(days=n): 0.35 for first in _NEW_YEARS for n in range(-1, 6)}
_FIXED_HOLIDAYS = {(1, 1): 0.6, (5, 1): 0.5, (5, 2): 0.55, (5, 3): 0.65} | {(10, n): 0.5 for n in range(1, 8)}


def offsets(at: Ints, zone: ZoneInfo) -> Ints:
    """Seconds the zone's local time is ahead of UTC at each instant (Unix seconds), looked up once a day."""
    days, where = np.unique(at // DAY, return_inverse=True)
    found = [datetime.fromtimestamp(int(day) * DAY, UTC).astimezone(zone).utcoffset() for day in days]
    return np.array([int(offset.total_seconds()) if offset else 0 for offset in found], dtype=np.int64)[where]


def _gauss(distance: Floats, width: float) -> Floats:
    return np.asarray(np.exp(-0.5 * (distance / width) ** 2), dtype=np.float64)


def _storm(days: Floats, years: Ints, seed: int) -> Floats:
    """Three or four storms a year in July and August: sharp rise, three days' decline, and a little all the year."""
    level = np.full(len(days), 0.015)
    for year in range(int(years.min()) - 1, int(years.max()) + 1):
        rng = np.random.default_rng((seed, year, 1))
        first = (date(year, 7, 1) - date(1970, 1, 1)).days
        for start in first + rng.uniform(0, 60, int(rng.integers(3, 5))):
            since = np.maximum(days - start, 0)
            level += rng.uniform(3, 12) * (1 - np.exp(-since * 6)) * np.exp(-since / 0.9)
    return level


def _epidemic(days: Floats, years: Ints, seed: int) -> Floats:
    """One wave a winter, centred in December or January."""
    level = np.full(len(days), 0.12)
    for year in range(int(years.min()) - 1, int(years.max()) + 1):
        rng = np.random.default_rng((seed, year, 2))
        centre = (date(year, 12, 8) - date(1970, 1, 1)).days + rng.uniform(0, 42)
        level += rng.uniform(1.5, 3) * _gauss(days - centre, rng.uniform(9, 15))
    return level


class Rhythm:
    """The hours from `start` to `end` (Unix seconds; the last may be shorter) and how much happens in each.

    `seed` decides about storms and waves, by calendar year: two spans of one seed agree where they overlap.
    """

    def __init__(self, start: int, end: int, zone: ZoneInfo, seed: int) -> None:
        self.edges = np.append(np.arange(start, end, HOUR, dtype=np.int64), end)
        self._widths = np.diff(self.edges)
        local = self.edges[:-1] + offsets(self.edges[:-1], zone)
        stamps = local.astype("datetime64[s]")
        self._seed = seed
        self._hour = local // HOUR % 24
        self._weekday = (local // DAY + 3) % 7
        self._days = local / DAY
        self._years = stamps.astype("datetime64[Y]").astype(np.int64) + 1970
        self._of_year = (stamps - stamps.astype("datetime64[Y]")).astype(np.int64) / DAY
        self._holiday = np.array([self._off(int(day)) for day in local // DAY])

    @staticmethod
    def _off(day: int) -> float:
        at = date(1970, 1, 1) + timedelta(days=day)
        return _HOLIDAYS.get(at, _FIXED_HOLIDAYS.get((at.month, at.day), 1.0))

    def _season(self, season: Seasons) -> Floats:
        match season:
            case "summer":
                level = 1 + 0.45 * self._annual(205)
            case "winter":
                level = 1 + 0.5 * self._annual(10)
            case "harvest":
                level = 0.15 + 3 * _gauss(self._of_year - 160, 8) + 3 * _gauss(self._of_year - 278, 9)
            case "storm":
                level = _storm(self._days, self._years, self._seed)
            case "epidemic":
                level = _epidemic(self._days, self._years, self._seed)
            case _:
                level = 1 + 0.06 * self._annual(130)
        return level

    def _annual(self, peak: float) -> Floats:
        """A yearly wave between −1 and 1 that is highest on day `peak`."""
        return np.asarray(np.cos((self._of_year - peak) / 365.25 * 2 * np.pi), dtype=np.float64)

    def weights(self, rhythm: Rhythms, season: Seasons) -> Floats:
        """How much happens in each hour, relative to others; comparable between spans."""
        hours, weekdays = np.array(_HOURS[rhythm]), np.array(_WEEKDAYS[rhythm])
        level = hours[self._hour] / hours.mean() * weekdays[self._weekday] * self._season(season)
        if rhythm == "work":
            level = level * self._holiday
        return np.asarray(level * self._widths / HOUR, dtype=np.float64)

    def draw(self, weights: Floats, count: int, rng: np.random.Generator) -> Ints:
        """`count` instants (Unix seconds) spread by the weights."""
        steps = np.cumsum(weights)
        hours = np.searchsorted(steps / steps[-1], rng.random(count), side="right")
        hours = np.minimum(hours, len(weights) - 1)
        within = (rng.random(count) * self._widths[hours]).astype(np.int64)
        return np.asarray(self.edges[hours] + within, dtype=np.int64)
