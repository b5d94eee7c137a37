"""The incident board of an emergency: open events of its categories, those nearest to their deadline first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from dashboard.queries import sql
from dashboard.queries.evaluate import Scope
from dashboard.readings import Incident, Incidents
from schemas.clickhouse import Store

_AT = "{at:DateTime64(3, 'UTC')}"
_OPEN = f"""
    basis = 'open' AND {sql.CURRENT_DAYS} AND {sql.IN_SCOPE} AND valid_from < {_AT} AND valid_to >= {_AT}
    AND (category IN {{categories:Array(String)}} OR urgency = 'emergency')
"""
_COUNTS = f"""
    SELECT sum(sign), sumIf(sign, due_at < {_AT}), sumIf(sign, moment >= {{since:DateTime64(3, 'UTC')}})
    FROM event_history WHERE {_OPEN}
"""
#: A deadline just passed, one about to pass and a report just come stand side by side; what is old and far comes last.
_NEAREST = f"""
    SELECT area, category, channel, urgency, moment, due_at FROM event_history WHERE {_OPEN}
    GROUP BY area, category, channel, urgency, moment, due_at, case_hash HAVING sum(sign) > 0
    ORDER BY least(abs(dateDiff('second', due_at, {_AT})), abs(dateDiff('second', moment, {_AT}))),
             urgency = 'emergency' DESC, moment DESC, area, category
    LIMIT {{limit:UInt32}}
"""
#: What the history writes where a case has no deadline.
_FOREVER = 2299


def incidents(
    store: Store, scope: Scope, at: datetime, categories: Sequence[str], since: datetime, limit: int
) -> Incidents:
    """What stands open at T."""
    bound: dict[str, Any] = {"at": at, "since": since, "topic": "events", "categories": list(categories)}
    bound |= scope.bound | {"limit": limit}
    ((total, overdue, fresh),) = store.rows(_COUNTS, bound)
    rows = store.rows(_NEAREST, bound)
    nearest = tuple(
        Incident(area, category, channel, urgency, moment.replace(tzinfo=UTC), _due(due))
        for area, category, channel, urgency, moment, due in rows
    )
    return Incidents(int(total), int(overdue), int(fresh), nearest)


def _due(due: datetime) -> datetime | None:
    return None if due.year >= _FOREVER else due.replace(tzinfo=UTC)
