"""The two drawn panels, trend and heatmap: a frame here, the figure from `dashboard.figures`."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.components.parts import panel
from dashboard.figures import theme
from dashboard.format import clock
from dashboard.view import Props, View


def trend_layout(height: int | None = None) -> Any:
    key = html.Div(
        [
            html.Span([html.I(style={"background": theme.REPORTED}), html.Span(id="trend-reported")]),
            html.Span([html.I(style={"background": theme.GOOD}), html.Span(id="trend-closed")]),
        ],
        className="key",
    )
    return panel("trend", key, html.Div(id="trend-figure", className="figure"), height=height)


def heat_layout(height: int | None = None) -> Any:
    return panel("heat", html.Div(id="heat-figure", className="figure"), height=height)


def flow_layout() -> Any:
    key = html.Div(
        [
            html.Span([html.I(style={"background": theme.ACCENT}), html.Span(id="flow-now")]),
            html.Span([html.I(className="key-dashed"), html.Span(id="flow-usual")]),
        ],
        className="key",
    )
    return panel("flow", key, html.Div(id="flow-figure", className="figure"))


def cells_layout(name: str) -> Any:
    """`matrix` (category × area) or `week` (weekday × hour)."""
    return panel(name, html.Div(id=f"{name}-figure", className="figure"))


def _looked(view: View) -> str:
    """When the watch looked last; without a look nothing is known."""
    looked = view.wall.risk.looked_at if view.wall else None
    if looked is None:
        return view.text("risk_none")
    return view.text("risk_note", at=clock(looked, view.pack.zone))


def wall_props(view: View, *panels: str) -> Props:
    """Of the panels `flow`, `matrix` and `week`, or some of them."""
    every = _wall_props(view)
    return {key: value for key, value in every.items() if not panels or key.split("-")[0] in panels}


def _wall_props(view: View) -> Props:
    hours = view.wall.hours if view.wall else None
    usual = hours is not None and hours.usual[-1] is not None
    level = view.pack.areas.children(view.frame)
    place = view.pack.label("levels", level[0].level, view.language) if level else ""
    return {
        "flow-title": {"children": view.text("flow")},
        "flow-now": {"children": view.text("flow_now")},
        "flow-usual": {"children": view.text("flow_usual" if usual else "flow_no_usual")},
        "matrix-title": {"children": view.text("matrix", level=place)},
        "matrix-note": {"children": _looked(view)},
        "week-title": {"children": view.text("week")},
        "week-note": {"children": view.text("week_note")},
    }


def props(view: View) -> Props:
    return {
        "trend-title": {"children": view.text("trend")},
        "trend-reported": {"children": view.text("trend_reported")},
        "trend-closed": {"children": view.text("trend_closed")},
        "heat-title": {"children": view.text("heat")},
        "heat-note": {"children": "" if view.heat.categories else view.text("heat_none")},
    }
