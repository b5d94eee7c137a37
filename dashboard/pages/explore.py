"""Explore: an area and its children with a mouse, on a stage that becomes a column on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import orjson
from dash import html

from dashboard.components import (
    cameras,
    charts,
    emergency,
    header,
    kpis,
    mapframe,
    mediation,
    progress,
    ranking,
    toolbar,
    warnings,
)
from dashboard.figures.cells import heatmap, short_name
from dashboard.figures.table import about, table
from dashboard.figures.trend import trend
from dashboard.pages.stage import stage
from dashboard.settings import LANGUAGES
from dashboard.texts import text
from dashboard.view import Props, View
from schemas.packs import Entry, Pack


def layout(pack: Pack) -> Any:
    """The component tree. It never changes while the page lives: ticks set properties of its leaves."""
    data: dict[str, Any] = {"data-about": _written(about), "data-choices": _written(partial(choices, pack))}
    return stage(
        "explore",
        *emergency.layout(),
        header.layout(pack),
        kpis.layout(pack),
        html.Main(_columns(pack), id="main"),
        warnings.ticker_layout(),
        **data,
    )


def _written(words: Callable[[str], Any]) -> str:
    """What the browser needs of the dictionaries, in both languages."""
    return orjson.dumps({language: words(language) for language in LANGUAGES}).decode()


def choices(pack: Pack, language: str) -> dict[str, Any]:
    """The filters on offer: code, name and depth of each entry, under the name of what is filtered."""
    depth: dict[str, int] = {}
    for entry in pack.settings.categories:  # parents come first
        depth[entry.code] = depth[entry.parent] + 1 if entry.parent else 0
    categories = [
        [entry.code, short_name(entry.label(language)), depth[entry.code]]
        for entry in _in_order(pack.settings.categories)
    ]
    channels = [[entry.code, entry.label(language), 0] for entry in pack.settings.channels]
    named = {"category": categories, "channel": channels}
    return {
        name: {
            "all": text(f"filter_{name}", language),
            "emergency": text("filter_emergency", language),
            "entries": entries,
        }
        for name, entries in named.items()
        if entries
    }


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Each entry before those below it."""
    known = list(entries)
    below: dict[str | None, list[Entry]] = {}
    for entry in known:
        below.setdefault(entry.parent, []).append(entry)

    def walk(parent: str | None) -> list[Entry]:
        return [found for entry in below.get(parent, []) for found in (entry, *walk(entry.code))]

    return walk(None)


def _columns(pack: Pack) -> list[Any]:
    """Heights are those at which lists show whole rows: 756 pixels a column of three panels, 770 of two."""
    rich = bool(pack.settings.networks and pack.settings.dispute_types)
    left = [emergency.board_layout(), ranking.layout(pack, 314 if rich else 566)]
    right = [warnings.layout(312 if rich else 462), charts.heat_layout(254 if rich else 308)]
    if pack.settings.networks:
        left.append(cameras.layout(pack, 234))
    if pack.settings.dispute_types:
        left.append(mediation.layout(208))
    (right if rich else left).append(charts.trend_layout(190 if rich else 204))
    middle = [toolbar.layout(pack), mapframe.layout(toolbar.head_layout(pack), html.Div(id="table"))]
    return [
        html.Div(left, className="column"),
        html.Div(middle, className="column column-map"),
        html.Div(right, className="column"),
    ]


def props(view: View) -> Props:
    """All properties of one view, by component and property."""
    found: Props = emergency.board_props(view)
    for part in (header, emergency, progress, kpis, toolbar, mapframe, ranking, charts, warnings):
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
        "table": table(view),
    }
