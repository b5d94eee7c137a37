"""What patches have added to the figures of events since a reading: so that a new event costs what it changed.

A unit's current rows are a whole version and the patches upon it, and they add up by their sign
(docs/decisions/0017). Where versions were only added, sums over the rows of an earlier look are right again once the
rows of the added ones are added, as long as no earlier row begins or ends in between (`holding.py`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import compress
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from dashboard.queries import sql
from dashboard.queries.evaluate import Evaluator, Scope, ints, stack
from dashboard.queries.holding import NEVER
from dashboard.queries.panels import DayCounts, HeatCounts
from dashboard.queries.pulse import Versions
from dashboard.queries.stock import AHEAD, Deadlines, Stock, deadlines
from dashboard.queries.tree_sums import Sums
from schemas.areas import AreaTree

K = TypeVar("K")
#: More added versions at once are read with everything else.
_AT_ONCE = 500
_KEPT = 4
_EPOCH = date(1970, 1, 1)
_WINDOWS = sql.measures(sql.summed(sql.EVENTS))
_STOCK = sql.measures(sql.stocks(sql.EVENTS))
_REPORTED = _WINDOWS.index(sql.Measure("cohort", "NOT withdrawn"))
_CLOSED = _WINDOWS.index(sql.Measure("flow", "stage = 'closed'"))


def _least(moment: str) -> str:
    """The least of such moments at or after T, in milliseconds; 0 stands for none."""
    return f"toUnixTimestamp64Milli(minIf({moment}, {moment} >= at))"


#: Not compiled: that takes a quarter of a second, once, and gains nothing for so few rows.
_ADDED = f"""
    WITH {{at:DateTime64(3, 'UTC')}} AS at, {sql.IN_SCOPE} AS mine, due_at < at AS overdue,
         if(mine AND valid_from < at AND valid_to >= at, sign, 0) AS weight, if(basis = 'open', weight, 0) AS open
    SELECT day, version, if(mine, area, '') AS place, toInt32(local_day) AS local, category,
           toHour(toTimeZone(moment, {{zone:String}})) AS hour, toUnixTimestamp(toStartOfHour(moment)) AS clock,
           {sql.sums(_WINDOWS, "weight")},
           {sql.sums(_STOCK, "open", "s")},
           {sql.deadlines_ahead("open")},
           {_least("turn")} AS turns, {_least("valid_from")} AS begins
    FROM event_history
    WHERE (day, version) IN {{added:Array(Tuple(Date, UInt64))}}
    GROUP BY day, version, place, local, category, hour, clock
    SETTINGS compile_expressions = 0, compile_aggregate_expressions = 0
