"""The warnings desk: a live list by colour, state and area, one warning with its reasons, and what was done."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.components import emergency, header, progress
from dashboard.figures.desk import desk
from dashboard.pages.stage import stage
from dashboard.view import Props, View
from schemas.packs import Pack


def layout(pack: Pack) -> Any:
    """Header and two places; the list and the warning are set as text by the browser, line by line."""
    places = [
        html.Section(html.Div(id="desk-list"), className="panel", id="desk-left"),
        html.Section(html.Div(id="desk-warning"), className="panel", id="desk-right"),
    ]
    main = html.Main(places, id="desk")
    return stage("warnings", *emergency.layout(), header.layout(pack, "warnings"), main)


def props(view: View) -> Props:
    """The header's; all else is in the figures."""
    return header.props(view) | emergency.props(view) | progress.props(view)


def figures(view: View) -> dict[str, Any]:
    """The desk."""
    return {"desk": desk(view)}
