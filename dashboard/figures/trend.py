"""The trend's figure: reports as bars, closings as a line, one place a local day."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from dashboard.figures import theme
from dashboard.format import compact
from dashboard.readings import DayCount, Number
from dashboard.texts import text


def trend(days: Sequence[DayCount], language: str) -> dict[str, Any]:
    """Days oldest first; the last one is still running and drawn fainter."""
    top = nice_top(max((max(day.reported, day.closed) for day in days), default=0))
    return {
        "x": [f"{day.day:%m-%d}" for day in days],
        "top": top,
        "ticks": [[share, compact(top * share)] for share in (0, 0.5, 1)] if days else [],
        "bars": _series(text("trend_reported", language), theme.REPORTED, [day.reported for day in days]),
        "line": _series(text("trend_closed", language), theme.GOOD, [day.closed for day in days]),
        "running": True,
    }


def cases(courses: Mapping[str, Sequence[Number | None]], today: date, language: str) -> dict[str, Any]:
    """Disputes registered and succeeded on each of the last whole days, by the day they were registered."""
    registered = [int(value or 0) for value in courses.get("mediation_registered", ())]
    succeeded = [int(value or 0) for value in courses.get("mediation_succeeded", ())] or [0] * len(registered)
    days = [today - timedelta(days=back) for back in range(len(registered), 0, -1)]
    top = nice_top(max(registered + succeeded, default=0))
    return {
        "x": [f"{day:%m-%d}" for day in days],
        "top": top,
        "ticks": [[share, compact(top * share)] for share in (0, 0.5, 1)] if days else [],
        "bars": _series(text("cases_registered", language), theme.REPORTED, registered),
        "line": _series(text("cases_succeeded", language), theme.GOOD, succeeded),
        "running": False,
    }


def _series(name: str, colour: str, values: list[int]) -> dict[str, Any]:
    return {"name": name, "colour": colour, "values": values}


def nice_top(value: int) -> int:
    """The least of 1, 2, 4, 5, 6, 8 times a power of ten that is not below the value.

    >>> nice_top(0), nice_top(7), nice_top(431), nice_top(1000)
    (1, 8, 500, 1000)
    """
    if value <= 1:
        return 1
    power = 10 ** math.floor(math.log10(value))
    return int(next(step * power for step in (1, 2, 4, 5, 6, 8, 10) if step * power >= value))