"""


@dataclass(frozen=True, slots=True)
class Patches:
    """Sums that are to be added, by row: its area's place in the tree, the local day (days since the epoch) and hour,
    the clock hour (seconds since the epoch) and the category of the report or closing they are counted by.

    `sums[i]`: over the measures of the windows; `open[i]`: of the stock, whatever the window; `ahead`: its deadlines.
    `until`: the last moment for which these rows are exact.
    """

    positions: Sums
    days: Sums
    hours: Sums
    clocks: Sums
    categories: tuple[str, ...]
    sums: Sums
    open: Sums
    ahead: Deadlines
    until: datetime

    def within(self, areas: AreaTree, scope: str) -> Patches:
        """The rows of an area."""
        low, high = areas.span(scope)
        mine = (self.positions >= low) & (self.positions < high)
        return Patches(
            self.positions[mine],
            self.days[mine],
            self.hours[mine],
            self.clocks[mine],
            tuple(compress(self.categories, mine)),
            self.sums[mine],
            self.open[mine],
            self.ahead.chosen((self.ahead.positions >= low) & (self.ahead.positions < high)),
            self.until,
        )

    def upon_windows(self, sums: Sums, days: Sequence[date]) -> Sums:
        """`Evaluator.window_sums` of these days with these rows."""
        starts = np.array([(day - _EPOCH).days for day in days])
        segments = np.searchsorted(starts, self.days, "right") - 1
        there = segments >= 0
        found = sums.copy()
        np.add.at(found, (segments[there], self.positions[there]), self.sums[there])
        return found

    def upon_stock(self, stock: Stock, at: datetime) -> Stock:
        """What is open at T with these rows."""
        return stock.at(at).plus(self.positions, self.open, self.ahead)

    def upon_days(self, counts: DayCounts) -> DayCounts:
        """Reports and closings by local day with these rows."""
        found = dict(counts)
        for number, *more in zip(
            self.days.tolist(), *self.sums[:, [_REPORTED, _CLOSED]].T.tolist(), strict=True
        ):
            day = _EPOCH + timedelta(days=number)
            reported, closed = found.get(day, (0, 0))
            found[day] = reported + more[0], closed + more[1]
        return found

    def upon_heat(self, counts: HeatCounts, first: date) -> HeatCounts:
        """Events reported on a local day or later, by category and local hour, with these rows."""
        since = self.days >= (first - _EPOCH).days
        keys = zip(compress(self.categories, since), self.hours[since].tolist(), strict=True)
        return _more(counts, keys, self.sums[since, _REPORTED])

    def upon_hours(self, counts: Mapping[datetime, int], first: datetime) -> Mapping[datetime, int]:
        """Events reported in clock hours from this one on, with these rows."""
        since = self.clocks >= int(first.timestamp())
        hours = [datetime.fromtimestamp(clock, UTC) for clock in self.clocks[since].tolist()]
        return _more(counts, hours, self.sums[since, _REPORTED])


def _more(counts: Mapping[K, int], keys: Iterable[K], more: Sums) -> Mapping[K, int]:
    found = dict(counts)
    for key, n in zip(keys, more.tolist(), strict=True):
        found[key] = found.get(key, 0) + n
    return found


def added(before: Versions, now: Versions) -> list[tuple[date, int]] | None:
    """The versions that count now beside all that counted before, with their days; None where one counts no more."""
    found: list[tuple[date, int]] = []
    for unit, versions in now.items():
        known = before.get(unit, ())
        if known is versions or known == versions:
            continue
        if versions[: len(known)] != known:
            return None
        day = datetime.fromtimestamp(unit, UTC).date()
        found += [(day, version) for version in versions[len(known) :]]
    return found


class RowsMissingError(Exception):
    """A version counts of which the store has no rows: they are not here yet, or no more."""


class Patched:
    """Reads what was added, of the viewer's whole area, once for all readings of a look. Safe to share."""

    def __init__(self, evaluator: Evaluator, home: Scope) -> None:
        self._evaluator, self._home = evaluator, home
        self._kept: OrderedDict[Any, Patches] = OrderedDict()
        self._lock = threading.Lock()

    def covers(self, scope: Scope) -> bool:
        """Whether the area lies in the viewer's."""
        return self._evaluator.pack.areas.within(scope.code, self._home.code)

    def since(self, before: Versions, now: Versions, at: datetime) -> Patches | None:
        """What was added between these versions, as of T; None where all is to be read anew. Blocks; raises
        `RowsMissingError`."""
        versions = added(before, now)
        if versions is None or len(versions) > _AT_ONCE:
            return None
        key = at, tuple(versions)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = self._read(versions, at)
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            return self._kept[key]

    def _read(self, versions: list[tuple[date, int]], at: datetime) -> Patches:
        bound = {
            "at": at,
            "ahead": at + AHEAD,
            "added": versions,
            "zone": self._evaluator.pack.settings.time_zone,
        }
        table = self._evaluator.store.table(_ADDED, bound | self._home.bound)
        found = set(zip(table["day"].to_pylist(), table["version"].to_pylist(), strict=True))
        if missing := set(versions) - found:
            raise RowsMissingError(f"no rows of {sorted(missing)[:3]}")
        positions = self._evaluator.positions(table, "place")
        return Patches(
            positions,
            ints(table, "local"),
            ints(table, "hour"),
            ints(table, "clock"),
            tuple(table["category"].to_pylist()),
            stack(table, len(_WINDOWS)),
            stack(table, len(_STOCK), "s"),
            deadlines(table, positions, len(_STOCK)),
            min(_first(table, "turns"), _first(table, "begins")),
        )


def _first(table: pa.Table, name: str) -> datetime:
    """The first of the moments of a column, in milliseconds; 0 stands for none."""
    later = [moment for moment in table[name].to_pylist() if moment]
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=min(later)) if later else NEVER
