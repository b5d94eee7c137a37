"""Heat for the screens, as the watch told it at its newest look before T."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dashboard.queries.evaluate import Scope
from dashboard.readings import HeatScore, RiskHeat
from schemas.clickhouse import Store

#: A look older than this says nothing of now: then everything is unknown. At a replay's speed looks lie further apart.
STALE = timedelta(minutes=10)
STALE_SECONDS_OF_REPLAY = 60.0

_HEAT = """
    SELECT at, area, category, score, surge, burden, coverage, observed, expected, window FROM heat
    WHERE at = (SELECT max(at) FROM heat WHERE at < {at:DateTime64(3, 'UTC')})
      AND at >= {since:DateTime64(3, 'UTC')}
      AND ({everywhere:UInt8} OR area IN {areas:Array(String)})
    ORDER BY area, category
"""


def stale_after(speed: float | None) -> timedelta:
    """The age from which on a look says nothing."""
    return max(STALE, timedelta(seconds=STALE_SECONDS_OF_REPLAY * (speed or 1.0)))


def heat(store: Store, scope: Scope, at: datetime, speed: float | None = None) -> RiskHeat:
    """Heat of the scope; nothing where the newest look is too old, so that no outage of the watch looks calm."""
    age = stale_after(speed)
    looked_at: datetime | None = None
    areas: dict[str, HeatScore] = {}
    cells: dict[str, list[HeatScore]] = {}
    for told, area, category, *figures in store.rows(_HEAT, {"at": at, "since": at - age} | scope.bound):
        looked_at = told.replace(tzinfo=UTC)
        score = HeatScore(area, category, *figures)
        if category:
            cells.setdefault(area, []).append(score)
        else:
            areas[area] = score
    ordered = {
        area: tuple(sorted(found, key=lambda one: (-(one.score or 0.0), one.category)))
        for area, found in cells.items()
    }
    return RiskHeat(looked_at, areas, ordered)
