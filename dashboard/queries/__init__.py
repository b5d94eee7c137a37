"""Reads the store for the screens: `StoreReadings` is the real `dashboard.readings.Readings`."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from dashboard.queries import courses, filtered, incidents, panels, risk, sql, wall, warnings
from dashboard.queries.board import LazyFigures
from dashboard.queries.devices import Devices
from dashboard.queries.evaluate import Columns, Evaluator, Scope, started
from dashboard.queries.holding import NEVER, Holding, next_row
from dashboard.queries.look import Look, Looks
from dashboard.queries.patches import Patched, Patches
from dashboard.queries.statistics import StatisticFigures
from dashboard.queries.stock import AHEAD
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
    Repeats,
    RiskHeat,
    SourceFeed,
    WarningDetail,
    WarningRow,
)
from dashboard.together import together
from schemas.clickhouse import Store
from schemas.clickhouse.warnings import emergencies_at
from schemas.emergency import Emergency
from schemas.indicators import CATALOGUE
from schemas.packs import Pack
from schemas.windows import (
    COMPARISONS,
    WINDOWS,
    Comparison,
    Span,
    WindowName,
    comparison_span,
    floor_hour,
    floor_ms,
    window_span,
)

T = TypeVar("T")


#: Days that are over change only by late messages: what stood at their ends is read anew so many times as seldom.
_SELDOM = 4
#: So many columns of finished figures are remembered.
_FINISHED = 16
#: Threads that take queries of a board beside the one that asks.
READERS = 2


class StoreReadings(Readings):
    """Figures from the store, each remembered for exactly as long as it would be found the same.

    `keep` is how many seconds comparisons and order statistics may be told again (at most a minute by their
    definition); 0 computes everything for exactly the time asked. `speed` is a replay's: its looks at heat lie that
    much further apart. `home`: the viewer's area, the pack's root where none is named. Safe to share between threads.
    """

    def __init__(
        self,
        store: Store,
        pack: Pack,
        keep: float = 0.0,
        speed: float | None = None,
        home: str | None = None,
    ) -> None:
        self.store = store
        self.pack = pack
        self.keep = keep
        self.speed = speed
        self.evaluator = Evaluator(store, pack)
        self._patched = Patched(self.evaluator, self.evaluator.scope(home or pack.areas.root.code))
        self._looks = Looks(store, pack, timedelta(seconds=keep * (speed or 1.0)), self._patched)
        self._columns: dict[Hashable, tuple[object, Columns]] = {}
        self._readers = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="reader")

    def news(self) -> Hashable:
        return self._looks.news()

    def board(self, scope: str, window: WindowName, at: datetime, only: Only | None = None) -> Board:
        look, bound = self._looks.look(at), self.evaluator.scope(scope)
        at, span = look.at, window_span(window, look.at, self.pack.zone)
        look.ends()  # known to all of these
        *parts, previous, year_ago = together(
            self._readers,
            partial(self._windows, look, bound, window),
            partial(self._stocks, look, bound),
            partial(self._device_counts, look, bound),
            lambda: look.slow(("quantiles", scope, window), lambda: self._quantiles(look, bound, span)),
            lambda: look.slow(("availability", scope, window), lambda: self._availability(look, bound, span)),
            *(
                partial(look.slow, (kind, scope, window), partial(self._then, look, bound, kind, window))
                for kind in COMPARISONS
            ),
        )
        now = {name: column for part in parts for name, column in part.items()}
        then: dict[Comparison, Columns] = {"previous": previous, "year_ago": year_ago}
        if only is not None:
            now |= look.cases(
                ("only", scope, window, only),
                "events",
                lambda: self._only(look, bound, only, span, at),
                overdue=True,
            )
            for kind in COMPARISONS:
                then[kind] = then[kind] | look.slow(
                    (kind, scope, window, only),
                    partial(self._only_then, look, bound, only, kind, window),
                )
        figures = LazyFigures(
            self.pack.areas, scope, span, self.pack.zone, now, then["previous"], then["year_ago"],
            self._statistics(look),
        )  # fmt: skip
        return Board(window, at, figures, look.first())

    def trend(self, scope: str, at: datetime, days: int = 30, only: Only | None = None) -> list[DayCount]:
        look, bound = self._looks.look(at), self.evaluator.scope(scope)
        every = panels.last_days(look.at, self.pack, days)

        def read() -> panels.DayCounts:
            if only is not None:
                return filtered.day_counts(self.evaluator, bound, only, look.at, every)
            return panels.day_counts(self.store, bound, look.at, every)

        add = None if only else self._added(bound, Patches.upon_days)
        return panels.trend(look.cases(("trend", scope, days, only), "events", read, add=add), every)

    def heat(
        self, scope: str, window: WindowName, at: datetime, top: int = 12, only: Only | None = None
    ) -> Heat:
        look, bound = self._looks.look(at), self.evaluator.scope(scope)
        span = window_span(window, look.at, self.pack.zone)

        def read() -> panels.HeatCounts:
            if only is not None:
                return filtered.heat_counts(self.evaluator, bound, only, span)
            return panels.heat_counts(self.store, bound, self.pack, span)

        first = self.evaluator.local_day(span.start)
        add = None if only else self._added(bound, lambda new, counts: new.upon_heat(counts, first))
        return panels.heat(look.cases(("heat", scope, window, only), "events", read, add=add), top)

    def cameras(self, scope: str, at: datetime, worst: int = 20) -> CameraPanel:
        bound = self.evaluator.scope(scope)
        areas = None if bound.everywhere else frozenset(bound.areas)
        return self._devices(self._looks.look(at), bound).panel(areas, worst)

    def mediation(self, scope: str, window: WindowName, at: datetime) -> MediationPanel:
        look, bound = self._looks.look(at), self.evaluator.scope(scope)
        span = window_span(window, look.at, self.pack.zone)
        return look.cases(
            ("panel", scope, window), "mediation", lambda: panels.mediation(self.store, bound, span)
        )

    def warnings(
        self, scope: str, at: datetime, limit: int = 50, cleared: timedelta | None = None
    ) -> list[WarningRow]:
        look, bound = self._looks.look(at), self.evaluator.scope(scope)
        since = None if cleared is None else look.at - cleared

        def read() -> Holding[warnings.Told]:
            told = warnings.told(self.store, bound, look.at, since)
            holds = next_row(self.store, "warnings", look.at) if since is None else look.at
            return Holding(told, holds)

        told = look.held((scope, cleared), "warnings", read)
        return warnings.rows(self.pack, told, look.at, limit, since)

    def warning(self, scope: str, warning_id: str, at: datetime) -> WarningDetail | None:
        low, high = self.pack.areas.span(scope)
        areas = [area.code for area in self.pack.areas.areas[low:high]]
        return warnings.warning(self.store, self.pack, areas, warning_id, floor_ms(at))

    def risk(self, scope: str, at: datetime) -> RiskHeat:
        look, bound = self._looks.look(at), self.evaluator.scope(scope)

        def read() -> Holding[RiskHeat]:
            found = risk.heat(self.store, bound, look.at, self.speed)
            stale = NEVER if found.looked_at is None else found.looked_at + risk.stale_after(self.speed)
            return Holding(found, min(stale, next_row(self.store, "heat", look.at)))

        return look.held(scope, "heat", read)

    def emergencies(self, at: datetime) -> Mapping[str, Emergency]:
        look = self._looks.look(at)

        def read() -> Holding[Mapping[str, Emergency]]:
            found = emergencies_at(self.store, look.at)
            ends = [one.until - timedelta(milliseconds=1) for one in found.values() if one.until is not None]
            return Holding(found, min([*ends, next_row(self.store, "warnings", look.at)]))

        return look.held("emergencies", "warnings", read)

    def incidents(
        self, scope: str, at: datetime, categories: tuple[str, ...], since: datetime, limit: int = 40
    ) -> Incidents:
        bound = self.evaluator.scope(scope)
        return incidents.incidents(self.store, bound, floor_ms(at), categories, since, limit)

    def hours(self, scope: str, at: datetime, only: Only | None = None) -> Hours:
        look, bound = self._looks.look(at), self.evaluator.scope(scope)
        past, last = wall.past_span(look.at, self.pack), wall.recent_span(look.at, self.pack)
        before = look.slow(
            ("hours", scope, past.end, only),
            lambda: wall.hour_counts(self.store, bound, look.at, past, only),
        )
        recent = look.cases(
            ("recent", scope, last.start, only),
            "events",
            lambda: wall.hour_counts(self.store, bound, look.at, last, only),
            add=None if only else self._added(bound, lambda new, counts: new.upon_hours(counts, last.start)),
        )
        return wall.hours(before, recent, look.at, self.pack)

    def matrix(self, scope: str, window: WindowName, at: datetime, top: int = 8) -> Matrix:
        look, bound = self._looks.look(at), self.evaluator.scope(scope)
        span = window_span(window, look.at, self.pack.zone)
        return look.cases(
            ("matrix", scope, window, top),
            "events",
            lambda: wall.matrix(self.store, bound, self.pack, span, top),
        )

    def courses(
        self, scope: str, at: datetime, days: int = 14, only: Only | None = None
    ) -> Mapping[str, tuple[Number | None, ...]]:
        look, bound = self._looks.look(at), self.evaluator.scope(scope)
        day = look.at.astimezone(self.pack.zone).date()
        cases = look.slow(
            ("courses", scope, day, days, only),
            lambda: courses.of_cases(self.evaluator, bound, look.at, days, look.first(), only),
        )
        devices = look.slow(
            ("courses of devices", scope, day, days),
            lambda: courses.of_devices(self.evaluator, bound, look.at, days, look.first()),
            _SELDOM,
        )
        return cases | devices | courses.by_period(self.pack, self._statistics(look), scope)

    def funnel(self, scope: str, window: WindowName, at: datetime) -> Mapping[str, Funnel]:
        look, bound = self._looks.look(at), self.evaluator.scope(scope)
        span = window_span(window, look.at, self.pack.zone)
        return look.cases(
            ("funnel", scope, window), "mediation", lambda: wall.funnel(self.store, bound, span)
        )

    def quarantined(self) -> list[Held]:
        return self._looks.newest().timeless("quarantine", lambda: panels.quarantined(self.store))

    def feeds(self, at: datetime) -> list[Feed]:
        look = self._looks.look(at)
        return panels.feeds(self.store, look.ends(), look.at)

    def sources(self, at: datetime) -> list[SourceFeed]:
        look = self._looks.look(at)
        return look.slow(("sources",), lambda: panels.sources(self.store, look.at))

    def repeats(self, scope: str, at: datetime) -> Mapping[str, Repeats]:
        look, bound = self._looks.look(at), self.evaluator.scope(scope)
        return look.slow(("repeats", scope), lambda: panels.repeats(self.store, bound, look.at))

    def pipeline(self) -> Pipeline | None:
        told, read_at = self._looks.newest().timeless(
            "pipeline", lambda: (panels.pipeline(self.store), time.monotonic())
        )
        return told and replace(told, heard_s=told.heard_s + time.monotonic() - read_at)

    # What is computed, and how long it holds --------------------------------------------------------------------

    def _added(self, scope: Scope, add: Callable[[Patches, T], T]) -> Callable[[T, Patches], T] | None:
        """How patches are added to what stands on events of a scope; None where they are not read for it."""
        if not self._patched.covers(scope):
            return None
        return lambda value, patches: add(patches.within(self.pack.areas, scope.code), value)

    def _windows(self, look: Look, scope: Scope, window: WindowName) -> Columns:
        """All windows are read together: who looks at one will look at others."""
        starts = {name: window_span(name, look.at, self.pack.zone).start for name in WINDOWS}
        days = sorted({self.evaluator.local_day(start) for start in starts.values()})
        day = days.index(self.evaluator.local_day(starts[window]))
        columns: Columns = {}
        for topic in sql.CASE_TOPICS:
            sums = look.cases(
                ("windows", scope.code),
                topic.topic,
                partial(self.evaluator.window_sums, topic, scope, look.at, days),
                add=self._added(scope, lambda new, sums: new.upon_windows(sums, days))
                if topic.patched
                else None,
            )
            columns |= self._finished(
                (topic.topic, scope.code, day, look.started(topic.topic)),
                sums,
                partial(self.evaluator.window_columns, topic, sums, day, look.started(topic.topic)),
            )
        return columns

    def _stocks(self, look: Look, scope: Scope) -> Columns:
        columns: Columns = {}
        for topic in sql.CASE_TOPICS:
            stock = look.cases(
                ("stock", scope.code),
                topic.topic,
                partial(self.evaluator.stock, topic, scope, look.at),
                add=self._added(scope, lambda new, stock: new.upon_stock(stock, look.at))
                if topic.patched
                else None,
                most=look.at + AHEAD,
            )
            now = stock.at(look.at)
            columns |= self._finished(
                (topic.topic, scope.code, look.started(topic.topic)),
                now,
                partial(self.evaluator.stock_columns, topic, now, look.started(topic.topic)),
            )
        return columns

    def _finished(self, name: Hashable, sums: object, finish: Callable[[], Columns]) -> Columns:
        """The columns of these very sums: made once while nothing moves."""
        known = self._columns.get(name)
        if known is not None and known[0] is sums:
            return known[1]
        columns = finish()
        if len(self._columns) >= _FINISHED:
            self._columns.clear()
        self._columns[name] = sums, columns
        return columns

    def _device_counts(self, look: Look, scope: Scope) -> Columns:
        return self.evaluator.device_columns(self._devices(look, scope), look.started("cameras"))

    def _devices(self, look: Look, scope: Scope) -> Devices:
        """Devices of the scope, or of the widest area around it that is known already."""
        for area in self.pack.areas.ancestors(scope.code):
            known = look.known(area.code, "devices")
            if known is not None:
                found: Devices = known.value
                return found

        def read() -> Holding[Devices]:
            found = self.evaluator.devices(scope, look.at)
            return Holding(found, found.until)

        return look.held(scope.code, "devices", read)

    def _quantiles(self, look: Look, scope: Scope, span: Span) -> Columns:
        return self.evaluator.quantile_columns(scope, span, look.first())

    def _availability(self, look: Look, scope: Scope, span: Span) -> Columns:
        return self.evaluator.availability_columns(scope, span, look.first())

    def _then(self, look: Look, scope: Scope, kind: Comparison, window: WindowName) -> Columns:
        span = comparison_span(kind, window, look.at, self.pack.zone)
        first, hour = look.first(), floor_hour(span.end, self.pack.zone)
        columns: Columns = {}
        for topic in sql.CASE_TOPICS:
            columns |= self._cohorts_then(topic, scope, span, started(first, topic.topic, span.end))
            columns |= self._stock_then(topic, scope, hour, started(first, topic.topic, hour))
        if started(first, "cameras", hour):
            columns |= self.evaluator.device_columns(self.evaluator.devices(scope, hour), started=True)
        else:
            columns |= self.evaluator.unknown(sql.device_indicators())
        return columns | self._quantiles(look, scope, span) | self._availability(look, scope, span)

    def _cohorts_then(self, topic: sql.CaseTopic, scope: Scope, span: Span, begun: bool) -> Columns:
        if not begun:
            return self.evaluator.unknown(sql.summed(topic))
        sums = self.evaluator.window_sums(topic, scope, span.end, [self.evaluator.local_day(span.start)])
        return self.evaluator.window_columns(topic, sums, 0, started=True)

    def _stock_then(self, topic: sql.CaseTopic, scope: Scope, at: datetime, begun: bool) -> Columns:
        if not begun:
            return self.evaluator.unknown(sql.stocks(topic))
        stock = self.evaluator.stock(topic, scope, at, timedelta())
        return self.evaluator.stock_columns(topic, stock, started=True)

    def _only(self, look: Look, scope: Scope, only: Only, span: Span, stock_at: datetime) -> Columns:
        return filtered.columns(self.evaluator, scope, only, span, stock_at, look.first())

    def _only_then(
        self, look: Look, scope: Scope, only: Only, kind: Comparison, window: WindowName
    ) -> Columns:
        span = comparison_span(kind, window, look.at, self.pack.zone)
        return self._only(look, scope, only, span, floor_hour(span.end, self.pack.zone))

    def _statistics(self, look: Look) -> StatisticFigures:
        names = sorted({indicator.statistic for indicator in CATALOGUE if indicator.statistic})

        def read() -> Holding[StatisticFigures]:
            found = StatisticFigures(self.store, self.pack.areas, names, look.at)
            return Holding(found, next_row(self.store, "statistics", look.at))

        return look.held("", "statistics", read)
