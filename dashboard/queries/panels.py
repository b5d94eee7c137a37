"""The queries of single panels: trend, hour × category, devices, mediation, warnings, feeds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.queries import sql
from dashboard.queries.evaluate import Scope
from dashboard.readings import (
    CameraPanel,
    DayCount,
    Feed,
    Heat,
    MediationPanel,
    NetworkState,
    OfflineDevice,
    WarningRow,
)
from schemas.clickhouse import Store
from schemas.contracts import INPUT_TOPICS
from schemas.packs import Pack
from schemas.windows import Span

_AT = "{at:DateTime64(3, 'UTC')}"

_TREND = f"""
    SELECT local_day, sum(weight * (basis = 'cohort' AND NOT withdrawn)) AS reported,
           sum(weight * (basis = 'flow' AND stage = 'closed')) AS closed
    FROM (
        SELECT basis, local_day, area, withdrawn, stage, toInt64(n) AS weight FROM event_days
        WHERE {sql.CURRENT_DAYS} AND local_day >= {{first:Date}} AND local_day <= {{last:Date}}
        UNION ALL
        SELECT basis, local_day, area, withdrawn, stage, if(superseded, 1, -1) AS weight FROM event_history
        WHERE {sql.CURRENT_DAYS} AND basis != 'open' AND turn >= {_AT} AND (superseded = 0 OR valid_from < {_AT})
          AND local_day >= {{first:Date}} AND local_day <= {{last:Date}}
    )
    WHERE {sql.IN_SCOPE} GROUP BY local_day
"""

_COUNTED = f"""
    basis = 'cohort' AND {sql.CURRENT_DAYS} AND {sql.IN_SCOPE} AND NOT withdrawn
    AND moment >= {{start:DateTime64(3, 'UTC')}} AND valid_from < {_AT} AND valid_to >= {_AT}
"""

_HEAT = f"""
    SELECT category, toHour(toTimeZone(moment, {{zone:String}})) AS hour, count() AS n
    FROM event_history WHERE {_COUNTED} GROUP BY category, hour
"""

_MEDIATION = f"""
    SELECT triage, dispute_type, outcome, count() AS n
    FROM mediation_history WHERE {_COUNTED} GROUP BY triage, dispute_type, outcome
"""

_NETWORKS = f"""
    SELECT network, count() AS registered, countIf(online) AS online
    FROM ({sql.device_states()}) GROUP BY network ORDER BY registered DESC, network
"""

_OFFLINE = f"""
    SELECT device_id, area, network, if(status = 'online', 'silent', status) AS shown, online_at
    FROM ({sql.device_states()}) WHERE NOT online ORDER BY online_at, device_id LIMIT {{worst:UInt32}}
"""

_WARNINGS = f"""
    SELECT warning_id, area, category, rule, colour, raised_at, window, observed, expected,
           if(state = 'raised' AND done.state != '', done.state, state) AS shown
    FROM (
        SELECT warning_id, area, category, rule, raised_at, window,
               argMax(colour, updated_at) AS colour, argMax(state, updated_at) AS state,
               argMax(observed, updated_at) AS observed, argMax(expected, updated_at) AS expected
        FROM warnings WHERE updated_at < {_AT} AND {sql.IN_SCOPE}
        GROUP BY warning_id, area, category, rule, raised_at, window
    ) AS raised LEFT JOIN (
        SELECT warning_id,
               transform(argMax(action, at), ['acknowledge', 'handle', 'clear'], ['acknowledged', 'handled', 'cleared'])
                   AS state
        FROM actions WHERE action != 'comment' AND at < {_AT} GROUP BY warning_id
    ) AS done USING warning_id
    WHERE shown != 'cleared'
    ORDER BY indexOf(['red', 'yellow', 'blue'], colour), raised_at DESC, warning_id LIMIT {{limit:UInt32}}
"""


def trend(store: Store, scope: Scope, pack: Pack, at: datetime, days: int) -> list[DayCount]:
    """Reports and closings of the last local days, the running one included."""
    last = at.astimezone(pack.zone).date()
    first = last - timedelta(days=days - 1)
    bound = {"at": at, "first": first, "last": last, "topic": "events"} | scope.bound
    found = {day: (int(reported), int(closed)) for day, reported, closed in store.rows(_TREND, bound)}
    every = (first + timedelta(days=offset) for offset in range(days))
    return [DayCount(day, *found.get(day, (0, 0))) for day in every]


def heat(store: Store, scope: Scope, pack: Pack, span: Span, top: int) -> Heat:
    """Hour × category counts of the window's events, the greatest categories first."""
    bound = _window(span) | {"topic": "events", "zone": pack.settings.time_zone} | scope.bound
    counts: dict[str, list[int]] = {}
    for category, hour, n in store.rows(_HEAT, bound):
        counts.setdefault(category, [0] * 24)[hour] += n
    order = sorted(counts, key=lambda category: (-sum(counts[category]), category))[:top]
    return Heat(tuple(order), tuple(tuple(counts[category]) for category in order))


def cameras(store: Store, scope: Scope, offline_after_ms: int, at: datetime, worst: int) -> CameraPanel:
    """Devices by network, and those longest away."""
    bound = {"at": at, "offline_after_ms": offline_after_ms} | scope.bound
    networks = tuple(NetworkState(*row) for row in store.rows(_NETWORKS, bound))
    offline = tuple(
        OfflineDevice(device, area, network, status, _aware(since))
        for device, area, network, status, since in store.rows(_OFFLINE, bound | {"worst": worst})
    )
    return CameraPanel(networks, offline)


def mediation(store: Store, scope: Scope, span: Span) -> MediationPanel:
    """Disputes of the window by triage colour and by type, each by outcome."""
    by_triage: dict[str, dict[str, int]] = {}
    by_type: dict[str, dict[str, int]] = {}
    for triage, dispute_type, outcome, n in store.rows(
        _MEDIATION, _window(span) | {"topic": "mediation"} | scope.bound
    ):
        for table, key in ((by_triage, triage), (by_type, dispute_type)):
            cell = table.setdefault(key, {})
            cell[outcome] = cell.get(outcome, 0) + n
    return MediationPanel(by_triage, by_type)


def warnings(store: Store, scope: Scope, at: datetime, limit: int) -> list[WarningRow]:
    """Warnings not cleared, red first, newest first."""
    rows = store.rows(_WARNINGS, {"at": at, "limit": limit} | scope.bound)
    return [
        WarningRow(
            warning_id,
            area,
            category,
            rule,
            colour,
            state,
            raised_at.replace(tzinfo=UTC),
            observed,
            expected,
            window,
        )
        for warning_id, area, category, rule, colour, raised_at, window, observed, expected, state in rows
    ]


def feeds(store: Store, at: datetime) -> list[Feed]:
    """First and newest message of each input topic known at `at`."""
    rows = store.rows("SELECT topic, min(first_at), max(last_at) FROM feeds GROUP BY topic")
    found = {topic: (_aware(first), _aware(last)) for topic, first, last in rows}
    return [Feed(topic, *found.get(topic, (None, None)), 0) for topic in INPUT_TOPICS]


def _window(span: Span) -> dict[str, Any]:
    return {"at": span.end, "start": span.start}


def _aware(at: datetime) -> datetime | None:
    aware = at.replace(tzinfo=UTC)
    return aware if aware.timestamp() > 0 else None
