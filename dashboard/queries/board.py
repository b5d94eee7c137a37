"""Puts evaluated columns together as a board: readings made on demand, for a screen shows few of very many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from dashboard.queries.evaluate import Column, Columns
from dashboard.queries.statistics import PeriodFigure, StatisticFigures, per_10k, period_range
from dashboard.readings import Number, Reading, unassigned_key
from schemas.areas import AreaTree
from schemas.indicators import BY_NAME, CATALOGUE, Indicator
from schemas.windows import Span

_INTEGER_UNITS = ("count", "minutes")


class LazyFigures(Mapping[str, Mapping[str, Reading]]):
    """`figures[area][indicator]` over the areas of a scope and their own parts."""

    def __init__(
        self,
        areas: AreaTree,
        scope: str,
        span: Span,
        zone: ZoneInfo,
        now: Columns,
        previous: Columns,
        year_ago: Columns,
        statistics: StatisticFigures,
    ) -> None:
        low, high = areas.span(scope)
        self.areas = areas
        self.span = span
        self.zone = zone
        self.now, self.previous, self.year_ago = now, previous, year_ago
        self.statistics = statistics
        self._slots = {areas.areas[position].code: position for position in range(low, high)}
        for position in range(low, high):
            if areas.children(areas.areas[position].code):
                self._slots[unassigned_key(areas.areas[position].code)] = len(areas) + position

    def __getitem__(self, area: str) -> Mapping[str, Reading]:
        return _AreaFigures(self, area, self._slots[area])

    def __iter__(self) -> Iterator[str]:
        return iter(self._slots)

    def __len__(self) -> int:
        return len(self._slots)

    def column(self, areas: Iterable[str], indicator: str) -> list[Number | None]:
        """The values of one indicator, None for areas the board lacks."""
        found, known = BY_NAME[indicator], self.now.get(indicator)
        if known is None:
            return [self[area][indicator].value if area in self._slots else None for area in areas]
        slots = (self._slots.get(area) for area in areas)
        return [None if slot is None else _value(known, slot, found) for slot in slots]

    def reading(self, area: str, slot: int, indicator: Indicator) -> Reading:
        """One figure of one slot."""
        if indicator.over == "statistic":
            return self._statistic(area, indicator)
        column = self.now[indicator.name]
        return Reading(
            value=_value(column, slot, indicator),
            numerator=_sum(column, column.numerator, slot),
            denominator=_denominator(column, slot, indicator),
            previous=_value(self.previous.get(indicator.name), slot, indicator),
            year_ago=_value(self.year_ago.get(indicator.name), slot, indicator),
            as_of=self.span.end,
            from_=self.span.start,
            to=self.span.end,
        )

    def _statistic(self, area: str, indicator: Indicator) -> Reading:
        known = area in self.areas
        figure = (
            self.statistics.figure(indicator.statistic or "", area)
            if known
            else PeriodFigure(None, None, None, None)
        )
        population = self.areas[area].population if known else None
        span = self.span
        if figure.period is not None:
            first, after = (
                datetime.combine(d, time(), self.zone).astimezone(UTC) for d in period_range(figure.period)
            )
            span = Span(first, after)
        return Reading(
            value=per_10k(figure.value, population),
            numerator=figure.value,
            denominator=population,
            previous=per_10k(figure.previous, population),
            year_ago=per_10k(figure.year_ago, population),
            as_of=self.span.end,
            from_=span.start,
            to=span.end,
        )


class _AreaFigures(Mapping[str, Reading]):
    def __init__(self, board: LazyFigures, area: str, slot: int) -> None:
        self._board, self._area, self._slot = board, area, slot

    def __getitem__(self, indicator: str) -> Reading:
        return self._board.reading(self._area, self._slot, BY_NAME[indicator])

    def __iter__(self) -> Iterator[str]:
        return (indicator.name for indicator in CATALOGUE)

    def __len__(self) -> int:
        return len(CATALOGUE)


def _value(column: Column | None, slot: int, indicator: Indicator) -> Number | None:
    if column is None or not column.started:
        return None
    value = column.value[slot]
    if np.isnan(value):
        return None
    return int(value) if indicator.unit in _INTEGER_UNITS else float(value)


def _sum(
    column: Column, sums: np.ndarray[tuple[int, ...], np.dtype[np.int64]] | None, slot: int
) -> int | None:
    return None if sums is None or not column.started else int(sums[slot])


def _denominator(column: Column, slot: int, indicator: Indicator) -> int | None:
    denominator = _sum(column, column.denominator, slot)
    return None if denominator == 0 and indicator.kind == "per_10k" else denominator  # no population is known
