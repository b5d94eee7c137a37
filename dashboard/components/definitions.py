"""The figures of a page in words: value, and how it is counted. Formula and figure stand side by side."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.components.kpis import tiles_of
from dashboard.components.parts import panel
from dashboard.format import written
from dashboard.scope import Page
from dashboard.view import Props, View
from schemas.indicators import BY_NAME
from schemas.packs import Pack


def layout(pack: Pack, page: Page) -> Any:
    lines = [
        html.Div(
            [
                html.Div(
                    [html.Span(id=f"means-{name}"), html.B(id=f"means-{name}-value")], className="means-head"
                ),
                html.P(id=f"means-{name}-formula"),
            ],
            className="means",
        )
        for name in tiles_of(pack, page)
    ]
    return panel("definitions", html.Div(lines, className="means-list"))


def props(view: View) -> Props:
    found: Props = {
        "definitions-title": {"children": view.text("definitions")},
        "definitions-note": {"children": ""},
    }
    for name in tiles_of(view.pack, view.scope.page):
        indicator, reading = BY_NAME[name], view.reading(view.scope.area, name)
        value = written(reading.value if reading else None, indicator, view.language)
        found[f"means-{name}"] = {"children": indicator.label(view.language)}
        found[f"means-{name}-value"] = {"children": value.whole}
        found[f"means-{name}-formula"] = {"children": indicator.formula(view.language)}
    return found
