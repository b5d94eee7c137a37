"""Reads the store for the screens: `StoreReadings` is the real `dashboard.readings.Readings`."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from dashboard.queries import filtered, incidents, panels, risk, wall, warnings
from dashboard.queries.board import LazyFigures
from dashboard.queries.evaluate import Columns, Evaluator, Scope
from dashboard.queries.statistics import StatisticFigures
from dashboard.readings import (
    Board,
    CameraPanel,
    DayCount,
    Feed,
    Funnel,
    Heat,
    Held,
    Hours,
    Incidents,
    Matrix,
    MediationPanel,
    Number,
    Only,
    Pipeline,
    Readings,
    RiskHeat,
    WarningDetail,
    WarningRow,
)
from schemas.clickhouse import Store
from schemas.clickhouse.warnings import emergencies_at
from schemas.emergency import Emergency
from schemas.indicators import CATALOGUE
from schemas.packs import Pack
from schemas.windows import (
    WINDOWS,
    Comparison,
    Span,
    WindowName,
    comparison_span,
    floor_hour,
    floor_ms,
    window_span,
)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Kept:
    made: float
    value: Any


class StoreReadings(Readings):
    """Figures from the store.

    `keep` is how many seconds comparisons and order statistics may be told again (at most a minute by their
    definition); 0 computes everything for exactly the time asked. What moves by the second is never kept, but asked
    once a time of evaluation however many windows and scopes show it. `speed` is a replay's: its looks at heat lie that
    much further apart. Safe to share between threads.
    """

    def __init__(self, store: Store, pack: Pack, keep: float = 0.0, speed: float | None = None) -> None:
        self.store = store
        self.pack = pack
        self.keep = keep
        self.speed = speed
        self.evaluator = Evaluator(store, pack)
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lock = threading.RLock()

    def board(self, scope: str, window: WindowName, at: datetime, only: Only | None = None) -> Board:
        at = floor_ms(at)
        with self._lock:
            bound = self.evaluator.scope(scope)
            span = window_span(window, at, self.pack.zone)
            now = self._now(bound, at)[window]
            now = now | self._slow(("quantiles", scope, window), lambda: self._quantiles(bound, span))
            now = now | self._slow(("availability", scope, window), lambda: self._availability(bound, span))
            previous = self._slow(
                ("previous", scope, window), lambda: self._comparison(bound, "previous", window, at)
            )
            year_ago = self._slow(
                ("year_ago", scope, window), lambda: self._comparison(bound, "year_ago", window, at)
            )
            statistics = self._once(("statistics", at), lambda: self._statistics(at))
            if only is not None:
                now = now | self._only(bound, only, span, at)
                previous = previous | self._slow(
                    ("previous", scope, window, only),
                    lambda: self._only_then(bound, only, "previous", window, at),
                )
                year_ago = year_ago | self._slow(
                    ("year_ago", scope, window, only),
                    lambda: self._only_then(bound, only, "year_ago", window, at),
                )
        figures = LazyFigures(
            self.pack.areas, scope, span, self.pack.zone, now, previous, year_ago, statistics
        )
        return Board(window, at, figures)

    def trend(self, scope: str, at: datetime, days: int = 30, only: Only | None = None) -> list[DayCount]:
        if only is not None:
            return filtered.trend(self.evaluator, self.evaluator.scope(scope), only, floor_ms(at), days)
        return panels.trend(self.store, self.evaluator.scope(scope), self.pack, floor_ms(at), days)

    def heat(
        self, scope: str, window: WindowName, at: datetime, top: int = 12, only: Only | None = None
    ) -> Heat:
        span = window_span(window, floor_ms(at), self.pack.zone)
        if only is not None:
            return filtered.heat(self.evaluator, self.evaluator.scope(scope), only, span, top)
        return panels.heat(self.store, self.evaluator.scope(scope), self.pack, span, top)

    def cameras(self, scope: str, at: datetime, worst: int = 20) -> CameraPanel:
        after = self.evaluator.offline_after_ms
        return panels.cameras(self.store, self.evaluator.scope(scope), after, floor_ms(at), worst)

    def mediation(self, scope: str, window: WindowName, at: datetime) -> MediationPanel:
        span = window_span(window, floor_ms(at), self.pack.zone)
        return panels.mediation(self.store, self.evaluator.scope(scope), span)

    def warnings(
        self, scope: str, at: datetime, limit: int = 50, cleared: timedelta | None = None
    ) -> list[WarningRow]:
        bound = self.evaluator.scope(scope)
        return warnings.warnings(self.store, self.pack, bound, floor_ms(at), limit, cleared)

    def warning(self, scope: str, warning_id: str, at: datetime) -> WarningDetail | None:
        low, high = self.pack.areas.span(scope)
        areas = [area.code for area in self.pack.areas.areas[low:high]]
        return warnings.warning(self.store, self.pack, areas, warning_id, floor_ms(at))

    def risk(self, scope: str, at: datetime) -> RiskHeat:
        return risk.heat(self.store, self.evaluator.scope(scope), floor_ms(at), self.speed)

    def emergencies(self, at: datetime) -> Mapping[str, Emergency]:
        return emergencies_at(self.store, floor_ms(at))

    def incidents(
        self, scope: str, at: datetime, categories: tuple[str, ...], since: datetime, limit: int = 40
    ) -> Incidents:
        bound = self.evaluator.scope(scope)
        return incidents.incidents(self.store, bound, floor_ms(at), categories, since, limit)

    def hours(self, scope: str, at: datetime, only: Only | None = None) -> Hours:
        at = floor_ms(at)
        bound, past = self.evaluator.scope(scope), wall.past_span(at, self.pack)
        with self._lock:
            before = self._slow(
                ("hours", scope, past.end, only),
                lambda: wall.hour_counts(self.store, bound, at, past, only),
            )
        recent = wall.hour_counts(self.store, bound, at, wall.recent_span(at, self.pack), only)
        return wall.hours(before, recent, at, self.pack)

    def matrix(self, scope: str, window: WindowName, at: datetime, top: int = 8) -> Matrix:
        span = window_span(window, floor_ms(at), self.pack.zone)
        return wall.matrix(self.store, self.evaluator.scope(scope), self.pack, span, top)

    def courses(self, scope: str, at: datetime, days: int = 14) -> Mapping[str, tuple[Number | None, ...]]:
        at = floor_ms(at)
        first = at.astimezone(self.pack.zone).date() - timedelta(days=days)
        bound = self.evaluator.scope(scope)
        with self._lock:
            return self._slow(
                ("courses", scope, first), lambda: wall.courses(self.store, bound, at, first, days)
            )

    def funnel(self, scope: str, window: WindowName, at: datetime) -> Mapping[str, Funnel]:
        span = window_span(window, floor_ms(at), self.pack.zone)
        return wall.funnel(self.store, self.evaluator.scope(scope), span)

    def quarantined(self) -> list[Held]:
        return panels.quarantined(self.store)

    def feeds(self, at: datetime) -> list[Feed]:
        return panels.feeds(self.store, floor_ms(at))

    def pipeline(self) -> Pipeline | None:
        return panels.pipeline(self.store)

    # What is computed, and how long it may be told ------------------------------------------------------------

    def _now(self, scope: Scope, at: datetime) -> dict[WindowName, Columns]:
        def compute() -> dict[WindowName, Columns]:
            first = self.evaluator.first_messages()
            starts = [window_span(window, at, self.pack.zone).start for window in WINDOWS]
            windows = self.evaluator.window_columns(scope, at, starts, first)
            stock = self.evaluator.stock_columns(scope, at, first)
            return {window: columns | stock for window, columns in zip(WINDOWS, windows, strict=True)}

        return self._once(("now", scope.code, at), compute)

    def _quantiles(self, scope: Scope, span: Span) -> Columns:
        return self.evaluator.quantile_columns(scope, span, self.evaluator.first_messages())

    def _availability(self, scope: Scope, span: Span) -> Columns:
        return self.evaluator.availability_columns(scope, span, self.evaluator.first_messages())

    def _comparison(self, scope: Scope, kind: Comparison, window: WindowName, at: datetime) -> Columns:
        span = comparison_span(kind, window, at, self.pack.zone)
        first = self.evaluator.first_messages()
        columns = self.evaluator.window_columns(scope, span.end, [span.start], first)[0]
        hour = floor_hour(span.end, self.pack.zone)
        columns |= self.evaluator.stock_columns(scope, hour, first)
        return columns | self._quantiles(scope, span) | self._availability(scope, span)

    def _only(self, scope: Scope, only: Only, span: Span, stock_at: datetime) -> Columns:
        return filtered.columns(self.evaluator, scope, only, span, stock_at, self.evaluator.first_messages())

    def _only_then(
        self, scope: Scope, only: Only, kind: Comparison, window: WindowName, at: datetime
    ) -> Columns:
        span = comparison_span(kind, window, at, self.pack.zone)
        return self._only(scope, only, span, floor_hour(span.end, self.pack.zone))

    def _statistics(self, at: datetime) -> StatisticFigures:
        names = sorted({indicator.statistic for indicator in CATALOGUE if indicator.statistic})
        return StatisticFigures(self.store, self.pack.areas, names, at)

    def _once(self, key: Hashable, compute: Callable[[], _T]) -> _T:
        """The value of this very key; the few newest are kept."""
        return self._remember(key, compute, float("inf"))

    def _slow(self, key: Hashable, compute: Callable[[], _T]) -> _T:
        return self._remember(key, compute, self.keep) if self.keep else compute()

    def _remember(self, key: Hashable, compute: Callable[[], _T], age: float) -> _T:
        kept = self._kept.get(key)
        if kept is None or time.monotonic() - kept.made > age:
            kept = self._kept[key] = _Kept(time.monotonic(), compute())
            while len(self._kept) > 256:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        value: _T = kept.value
        return value
