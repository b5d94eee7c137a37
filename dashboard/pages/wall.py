"""The screen: a fixed tree of panels on a stage of 1920 × 1080, and the properties one view gives them."""

from __future__ import annotations

from typing import Any

import orjson
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
from dashboard.settings import LANGUAGES
from dashboard.texts import text
from dashboard.view import Props, View
from schemas.packs import Pack

#: What the browser says by itself, while it has no connection to ask for words.
CLIENT_TEXTS = (
    "banner_down",
    "banner_connecting",
    "problem_home",
    "map_loading",
    "for_s",
    "for_m",
    "for_h",
    "for_d",
)


def layout(pack: Pack) -> Any:
    """The component tree. It never changes while the page lives: ticks set properties of its leaves."""
    words = {language: {key: text(key, language) for key in CLIENT_TEXTS} for language in LANGUAGES}
    attributes: dict[str, Any] = {"data-texts": orjson.dumps(words).decode(), "data-state": "connecting"}
    return html.Div(
        [
            header.layout(pack),
            kpis.layout(pack),
            html.Main(_columns(pack), id="main"),
            warnings.ticker_layout(),
            html.Div(id="banner", className="banner", role="status"),
            html.Div(id="card", className="card"),
        ],
        id="stage",
        **attributes,
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
