"""Figures of events of some categories or one channel: from the history itself, as the day rollups know neither."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from dashboard.queries import sql
from dashboard.queries.evaluate import Columns, Evaluator, Scope
from dashboard.queries.panels import DayCounts, HeatCounts
from dashboard.readings import Only
from schemas.contracts import Topic
from schemas.windows import Span

_AT = "{at:DateTime64(3, 'UTC')}"
_KEPT = f"""
    {sql.CURRENT_DAYS} AND {sql.IN_SCOPE} AND valid_from < {_AT} AND valid_to >= {_AT}
    AND (empty({{categories:Array(String)}}) OR category IN {{categories:Array(String)}})
    AND ({{channel:String}} = '' OR channel = {{channel:String}})
"""
_DAYS = "local_day >= {first:Date} AND local_day <= {last:Date}"

_TREND = f"""
    SELECT toDate(local_day) AS local, sumIf(sign, basis = 'cohort' AND NOT withdrawn),
           sumIf(sign, basis = 'flow' AND stage = 'closed')
    FROM event_history WHERE basis != 'open' AND {_DAYS} AND {_KEPT} GROUP BY local
"""

_HEAT = f"""
    SELECT category, toHour(toTimeZone(moment, {{zone:String}})) AS hour, sum(sign) AS n
    FROM event_history WHERE basis = 'cohort' AND NOT withdrawn AND {_DAYS} AND {_KEPT}
    GROUP BY category, hour HAVING n != 0
"""


def bound(only: Only, scope: Scope, at: datetime) -> dict[str, Any]:
    """What every query here binds."""
    given = {"at": at, "topic": "events", "categories": list(only.categories), "channel": only.channel}
    return given | scope.bound


def columns(
    evaluator: Evaluator,
    scope: Scope,
    only: Only,
    span: Span,
    stock_at: datetime,
    first: dict[Topic, datetime],
) -> Columns:
    """Every indicator of events over the span; stocks as they stood at `stock_at`."""
    started = first.get("events") is not None and first["events"] < span.end
    days = {
        "first": evaluator.local_day(span.start),
        "last": evaluator.local_day(span.end),
    }
    summed, stocks = sql.summed(sql.EVENTS), sql.stocks(sql.EVENTS)
    found = evaluator.summed(
        summed, _sums(summed, f"basis != 'open' AND {_DAYS}"), bound(only, scope, span.end) | days, started
    )
    overdue = f"*, due_at < {_AT} AS overdue"
    open_sql = _sums(
        stocks, "1", f"(SELECT {overdue} FROM event_history WHERE basis = 'open' AND {_KEPT})", "1"
    )
    found |= evaluator.summed(stocks, open_sql, bound(only, scope, stock_at), started)
    asked = bound(only, scope, span.end) | days
    for condition, indicators in sql.quantiles(sql.EVENTS).items():
        found |= evaluator.ordered(indicators, evaluator.store.table(_minutes(condition), asked), started)
    return found


def _sums(indicators: Any, condition: str, source: str = "event_history", kept: str = _KEPT) -> str:
    sums = sql.sums(sql.measures(indicators), "sign")
    return f"SELECT area, {sums} FROM {source} WHERE {condition} AND {kept} GROUP BY area"


def _minutes(condition: str) -> str:
    return f"""
        SELECT area, minutes, sum(sign) AS n FROM event_history
        WHERE basis = 'cohort' AND {_DAYS} AND {_KEPT} AND {condition} GROUP BY area, minutes HAVING n != 0
    """


def day_counts(
    evaluator: Evaluator, scope: Scope, only: Only, at: datetime, days: Sequence[date]
) -> DayCounts:
    """Reports and closings by local day, for those of the days that have any."""
    rows = evaluator.store.rows(_TREND, bound(only, scope, at) | {"first": days[0], "last": days[-1]})
    return {day: (int(reported), int(closed)) for day, reported, closed in rows}


def heat_counts(evaluator: Evaluator, scope: Scope, only: Only, span: Span) -> HeatCounts:
    """Events of the span by category and local hour."""
    asked = bound(only, scope, span.end) | {
        "first": evaluator.local_day(span.start),
        "last": evaluator.local_day(span.end),
        "zone": evaluator.pack.settings.time_zone,
    }
    return {(category, int(hour)): int(n) for category, hour, n in evaluator.store.rows(_HEAT, asked)}
