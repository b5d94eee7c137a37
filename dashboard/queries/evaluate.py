"""Evaluates the catalogue: all indicators of all areas of a scope at one time, from a handful of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dashboard.queries import sql
from dashboard.queries.devices import Devices, devices
from dashboard.queries.stock import AHEAD, Stock, deadlines, no_deadlines
from dashboard.queries.tree_sums import Slots, Sums
from schemas.clickhouse import Store
from schemas.contracts import Topic
from schemas.indicators import CATALOGUE, Indicator
from schemas.packs import Pack
from schemas.windows import Span, floor_hour

#: Stands for "a status holds until it changes".
_NEVER_OFFLINE_MS = 10**14
#: Cases of so many days come one by one: it takes the store longer to add them up by minutes. More would be many to
#: hold.
_SINGLE_DAYS = 31


@dataclass(frozen=True, slots=True)
class Column:
    """One indicator over all slots. `value` is NaN for "no data"; `started` False makes everything null."""

    value: NDArray[np.float64]
    numerator: Sums | None
    denominator: Sums | None
    started: bool = True


Columns = dict[str, Column]


@dataclass(frozen=True, slots=True)
class Scope:
    """The viewer's area, as every query binds it."""

    code: str
    everywhere: bool
    areas: tuple[str, ...]

    @property
    def bound(self) -> dict[str, Any]:
        return {"everywhere": int(self.everywhere), "areas": list(self.areas)}


