"""Figures from periodic statistics: the newest period known, the one before, and the same one a year before.

An area's own statistic stands; where it has none, its children's are added up if every child has one for the period.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from schemas.areas import AreaTree
from schemas.clickhouse import Store

#: area → period → value, of one statistic.
Periods = Mapping[str, Mapping[str, float]]

_KNOWN = """
    SELECT name, area, period, argMax(figure.value, (at, figure.canonical)) AS value
    FROM statistics FINAL WHERE name IN {names:Array(String)} AND at < {at:DateTime64(3, 'UTC')}
    GROUP BY name, area, period
"""


@dataclass(frozen=True, slots=True)
class PeriodFigure:
    """The value of the newest period, of the one before and of the same one a year before; None = not known."""

    period: str | None
    value: float | None
    previous: float | None
    year_ago: float | None


NO_FIGURE = PeriodFigure(None, None, None, None)


def period_range(period: str) -> tuple[date, date]:
    """First day of the period and of the one after it. Raises `ValueError` for text that is no period.

    >>> period_range("2026-Q1")
    (datetime.date(2026, 1, 1), datetime.date(2026, 4, 1))
    """
    match = re.fullmatch(r"(\d{4})(?:-(?:Q([1-4])|(\d\d)))?", period)
    if match is None:
        raise ValueError(f"{period!r} is no period: 2026, 2026-Q1 or 2026-03")
    year, quarter, month = int(match[1]), match[2], match[3]
    first, months = (int(month), 1) if month else (int(quarter) * 3 - 2, 3) if quarter else (1, 12)
    after = first + months
    return date(year, first, 1), date(year + (after > 12), (after - 1) % 12 + 1, 1)


def period_before(period: str) -> str:
    """The period of the same kind before: 2026-Q1 → 2025-Q4."""
    last = period_range(period)[0] - timedelta(days=1)
    if "Q" in period:
        return f"{last.year}-Q{(last.month + 2) // 3}"
    return f"{last.year}-{last.month:02d}" if "-" in period else str(last.year)


def period_year_ago(period: str) -> str:
    """The same period one year before."""
    return f"{int(period[:4]) - 1}{period[4:]}"


def per_10k(value: float | None, population: int | None) -> float | None:
    """A value per 10,000 people; None where either is not known."""
    return None if value is None or not population else value * 10_000 / population


class StatisticFigures:
    """All statistics known at one time, added up the tree as asked."""

    def __init__(self, store: Store, areas: AreaTree, names: list[str], at: datetime) -> None:
        self._areas = areas
        self._values: dict[str, dict[str, dict[str, float]]] = {}
        for name, area, period, value in store.rows(_KNOWN, {"names": names, "at": at}):
            if area in areas:
                self._values.setdefault(name, {}).setdefault(area, {})[period] = value

    def figure(self, name: str, area: str) -> PeriodFigure:
        """The statistic of an area."""
        values, newest = self._values.get(name, {}), self._newest(name)
        if newest is None:
            return NO_FIGURE
        return PeriodFigure(
            newest,
            self._sum(values, area, newest),
            self._sum(values, area, period_before(newest)),
            self._sum(values, area, period_year_ago(newest)),
        )

    def course(self, name: str, area: str, periods: int) -> tuple[float | None, ...]:
        """The statistic of an area in the newest period and those before it, oldest first; None = not known."""
        values, period = self._values.get(name, {}), self._newest(name)
        found: list[float | None] = []
        for _ in range(periods):
            found.append(None if period is None else self._sum(values, area, period))
            period = period and period_before(period)
        return tuple(reversed(found))

    def _newest(self, name: str) -> str | None:
        """The period of a statistic that ends last in any area."""
        return max(
            {period for periods in self._values.get(name, {}).values() for period in periods},
            key=lambda p: (period_range(p)[1], period_range(p)[0]),
            default=None,
        )

    def _sum(self, values: Periods, area: str, period: str) -> float | None:
        own = values.get(area, {}).get(period)
        if own is not None:
            return own
        parts = [self._sum(values, child.code, period) for child in self._areas.children(area)]
        known = [part for part in parts if part is not None]
        return sum(known) if parts and len(known) == len(parts) else None
