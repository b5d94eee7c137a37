"""The row of tiles: a figure each, its change on the window and the year before, its course where known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.components.header import fed_topics
from dashboard.figures.scale import alarm
from dashboard.format import change, written
from dashboard.readings import Number
from dashboard.scope import Page
from dashboard.view import Props, View
from schemas.indicators import BY_NAME
from schemas.packs import Pack
from schemas.windows import COMPARISONS

#: What a centre looks at first; a pack without a topic gives its places to the next ones.
_EVENTS = ("events_reported", "closing_rate", "overdue_open", "handling_time_median")
_MORE_EVENTS = ("on_time_rate", "backlog", "events_closed")
_TILES = 7


def tiles(pack: Pack) -> tuple[str, ...]:
    """The indicators on the tiles, in the order of the catalogue's topics."""
    others = []
    if pack.settings.dispute_types:
        others += ["mediation_success_rate"]
    if pack.settings.networks:
        others += ["online_rate"]
    grids = ("in_grid_rate",) if pack.settings.grid_kinds else ()
    return (*_EVENTS, *grids, *_MORE_EVENTS)[: _TILES - len(others)] + tuple(others)


#: What a theme's page looks at first; those of feeds a pack does not have are left out.
_THEMES: dict[Page, tuple[str, ...]] = {
    "events": (
        "events_reported", "closing_rate", "on_time_rate", "overdue_open", "backlog", "handling_time_median",
        "reopen_rate",
    ),
    "mediation": (
        "mediation_registered", "mediation_accepted", "mediation_succeeded", "mediation_success_rate",
        "mediation_open", "mediation_escalated", "mediation_duration_median",
    ),
    "cameras": ("cameras_registered", "cameras_online", "online_rate", "offline_over_24h", "availability"),
    "statistics": ("hotline_rate", "petition_rate", "litigation_rate", "events_per_10k", "satisfaction"),
    "risk": ("overdue_open", "backlog", "reopen_rate", "mediation_escalated", "offline_over_24h", "online_rate"),
}  # fmt: skip


def tiles_of(pack: Pack, page: Page) -> tuple[str, ...]:
    """The tiles of a page: a theme's own, or those every centre looks at first."""
    names = _THEMES.get(page)
    if names is None:
        return tiles(pack)
    return tuple(name for name in names if BY_NAME[name].topic in fed_topics(pack) or page == "statistics")


def layout(pack: Pack, page: Page = "explore") -> Any:
    return html.Nav([_tile(name) for name in tiles_of(pack, page)], id="kpis")


def _tile(name: str) -> Any:
    key = f"kpi-{name}"
    comparisons = [
        html.Span([html.Span(id=f"{key}-{which}-label"), html.B(id=f"{key}-{which}")], className="comparison")
        for which in COMPARISONS
    ]
    return html.A(
        [
            html.Div(id=f"{key}-label", className="kpi-label"),
            html.Div(
                [
                    html.Span(id=f"{key}-value", className="kpi-value"),
                    html.Span(id=f"{key}-unit", className="kpi-unit"),
                ],
                className="kpi-figure",
            ),
            html.Div(id=f"{key}-spark", className="spark"),
            html.Div(comparisons, className="kpi-changes"),
        ],
        id=key,
        className="kpi",
    )


def props(view: View) -> Props:
    found: Props = {}
    for name in tiles_of(view.pack, view.scope.page):
        found |= tile(view, name)
    return found


def tile(view: View, name: str) -> Props:
    """One tile as it stands."""
    key, indicator = f"kpi-{name}", BY_NAME[name]
    reading = view.reading(view.scope.area, name)
    value = reading.value if reading else None
    figure = written(value, indicator, view.language)
    level = alarm(indicator, value, view.threshold(name))
    classes = ["kpi", f"kpi-{level}" if level else "", "kpi-chosen" if name == view.scope.indicator else ""]
    found: Props = {
        key: {"href": view.scope.to(indicator=name).href, "className": " ".join(filter(None, classes))},
        f"{key}-label": {"children": indicator.label(view.language)},
        f"{key}-value": {"children": figure.value},
        f"{key}-unit": {"children": figure.unit if value is not None else view.text("no_data")},
        f"{key}-spark": {"style": spark(view.courses.get(name, ()))},
    }
    for which in COMPARISONS:
        before = view.board.before(view.scope.area, indicator, which, view.pack.zone)
        difference = change(value, before, indicator, view.language)
        found[f"{key}-{which}-label"] = {"children": view.text(which)}
        found[f"{key}-{which}"] = {"children": difference.text, "className": f"mood-{difference.mood}"}
    return found


def spark(values: Sequence[Number | None]) -> dict[str, str]:
    """A line of values as a clip path: an area under the line, in percent of its box, from a fifth of it up; nothing
    where a value is unknown."""
    known = [value for value in values if value is not None]
    if len(known) < 2 or max(known) == 0:
        return {"display": "none"}
    low, high = min(known), max(known)
    room = (high - low) or high
    corners = []
    for index, value in enumerate(values):
        x = f"{100 * index / (len(values) - 1):.1f}%"
        if value is None:
            corners.append(f"{x} 100%")
            continue
        if index and values[index - 1] is None:
            corners.append(f"{x} 100%")
        corners.append(f"{x} {82 - 80 * (value - low) / room:.1f}%")
        if index + 1 < len(values) and values[index + 1] is None:
            corners.append(f"{x} 100%")
    return {"clipPath": f"polygon(0% 100%, {', '.join(corners)}, 100% 100%)"}
