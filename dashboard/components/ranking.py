"""The children of the area by the chosen indicator, the one that needs attention first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import html

from dashboard.components.parts import panel, rows, shown, whole_share
from dashboard.figures import theme
from dashboard.figures.scale import alarm, scale
from dashboard.format import written
from dashboard.readings import Number, unassigned_key
from dashboard.scope import own_name
from dashboard.view import Props, View
from schemas.packs import Pack

#: Rows at most; an area with more children shows those that need attention.
MOST_ROWS = 60


def slots(pack: Pack) -> int:
    """Rows the layout holds: the most children any area has, and its own unassigned part."""
    return min(MOST_ROWS, pack.areas.breadth) + 1


def layout(pack: Pack, height: int | None = None) -> Any:
    lines = [
        html.A(
            [
                html.Span(id=f"rank-{row}-place", className="rank-place"),
                html.Span(id=f"rank-{row}-name", className="rank-name"),
                html.Span(html.I(id=f"rank-{row}-bar"), className="rank-track"),
                html.Span(id=f"rank-{row}-value", className="rank-value"),
            ],
            id=f"rank-{row}",
            className="rank",
            style={"display": "none"},
        )
        for row in range(slots(pack))
    ]
    return panel("ranking", rows(lines, 36), height=height)


def order(view: View) -> list[tuple[str, Number | None]]:
    """Children of the frame, worst first, or most first for a neutral indicator; no data last; ties as in the pack."""
    name = view.indicator.name
    children = [area.code for area in view.pack.areas.children(view.frame)] or [view.frame]
    values = [(code, reading.value if (reading := view.reading(code, name)) else None) for code in children]
    ascending = view.indicator.direction == "higher"
    return sorted(values, key=lambda item: _place(item[1], ascending))


def _place(value: Number | None, ascending: bool) -> tuple[bool, float]:
    return (value is None, 0.0 if value is None else value if ascending else -value)


def props(view: View) -> Props:
    ranked = order(view)
    level = view.pack.label("levels", view.pack.areas[ranked[0][0]].level, view.language)
    first = view.text("ranking_most" if view.indicator.direction == "neutral" else "ranking_worst")
    title = view.text("ranking", level=level, indicator=view.indicator.label(view.language))
    found: Props = {
        "ranking-title": {"children": title},
        "ranking-note": {"children": view.text("ranking_note", order=first, n=len(ranked))},
    }
    own = view.reading(unassigned_key(view.frame), view.indicator.name)
    ranked = ranked[:MOST_ROWS]
    top = max((value for _, value in ranked if value is not None), default=0)
    hot = heat_of(view, [value for _, value in ranked])
    for row in range(slots(view.pack)):
        if row < len(ranked):
            code, value = ranked[row]
            found |= _row(view, f"rank-{row}", row + 1, code) | _figure(
                view, f"rank-{row}", value, top, hot(value)
            )
        elif row == len(ranked) and own is not None and own.value:
            found |= _unassigned(view, f"rank-{row}")
            found |= _figure(view, f"rank-{row}", own.value, max(top, own.value), theme.UNKNOWN)
        else:
            found[f"rank-{row}"] = {"style": shown(False)}
    return found


def heat_of(view: View, values: list[Number | None]) -> Callable[[Number | None], str]:
    """A bar's colour: the accent, or where the value stands in the worse part of its ramp, the ramp's colour."""
    steps = scale(view.indicator, values, view.threshold(view.indicator.name))

    def colour(value: Number | None) -> str:
        at = steps.colours[max(0, steps.step(value))]
        return at if at in theme.WARM else theme.ACCENT

    return colour


def _row(view: View, key: str, place: int, code: str) -> Props:
    reading = view.reading(code, view.indicator.name)
    level = alarm(view.indicator, reading.value if reading else None, view.threshold(view.indicator.name))
    classes = ["rank", f"rank-{level}" if level else "", "rank-here" if code == view.scope.area else ""]
    return {
        key: {
            "href": view.scope.to(area=code).href,
            "style": shown(True),
            "className": " ".join(filter(None, classes)),
        },
        f"{key}-place": {"children": str(place)},
        f"{key}-name": {"children": own_name(view.name(code), view.name(view.frame))},
    }


def _unassigned(view: View, key: str) -> Props:
    """The area's own records, in none of its children: counted, but nowhere to go."""
    return {
        key: {"href": None, "style": shown(True), "className": "rank rank-unassigned"},
        f"{key}-place": {"children": "·"},
        f"{key}-name": {"children": view.text("unassigned")},
    }


def _figure(view: View, key: str, value: Number | None, top: Number, fill: str) -> Props:
    width, figure = 100 * whole_share(value or 0, top), written(value, view.indicator, view.language)
    return {
        f"{key}-bar": {"style": {"width": f"{width:.1f}%", "background": fill}},
        f"{key}-value": {"children": figure.value if view.indicator.unit == "per_10k" else figure.whole},
    }
