"""The children of the area by the chosen indicator, the one that needs attention first."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.components.parts import panel, shown, whole_share
from dashboard.figures import theme
from dashboard.figures.choropleth import ramp
from dashboard.figures.scale import alarm
from dashboard.format import written
from dashboard.readings import Number, unassigned_key
from dashboard.view import Props, View
from schemas.packs import Pack

#: Rows at most; an area with more children shows those that need attention.
MOST_ROWS = 60


def slots(pack: Pack) -> int:
    """Rows the layout holds: the most children any area has, and its own unassigned part."""
    return min(MOST_ROWS, max(len(pack.areas.children(area.code)) for area in pack.areas.areas)) + 1


def layout(pack: Pack, grow: float) -> Any:
    rows = [
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
    return panel("ranking", html.Div(rows, className="scroll"), grow=grow)


def order(view: View) -> list[tuple[str, Number | None]]:
    """Children of the frame: worst first, or most first for a neutral indicator; no data last, ties in pack order."""
    name = view.indicator.name
    children = [area.code for area in view.pack.areas.children(view.frame)] or [view.frame]
    values = [(code, reading.value if (reading := view.reading(code, name)) else None) for code in children]
    ascending = view.indicator.direction == "higher"
    return sorted(values, key=lambda item: _place(item[1], ascending))


def _place(value: Number | None, ascending: bool) -> tuple[bool, float]:
    return (value is None, 0.0 if value is None else value if ascending else -value)


def props(view: View) -> Props:
    rows = order(view)
    level = view.pack.areas[rows[0][0]].level
    neutral = view.indicator.direction == "neutral"
    title = view.text(
        "ranking",
        level=view.pack.label("levels", level, view.language),
        indicator=view.indicator.label(view.language),
    )
    note = [
        view.text("ranking_most" if neutral else "ranking_worst"),
        view.text("ranking_count", n=len(rows)),
    ]
    found: Props = {"ranking-title": {"children": title}, "ranking-note": {"children": " · ".join(note)}}
    own = view.reading(unassigned_key(view.frame), view.indicator.name)
    rows = rows[:MOST_ROWS]
    top = max((value for _, value in rows if value is not None), default=0)
    steps = ramp(view)
    for row in range(slots(view.pack)):
        if row < len(rows):
            colour = (
                steps.colours[max(0, steps.step(rows[row][1]))] if view.scope.detail == "children" else ""
            )
            found |= _row(view, row, rows[row][0], rows[row][1], top, colour)
        elif row == len(rows) and own is not None and own.value:
            found |= _unassigned(view, row, own.value, top)
        else:
            found[f"rank-{row}"] = {"style": shown(False)}
    return found


def _row(view: View, row: int, code: str, value: Number | None, top: Number, colour: str) -> Props:
    level = alarm(view.indicator, value, view.threshold(view.indicator.name))
    fill = theme.COLOURS.get(level, colour or theme.ACCENT)
    return {
        f"rank-{row}": {
            "href": view.scope.to(area=code).href,
            "style": shown(True),
            "className": " ".join(
                ["rank", f"rank-{level}" if level else "", "rank-here" * (code == view.scope.area)]
            ),
        },
        f"rank-{row}-place": {"children": str(row + 1)},
        f"rank-{row}-name": {"children": view.name(code)},
        f"rank-{row}-bar": {
            "style": {"width": f"{100 * whole_share(value or 0, top):.1f}%", "background": fill}
        },
        f"rank-{row}-value": {"children": written(value, view.indicator, view.language).whole},
    }


def _unassigned(view: View, row: int, value: Number, top: Number) -> Props:
    """The area's own records, in none of its children: counted, but nowhere to go."""
    width = min(100.0, 100 * whole_share(value, top))
    return {
        f"rank-{row}": {"href": "", "style": shown(True), "className": "rank rank-unassigned"},
        f"rank-{row}-place": {"children": "·"},
        f"rank-{row}-name": {"children": view.text("unassigned")},
        f"rank-{row}-bar": {"style": {"width": f"{width:.1f}%", "background": theme.UNKNOWN}},
        f"rank-{row}-value": {"children": written(value, view.indicator, view.language).whole},
    }
