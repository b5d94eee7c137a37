"""The map's place on the screen and its legend; the map itself is drawn on a canvas by the browser."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.components.parts import shown
from dashboard.figures import theme
from dashboard.figures.choropleth import legend
from dashboard.view import Props, View


def layout(head: Any, *over: Any) -> Any:
    """The frame with `head` above the map and the legend below it; `over` lies on the map."""
    swatches = [
        html.Span(
            [html.I(id=f"legend-colour-{step}"), html.Span(id=f"legend-from-{step}")],
            id=f"legend-{step}",
            className="swatch",
        )
        for step in range(theme.STEPS)
    ]
    return html.Div(
        [
            head,
            html.Div(id="map"),
            *over,
            html.Div(
                [
                    html.Div(
                        [html.B(id="legend-name"), html.Span(id="legend-direction")], className="legend-title"
                    ),
                    html.Div(swatches, className="swatches"),
                    html.Div(
                        [html.I(className="hatch"), html.Span(id="legend-unknown")],
                        className="legend-unknown",
                    ),
                    html.Div(id="legend-unplaced"),
                ],
                id="legend",
            ),
        ],
        id="map-frame",
    )


def props(view: View) -> Props:
    ramp, risk = legend(view), view.scope.page == "risk"
    direction = "lower" if risk else view.indicator.direction
    found: Props = {
        "legend-name": {"children": view.text("risk") if risk else view.indicator.label(view.language)},
        "legend-direction": {"children": view.text(f"legend_{direction}")},
        "legend-unknown": {"children": view.text("risk_unknown" if risk else "legend_unknown")},
        "legend-unplaced": {
            "children": view.text("map_unplaced", n=view.sheet.unplaced)
            if view.sheet.codes
            else view.text("map_none"),
            "style": shown(view.sheet.unplaced > 0 or not view.sheet.codes),
        },
    }
    for step in range(theme.STEPS):
        used = step < len(ramp)
        found[f"legend-{step}"] = {"style": shown(used)}
        found[f"legend-colour-{step}"] = {"style": {"background": ramp[step][0] if used else "none"}}
        found[f"legend-from-{step}"] = {"children": ramp[step][1] if used else ""}
    return found
