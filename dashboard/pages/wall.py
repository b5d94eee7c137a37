"""The wall: what hangs in the command centre. A fixed tree of panels on a stage as wide as the screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dash import html

from dashboard.components import (
    cameras,
    charts,
    emergency,
    funnel,
    gauges,
    header,
    kpis,
    mapframe,
    progress,
    ranking,
    toolbar,
    warnings,
)
from dashboard.figures.cells import heatmap, week
from dashboard.figures.flow import flow
from dashboard.figures.risk import risk_matrix
from dashboard.figures.trend import trend
from dashboard.pages.stage import stage
from dashboard.scope import Scope
from dashboard.view import Props, View
from schemas.packs import Pack


def layout(pack: Pack) -> Any:
    """The component tree. It never changes while the page lives: ticks set properties of its leaves."""
    rich = bool(pack.settings.networks and pack.settings.dispute_types)
    panels = [
        emergency.board_layout(),
        ranking.layout(pack),
        *([funnel.layout()] if pack.settings.dispute_types else []),
        *([cameras.layout(pack)] if pack.settings.networks else []),
        mapframe.layout(
            toolbar.crumbs_layout(pack), gauges.layout(), html.Div(id="tour", role="status", className="tour")
        ),
        charts.cells_layout("matrix"),
        warnings.layout(),
        charts.flow_layout(),
        charts.cells_layout("week"),
        charts.trend_layout(None),
        charts.heat_layout(None),
    ]
    return stage(
        "wall",
        *emergency.layout(),
        header.layout(pack, "wall"),
        kpis.layout(pack),
        html.Main(panels, id="main", className="wall-rich" if rich else "wall-plain"),
        warnings.ticker_layout(),
    )


def props(view: View) -> Props:
    """All properties of one view, by component and property."""
    found: Props = {}
    for part in (header, emergency, progress, kpis, mapframe, gauges, ranking, charts, warnings):
        found |= part.props(view)
    found |= toolbar.crumbs(view) | charts.wall_props(view) | emergency.board_props(view)
    if view.pack.settings.networks:
        found |= cameras.props(view)
    if view.pack.settings.dispute_types:
        found |= funnel.props(view)
    return found


def figures(view: View) -> dict[str, Any]:
    """What is drawn on canvases, by the name of its place."""
    language, pack = view.language, view.pack
    found = {"trend": trend(view.trend, language), "heat": heatmap(view.heat, pack, language)}
    if view.wall is not None:
        found |= {
            "flow": flow(view.wall.hours, pack.zone, language),
            "week": week(view.wall.hours, language),
            "matrix": risk_matrix(view.wall.risk, _children(view), view.heat.categories, pack, language),
        }
    return found


def _children(view: View) -> list[str]:
    return [area.code for area in view.pack.areas.children(view.frame)] or [view.frame]


def tour(view: View) -> dict[str, Any]:
    """The stops of the tour: the whole area, each theme's page, each child; and the red warnings nobody has taken."""
    home = view.scopes.viewer_area
    base = view.scope.to(area=home, page="wall", indicator=view.scopes.home.indicator)
    stops = [
        {"href": scope.href, "area": scope.area, "page": scope.page, "indicator": scope.indicator}
        for scope in _stops(view, base)
    ]
    alerts = view.wall.alerts if view.wall else ()
    reds = [
        {
            "id": alert.warning_id,
            "href": base.to(area=view.scopes.frame(alert.area)).href,
            "text": f"{view.name(alert.area)} · {warnings.what(view, alert)}",
        }
        for alert in alerts
        if alert.colour == "red" and alert.state == "raised" and alert.area in view.pack.areas
    ]
    return {"stops": stops, "reds": reds, "faster": view.emergency.now is not None}


def _stops(view: View, base: Scope) -> Iterator[Scope]:
    if view.emergency.now is not None:
        yield base
        yield from (
            base.to(area=child.code)
            for child in view.pack.areas.children(base.area)
            if (open_now := view.reading(child.code, "backlog")) is not None and open_now.value
        )
        return
    yield base
    for theme in toolbar.themes_of(view.pack):
        yield base.theme(theme)
    for child in view.pack.areas.children(base.area):
        yield base.to(area=child.code)
