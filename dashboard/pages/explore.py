"""Explore: an area and its children with a mouse, on a stage that becomes a column on a phone."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.components import (
    cameras,
    charts,
    header,
    kpis,
    mapframe,
    mediation,
    progress,
    ranking,
    toolbar,
    warnings,
)
from dashboard.figures.cells import heatmap
from dashboard.figures.trend import trend
from dashboard.pages.stage import stage
from dashboard.view import Props, View
from schemas.packs import Pack


def layout(pack: Pack) -> Any:
    """The component tree. It never changes while the page lives: ticks set properties of its leaves."""
    return stage(
        "explore",
        header.layout(pack),
        kpis.layout(pack),
        html.Main(_columns(pack), id="main"),
        warnings.ticker_layout(),
    )


def _columns(pack: Pack) -> list[Any]:
    """Heights are those at which lists show whole rows: 756 pixels a column of three panels, 770 of two."""
    rich = bool(pack.settings.networks and pack.settings.dispute_types)
    left = [ranking.layout(pack, 314 if rich else 566)]
    right = [warnings.layout(312 if rich else 462), charts.heat_layout(254 if rich else 308)]
    if pack.settings.networks:
        left.append(cameras.layout(pack, 234))
    if pack.settings.dispute_types:
        left.append(mediation.layout(208))
    (right if rich else left).append(charts.trend_layout(190 if rich else 204))
    middle = [toolbar.layout(pack), mapframe.layout(toolbar.crumbs_layout(pack))]
    return [
        html.Div(left, className="column"),
        html.Div(middle, className="column column-map"),
        html.Div(right, className="column"),
    ]


def props(view: View) -> Props:
    """All properties of one view, by component and property."""
    found: Props = {}
    for part in (header, progress, kpis, toolbar, mapframe, ranking, charts, warnings):
        found |= part.props(view)
    if view.pack.settings.networks:
        found |= cameras.props(view)
    if view.pack.settings.dispute_types:
        found |= mediation.props(view)
    return found


def figures(view: View) -> dict[str, Any]:
    """What is drawn on canvases, by the name of its place."""
    return {
        "trend": trend(view.trend, view.language),
        "heat": heatmap(view.heat, view.pack, view.language),
    }
