"""The map's head: where we are, which indicator, window and detail. All are links: the address says it all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from dash import html

from dashboard.components.header import fed_topics
from dashboard.components.parts import shown
from dashboard.scope import THEMES, Detail, Shown, Theme
from dashboard.view import Props, View
from schemas.indicators import indicators
from schemas.packs import Pack
from schemas.windows import WINDOW_LABELS, WINDOWS


def choices(pack: Pack) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Topic by topic, the indicators a viewer may choose."""
    for topic in fed_topics(pack):
        yield topic, tuple(indicator.name for indicator in indicators(topic))


def crumbs_layout(pack: Pack) -> Any:
    """The way from the viewer's area down to here; it stands in the map's frame."""
    return html.Nav(
        [html.A(id=f"crumb-{step}", className="crumb") for step in range(pack.areas.depth)], id="crumbs"
    )


def head_layout(pack: Pack) -> Any:
    """The way down, and on the right the filters and what is shown: map, table or comparison."""
    shows = [html.A(id=f"show-{name}", className="tab") for name in get_args(Shown)]
    tools = html.Div([html.Div(id="filters"), html.Div(shows, className="tabs")], className="frame-tools")
    return html.Div([crumbs_layout(pack), tools], className="frame-head")


def layout(pack: Pack) -> Any:
    groups = [
        html.Div(
            [
                html.Div(id=f"choices-{topic}", className="choices-title"),
                *(html.A(id=f"choice-{name}", className="choice") for name in names),
            ],
            className="choices-group",
        )
        for topic, names in choices(pack)
    ]
    return html.Div(
        [
            html.Div(
                [html.A(id=f"detail-{name}", className="tab") for name in get_args(Detail)], className="tabs"
            ),
            html.Div([html.A(id=f"window-{name}", className="tab") for name in WINDOWS], className="tabs"),
            html.Details(
                [html.Summary(id="indicator"), html.Div(groups, className="choices")], id="indicator-menu"
            ),
        ],
        id="toolbar",
    )


def theme_layout(pack: Pack) -> Any:
    """The head of a theme's page: the other themes, and the windows."""
    themes = [html.A(id=f"theme-{theme}", className="tab") for theme in themes_of(pack)]
    windows = [html.A(id=f"window-{name}", className="tab") for name in WINDOWS]
    return html.Div(
        [html.Div(themes, className="tabs tabs-themes"), html.Div(windows, className="tabs")], id="toolbar"
    )


def themes_of(pack: Pack) -> tuple[Theme, ...]:
    """The themes a pack has feeds for; risk stands for itself."""
    fed = (*fed_topics(pack), "risk")
    return tuple(theme for theme in THEMES if theme in fed)


def theme_props(view: View) -> Props:
    """Of a theme's page."""
    found = crumbs(view) | _windows(view)
    for theme in themes_of(view.pack):
        found[f"theme-{theme}"] = _tab(
            view.text(f"theme_{theme}"), view.scope.theme(theme).href, theme == view.scope.page
        )
    return found


def crumbs(view: View) -> Props:
    """The way down to the view's area."""
    found: Props = {}
    path = view.scopes.ancestors(view.scope.area)
    for step in range(view.pack.areas.depth):
        used = step < len(path)
        found[f"crumb-{step}"] = {
            "children": view.name(path[step]) if used else "",
            "href": view.scope.to(area=path[step]).href if used else "",
            "style": shown(used),
            "className": "crumb crumb-here" if step == len(path) - 1 else "crumb",
        }
    return found


def props(view: View) -> Props:
    found = crumbs(view) | {"indicator": {"children": view.indicator.label(view.language)}}
    found |= _windows(view)
    for name in get_args(Shown):
        found[f"show-{name}"] = _tab(
            view.text(f"show_{name}"), view.scope.to(show=name).href, name == view.scope.show
        )
    found["map-frame"] = {"data-show": view.scope.show}
    return found | _details(view) | _choices(view)


def _windows(view: View) -> Props:
    found: Props = {}
    for position, window in enumerate(WINDOWS):
        zh, en = WINDOW_LABELS[window]
        short = en.replace(" to date", "") if position > 2 else en
        found[f"window-{window}"] = _tab(
            short if view.language == "en" else zh,
            view.scope.to(window=window).href,
            window == view.scope.window,
        )
    return found


def _tab(label: str, href: str, here: bool, visible: bool = True) -> dict[str, Any]:
    return {
        "children": label,
        "href": href,
        "className": "tab tab-here" if here else "tab",
        "style": shown(visible),
    }


def _details(view: View) -> Props:
    """The two details, where the area has more than one level below it."""
    tree = view.pack.areas
    low, high = tree.span(view.frame)
    children = tree.children(view.frame)
    leaves = [area for area in tree.areas[low:high] if not tree.children(area.code)]
    both = bool(children) and len(leaves) > len(children)
    names = {
        "children": view.pack.label("levels", children[0].level, view.language) if children else "",
        "leaves": view.pack.label("levels", leaves[-1].level, view.language),
    }
    return {
        f"detail-{name}": _tab(label, view.scope.to(detail=name).href, name == view.scope.detail, both)
        for name, label in names.items()
    }


def _choices(view: View) -> Props:
    found: Props = {}
    for topic, names in choices(view.pack):
        found[f"choices-{topic}"] = {"children": view.text(f"topic_{topic}")}
        for indicator in indicators():
            if indicator.name in names:
                here = indicator.name == view.scope.indicator
                found[f"choice-{indicator.name}"] = {
                    "children": indicator.label(view.language),
                    "href": view.scope.to(indicator=indicator.name).href,
                    "className": "choice choice-here" if here else "choice",
                }
    return found
