"""The queries of the wall's own panels: hours beside usual ones, area × category, the funnel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.queries import sql
from dashboard.queries.evaluate import Scope
from dashboard.readings import Funnel, Hours, Matrix, Only
from schemas.clickhouse import Store
from schemas.packs import Pack
from schemas.windows import Span, floor_hour

#: Whole weeks the usual hours are the mean of.
WEEKS = 4
_AT = "{at:DateTime64(3, 'UTC')}"
_START = "{start:DateTime64(3, 'UTC')}"

_COUNTED = f"""
    basis = 'cohort' AND day >= toDate({_START}) AND {sql.CURRENT_DAYS} AND {sql.IN_SCOPE} AND NOT withdrawn
    AND moment >= {_START} AND valid_from < {_AT} AND valid_to >= {_AT}
"""

_HOURS = f"""
    SELECT toStartOfHour(moment) AS hour, sum(sign) AS n
    FROM event_history WHERE {_COUNTED} AND moment < {{end:DateTime64(3, 'UTC')}}
      AND (empty({{categories:Array(String)}}) OR category IN {{categories:Array(String)}})
      AND ({{channel:String}} = '' OR channel = {{channel:String}})
    GROUP BY hour HAVING n != 0
"""

_MATRIX = f"""
    SELECT transform(toString(area), {{codes:Array(String)}}, {{tops:Array(String)}}, '') AS top, category,
           sum(sign) AS n
    FROM event_history WHERE {_COUNTED} GROUP BY top, category HAVING n != 0
"""

_FUNNEL = f"""
    SELECT triage, count() AS registered, countIf(accepted), countIf(outcome != ''), countIf(outcome = 'succeeded')
    FROM mediation_history WHERE {_COUNTED} GROUP BY triage
"""


def hour_counts(
    store: Store, scope: Scope, at: datetime, span: Span, only: Only | None = None
) -> dict[datetime, int]:
    """Events reported in each hour of the span, as known at `at`; hours without any are left out."""
    wanted = only or Only()
    bound: dict[str, Any] = {"at": at, "start": span.start, "end": span.end, "topic": "events"} | scope.bound
    bound |= {"categories": list(wanted.categories), "channel": wanted.channel}
    return {hour.replace(tzinfo=UTC): int(n) for hour, n in store.rows(_HOURS, bound)}


def past_span(at: datetime, pack: Pack) -> Span:
    """The weeks before the last 24 clock hours, as far as the usual ones reach."""
    first = _first(at, pack)
    return Span(first - timedelta(weeks=WEEKS), first)


def recent_span(at: datetime, pack: Pack) -> Span:
    """The last 24 clock hours, the running one included."""
    return Span(_first(at, pack), at)


def _first(at: datetime, pack: Pack) -> datetime:
    return floor_hour(at, pack.zone).astimezone(UTC) - timedelta(hours=23)


def hours(past: Mapping[datetime, int], recent: Mapping[datetime, int], at: datetime, pack: Pack) -> Hours:
    """Both parts put together."""
    every = [_first(at, pack) + timedelta(hours=step) for step in range(24)]
    weeks = [[hour - timedelta(weeks=back) for hour in every] for back in range(1, WEEKS + 1)]
    known = [week for week in weeks if any(past.get(hour, 0) for hour in week)]
    usual = tuple(
        sum(past.get(week[step], 0) for week in known) / len(known) if known else None for step in range(24)
    )
    week = [[0] * 24 for _ in range(7)]
    start = every[-1] + timedelta(hours=1) - timedelta(weeks=WEEKS)
    for hour, n in [*past.items(), *recent.items()]:
        if hour >= start:
            local = hour.astimezone(pack.zone)
            week[local.weekday()][local.hour] += n
    return Hours(tuple((hour, recent.get(hour, 0)) for hour in every), usual, tuple(map(tuple, week)))


def matrix(store: Store, scope: Scope, pack: Pack, span: Span, top: int) -> Matrix:
    """Child area × category counts of the window; records in no child of the scope are left out."""
    children = [area.code for area in pack.areas.children(scope.code)] or [scope.code]
    codes, tops = [], []
    for child in children:
        low, high = pack.areas.span(child)
        codes += [area.code for area in pack.areas.areas[low:high]]
        tops += [child] * (high - low)
    bound = {"at": span.end, "start": span.start, "topic": "events", "codes": codes, "tops": tops}
    found: dict[tuple[str, str], int] = {}
    totals: dict[str, int] = {}
    for area, category, n in store.rows(_MATRIX, bound | scope.bound):
        if area:
            found[area, category] = int(n)
            totals[category] = totals.get(category, 0) + int(n)
    order = sorted(totals, key=lambda category: (-totals[category], category))[:top]
    counts = tuple(tuple(found.get((child, category), 0) for category in order) for child in children)
    return Matrix(tuple(children), tuple(order), counts)


def funnel(store: Store, scope: Scope, span: Span) -> dict[str, Funnel]:
    """Disputes of the window on their way, by triage colour."""
    bound = {"at": span.end, "start": span.start, "topic": "mediation"} | scope.bound
    return {triage: Funnel(*map(int, counts)) for triage, *counts in store.rows(_FUNNEL, bound)}
