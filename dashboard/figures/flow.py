"""The flow's figure: reports of the last 24 hours, hour by hour, over those of a usual day."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from dashboard.figures import theme
from dashboard.figures.trend import nice_top
from dashboard.format import compact
from dashboard.readings import Hours
from dashboard.texts import text


def flow(hours: Hours, zone: ZoneInfo, language: str) -> dict[str, Any]:
    """Hours oldest first; the last one is still running and drawn apart."""
    counts = [count for _, count in hours.recent]
    usual = [None if value is None else round(value, 1) for value in hours.usual]
    top = nice_top(max(counts + [round(value or 0) for value in usual], default=0))
    return {
        "x": [f"{hour.astimezone(zone):%H:00}" for hour, _ in hours.recent],
        "top": top,
        "ticks": [[share, compact(top * share)] for share in (0, 0.5, 1)],
        "now": {"name": text("flow_now", language), "colour": theme.ACCENT, "values": counts},
        "usual": {"name": text("flow_usual", language), "colour": theme.MUTED, "values": usual},
    }