class Evaluator:
    """Evaluates indicators against one store and pack. Every method blocks; times are aware UTC."""

    def __init__(self, store: Store, pack: Pack) -> None:
        self.store = store
        self.pack = pack
        self.slots = Slots(pack.areas)
        self._nothing = np.full(len(self.slots), np.nan)
        after = pack.offline_after
        self.offline_after_ms = _NEVER_OFFLINE_MS if after is None else after // timedelta(milliseconds=1)

    def scope(self, code: str) -> Scope:
        """The scope of a known area; raises `KeyError` where the pack has no such area."""
        low, high = self.pack.areas.span(code)
        everywhere = code == self.pack.areas.root.code
        return Scope(
            code, everywhere, () if everywhere else tuple(a.code for a in self.pack.areas.areas[low:high])
        )

    # Cases: cohort and flow ------------------------------------------------------------------------------------

    def window_sums(self, topic: sql.CaseTopic, scope: Scope, at: datetime, days: Sequence[date]) -> Sums:
        """Cohort and flow sums (days, areas, measures) of a topic: from each of these ascending local days up to the
        one before the next, from the last one up to T."""
        bound = {"at": at, "starts": list(days), "last_day": self.local_day(at), "topic": topic.topic}
        table = self.store.table(sql.window_sums(topic, len(days)), bound | scope.bound)
        wanted = sql.measures(sql.summed(topic))
        sums = np.zeros((len(days), len(self.pack.areas), len(wanted)), dtype=np.int64)
        np.add.at(sums, (ints(table, "segment") - 1, self.positions(table)), stack(table, len(wanted)))
        return sums

    def window_columns(self, topic: sql.CaseTopic, sums: Sums, day: int, started: bool) -> Columns:
        """The topic's indicators over the window that begins on one of the days of `window_sums`."""
        return self._columns(sql.summed(topic), self.slots.totals(sums[day:].sum(axis=0)), started)

    def stock(self, topic: sql.CaseTopic, scope: Scope, at: datetime, ahead: timedelta = AHEAD) -> Stock:
        """Cases of a topic that are open at T, whatever the window; with the deadlines of so long ahead."""
        bound = {"at": at, "ahead": at + ahead, "topic": topic.topic} | scope.bound
        timed = topic is sql.EVENTS and bool(ahead)
        table, many = (
            self.store.table(sql.stock_sums(topic, timed), bound),
            len(sql.measures(sql.stocks(topic))),
        )
        found = deadlines(table, self.positions(table), many) if timed else no_deadlines(many)
        return Stock(self._by_area(table, many), found)

    def stock_columns(self, topic: sql.CaseTopic, stock: Stock, started: bool) -> Columns:
        """The topic's indicators of what is open."""
        return self._columns(sql.stocks(topic), self.slots.totals(stock.sums), started)

    def devices(self, scope: Scope, at: datetime) -> Devices:
        """Devices of the scope at `at`."""
        return devices(self.store, {"offline_after_ms": self.offline_after_ms} | scope.bound, at)

    def device_columns(self, found: Devices, started: bool) -> dict[str, Column]:
        """Counts of devices."""
        indicators = sql.device_indicators()
        own = np.zeros((len(self.pack.areas), found.sums.shape[1]), dtype=np.int64)
        np.add.at(own, self.slots.positions(list(found.areas)), found.sums)
        return self._columns(indicators, self.slots.totals(own), started)

    def summed(
        self, indicators: Sequence[Indicator], query: str, bound: dict[str, Any], started: bool
    ) -> Columns:
        """The columns of indicators whose measures a query sums up by area."""
        sums = self._by_area(self.store.table(query, bound), len(sql.measures(indicators)))
        return self._columns(indicators, self.slots.totals(sums), started)

    def unknown(self, indicators: Iterable[Indicator]) -> Columns:
        """The columns of a topic before its first message."""
        return {indicator.name: Column(self._nothing, None, None, started=False) for indicator in indicators}

    def _by_area(self, table: pa.Table, measures: int) -> Sums:
        sums = np.zeros((len(self.pack.areas), measures), dtype=np.int64)
        np.add.at(sums, self.positions(table), stack(table, measures))
        return sums

    def _columns(self, indicators: Sequence[Indicator], totals: Sums, started: bool) -> Columns:
        at = {measure: index for index, measure in enumerate(sql.measures(indicators))}
        columns = {}
        for indicator in indicators:
            numerator = totals[:, at[sql.Measure(indicator.over, indicator.numerator)]]
            denominator = None
            if indicator.kind == "per_10k":
                denominator = self.slots.populations
            elif indicator.denominator is not None:
                denominator = totals[:, at[sql.Measure(indicator.over, indicator.denominator)]]
            columns[indicator.name] = column(indicator, numerator, denominator, started)
        return columns

    # Order statistics and availability ---------------------------------------------------------------------------

    def quantile_columns(
        self, scope: Scope, span: Span, first: Mapping[Topic, datetime]
    ) -> dict[str, Column]:
        """Handling and mediation times over one window."""
        columns: dict[str, Column] = {}
        for topic in sql.CASE_TOPICS:
            if not started(first, topic.topic, span.end):
                columns |= self.unknown(chain.from_iterable(sql.quantiles(topic).values()))
                continue
            bound = {
                "at": span.end,
                "starts": [self.local_day(span.start)],
                "last_day": self.local_day(span.end),
                "topic": topic.topic,
            } | scope.bound
            single = (span.end - span.start).days <= _SINGLE_DAYS
            for condition, indicators in sql.quantiles(topic).items():
                table = self.store.table(sql.minute_counts(topic, condition, single), bound)
                columns |= self.ordered(indicators, table, started=True)
        return columns

    def ordered(self, indicators: Sequence[Indicator], table: pa.Table, started: bool) -> Columns:
        """The columns of order statistics of one multiset: `minutes` that occur `n` times in an `area`."""
        shares = [Fraction(indicator.quantile or 0).limit_denominator(1000) for indicator in indicators]
        values, sizes = self.slots.order_statistics(
            self.positions(table), ints(table, "minutes"), ints(table, "n"), shares
        )
        return {
            indicator.name: Column(value, None, sizes, started)
            for indicator, value in zip(indicators, values, strict=True)
        }

    def availability_columns(
        self, scope: Scope, span: Span, first: Mapping[Topic, datetime]
    ) -> dict[str, Column]:
        """Time online over time known, both ends cut to the whole hour; a device counts where it is at the end."""
        start, end = (floor_hour(t, self.pack.zone) for t in (span.start, span.end))
        indicators = [indicator for indicator in CATALOGUE if indicator.over == "availability"]
        if not started(first, "cameras", end):
            return self.unknown(indicators)
        table = self.store.table(
            sql.availability_sums(),
            {
                "at": span.end,
                "from_ms": int(start.timestamp()) * 1000,
                "to_ms": int(end.timestamp()) * 1000,
                "offline_after_ms": self.offline_after_ms,
            }
            | scope.bound,
        )
        own = np.zeros((len(self.pack.areas), 2), dtype=np.int64)
        if table.num_rows:
            np.add.at(
                own, self.positions(table), np.column_stack([ints(table, "online"), ints(table, "known")])
            )
        totals = self.slots.totals(own)
        return {
            indicator.name: column(indicator, totals[:, 0], totals[:, 1], started=True)
            for indicator in indicators
        }

    def local_day(self, at: datetime) -> date:
        """The pack's day of a moment."""
        return at.astimezone(self.pack.zone).date()

    def positions(self, table: pa.Table, name: str = "area") -> Sums:
        """Tree positions of the rows; the few distinct codes are looked up, not every row."""
        codes = table[name].combine_chunks()
        if isinstance(codes, pa.ChunkedArray):
            codes = pa.concat_arrays(codes.chunks) if codes.num_chunks else pa.array([], pa.string())
        if not pa.types.is_dictionary(codes.type):
            codes = codes.dictionary_encode()
        known = self.slots.positions(codes.dictionary.to_pylist())
        indices = codes.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        return known[indices] if len(indices) else np.zeros(0, dtype=np.int64)


def column(indicator: Indicator, numerator: Sums, denominator: Sums | None, started: bool) -> Column:
    """The figure from its sums: a count, an exact quotient, or a quotient times 10,000; NaN without data."""
    if denominator is None:
        return Column(numerator.astype(np.float64), numerator, None, started)
    scale = 10_000 if indicator.kind == "per_10k" else 1
    value = np.full(len(numerator), np.nan)
    np.divide(numerator * scale, denominator, out=value, where=denominator > 0)
    return Column(value, numerator, denominator, started)


def started(first: Mapping[Topic, datetime], topic: str, end: datetime) -> bool:
    """Whether the topic's first message lies before the end: until then there is no data."""
    at = first.get(topic)  # type: ignore[call-overload]
    return at is not None and at < end


def ints(table: pa.Table, name: str) -> Sums:
    """A column as 64-bit integers."""
    values: Sums = table[name].to_numpy().astype(np.int64)
    return values


def stack(table: pa.Table, count: int, prefix: str = "m") -> Sums:
    """The columns m0, m1, … side by side."""
    if not table.num_rows:
        return np.zeros((0, count), dtype=np.int64)
    return np.column_stack([ints(table, f"{prefix}{index}") for index in range(count)])
