"""Two dials: the share closed and the share closed on time, against the pack's thresholds."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.figures.scale import alarm
from dashboard.format import written
from dashboard.view import Props, View
from schemas.indicators import BY_NAME

GAUGES = ("closing_rate", "on_time_rate")
#: Degrees of the dial's arc.
ARC = 270.0


def layout() -> Any:
    return html.Div([_gauge(name) for name in GAUGES], id="gauges")


def _gauge(name: str) -> Any:
    key = f"gauge-{name}"
    return html.Div(
        [
            html.Div(html.Div([html.B(id=f"{key}-value"), html.Small(id=f"{key}-unit")]), className="dial"),
            html.Div(id=f"{key}-label", className="gauge-label"),
            html.Div(id=f"{key}-parts", className="gauge-parts"),
        ],
        id=key,
        className="gauge",
    )


def props(view: View) -> Props:
    found: Props = {}
    for name in GAUGES:
        key, indicator = f"gauge-{name}", BY_NAME[name]
        reading = view.reading(view.scope.area, name)
        value = reading.value if reading else None
        figure = written(value, indicator, view.language)
        level = alarm(indicator, value, view.threshold(name))
        parts = f"{reading.numerator:,} / {reading.denominator:,}" if reading and value is not None else ""
        found |= {
            key: {
                "style": {"--share": f"{(value or 0) * ARC:.1f}deg"},
                "className": f"gauge gauge-{level}" if level else "gauge",
            },
            f"{key}-value": {"children": figure.value},
            f"{key}-unit": {"children": figure.unit},
            f"{key}-label": {"children": indicator.label(view.language)},
            f"{key}-parts": {"children": parts or view.text("no_data")},
        }
    return found
