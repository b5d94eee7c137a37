"""The way of the window's disputes, from registered to succeeded, each step split by triage colour."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.components.mediation import TRIAGE
from dashboard.components.parts import panel, whole_share
from dashboard.figures import theme
from dashboard.format import percent
from dashboard.readings import Funnel
from dashboard.view import Props, View

STEPS = ("registered", "accepted", "settled", "succeeded")


def layout(name: str = "mediation") -> Any:
    key = [
        html.Span(
            [
                html.I(className=f"mark mark-{colour or 'none'}"),
                html.Span(id=f"funnel-key-{colour or 'none'}"),
                html.B(id=f"funnel-total-{colour or 'none'}"),
            ],
            id=f"funnel-of-{colour or 'none'}",
        )
        for colour in TRIAGE
    ]
    return panel(
        name,
        html.Div(key, className="key"),
        html.Div([_step(step) for step in STEPS], className="funnel"),
    )


def _step(step: str) -> Any:
    bars = [
        html.I(
            id=f"funnel-{step}-{colour or 'none'}",
            style={"background": theme.COLOURS.get(colour, theme.UNKNOWN)},
        )
        for colour in TRIAGE
    ]
    return html.Div(
        [
            html.Span(id=f"funnel-{step}-name", className="funnel-name"),
            html.Span(
                html.Span(bars, id=f"funnel-{step}-bar", className="funnel-bar"), className="funnel-room"
            ),
            html.B(id=f"funnel-{step}-count"),
            html.Span(id=f"funnel-{step}-share", className="funnel-share"),
        ],
        className="funnel-step",
    )


def props(view: View, name: str = "mediation") -> Props:
    counts = view.wall.funnel if view.wall else {}
    totals = {step: sum(getattr(found, step) for found in counts.values()) for step in STEPS}
    top = totals["registered"]
    found: Props = {
        f"{name}-title": {"children": view.text("funnel")},
        f"{name}-note": {"children": view.window_label if top else view.text("mediation_none")},
    }
    for colour in TRIAGE:
        number = counts[colour].registered if colour in counts else 0
        found[f"funnel-key-{colour or 'none'}"] = {"children": view.text(f"triage_{colour}")}
        found[f"funnel-total-{colour or 'none'}"] = {"children": f"{number:,}"}
        found[f"funnel-of-{colour or 'none'}"] = {"style": {} if number or colour else {"display": "none"}}
    for step in STEPS:
        found |= _told(view, step, totals[step], top, counts)
    return found


def _told(view: View, step: str, total: int, top: int, counts: Any) -> Props:
    width = 100 * whole_share(total, top)
    found: Props = {
        f"funnel-{step}-name": {"children": view.text(f"funnel_{step}")},
        f"funnel-{step}-bar": {"style": {"width": f"{width:.1f}%"}},
        f"funnel-{step}-count": {"children": f"{total:,}"},
        f"funnel-{step}-share": {"children": f"{percent(total / top)}%" if top else ""},
    }
    for colour in TRIAGE:
        part: Funnel | None = counts.get(colour)
        found[f"funnel-{step}-{colour or 'none'}"] = {
            "style": {
                "background": theme.COLOURS.get(colour, theme.UNKNOWN),
                "flexGrow": getattr(part, step) if part else 0,
            }
        }
    return found
