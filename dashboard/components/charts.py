"""The two drawn panels, trend and heatmap: a frame here, the figure from `dashboard.figures`."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.components.parts import panel
from dashboard.figures import theme
from dashboard.view import Props, View


def trend_layout(height: int) -> Any:
    key = html.Div(
        [
            html.Span([html.I(style={"background": theme.REPORTED}), html.Span(id="trend-reported")]),
            html.Span([html.I(style={"background": theme.GOOD}), html.Span(id="trend-closed")]),
        ],
        className="key",
    )
    return panel("trend", key, html.Div(id="trend-figure", className="figure"), height=height)


def heat_layout(height: int) -> Any:
    return panel("heat", html.Div(id="heat-figure", className="figure"), height=height)


def props(view: View) -> Props:
    return {
        "trend-title": {"children": view.text("trend")},
        "trend-reported": {"children": view.text("trend_reported")},
        "trend-closed": {"children": view.text("trend_closed")},
        "heat-title": {"children": view.text("heat")},
        "heat-note": {"children": "" if view.heat.categories else view.text("heat_none")},
    }
