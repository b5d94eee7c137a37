"""Figures are pure functions, compared whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from dashboard.figures import theme
from dashboard.figures.cells import heatmap
from dashboard.figures.choropleth import choropleth, legend
from dashboard.figures.trend import trend
from dashboard.readings import DayCount, Heat
from dashboard.view import View
from schemas.packs import Pack


def test_the_trend() -> None:
    days = [DayCount(date(2026, 3, 8), 431, 400), DayCount(date(2026, 3, 9), 120, 90)]
    assert trend(days, "en") == {
        "x": ["03-08", "03-09"],
        "top": 500,
        "ticks": [[0, "0"], [0.5, "250"], [1, "500"]],
        "bars": {"name": "Reported", "colour": theme.REPORTED, "values": [431, 120]},
        "line": {"name": "Closed", "colour": theme.GOOD, "values": [400, 90]},
        "running": True,
    }


def test_the_heatmap(pack: Pack) -> None:
    hours = (0,) * 8 + (1, 4, 16) + (0,) * 13
    last = len(theme.HEAT) - 1
    assert heatmap(Heat(("hazard", "unknown > leaf"), (hours, (0,) * 24)), pack, "zh") == {
        "rows": ["安全隐患", "leaf"],
        "columns": [f"{hour:02d}:00–{hour + 1:02d}:00" for hour in range(24)],
        "ticks": ["" if hour % 3 else str(hour) for hour in range(24)],
        "colours": list(theme.HEAT),
        "counts": [list(hours), [0] * 24],
        "steps": [[0] * 8 + [3, 5, last] + [0] * 13, [0] * 24],
    }


def test_the_map(view: Callable[..., View]) -> None:
    seen = replace(view(), values=[0, None, 9, 100])
    figure = choropleth(seen)
    pulses = figure.pop("pulses")
    assert figure == {
        "area": "D",
        "detail": "leaves",
        "here": "D",
        "etag": seen.sheet.etag,
        "language": "zh",
        "colours": list(theme.AMOUNT),
        "steps": [0, -1, 2, 8],
    }
    assert pulses
    assert [pulse[2] for pulse in pulses] == sorted(
        (p[2] for p in pulses), key=list(theme.COLOURS.values()).index
    )
    assert all(tuple(pulse[:2]) in seen.sheet.places.values() for pulse in pulses)


def test_the_legend_says_from_where_each_colour_holds(view: Callable[..., View]) -> None:
    assert legend(replace(view(), values=[0, None, 9, 100]))[:3] == [
        (theme.AMOUNT[0], "< 2"),
        (theme.AMOUNT[1], "2"),
        (theme.AMOUNT[2], "5"),
    ]
    assert legend(replace(view(), values=[None] * 4)) == []
    assert legend(replace(view(), values=[7, None, 7, 7])) == [(theme.AMOUNT[0], "7")]
