"""The hottest areas below: score, its parts, and what was seen beside what was expected. Unknown is never calm."""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import html

from dashboard.components.parts import filled, pair, panel, rows, shown
from dashboard.figures.scale import RISK
from dashboard.format import compact
from dashboard.readings import HeatScore
from dashboard.view import Props, View

#: Areas listed.
ROWS = 40


def layout() -> Any:
    lines = [
        html.A(
            [
                pair(f"hot-{row}-name", f"hot-{row}-parts", "incident-text"),
                html.Span(html.I(id=f"hot-{row}-bar"), className="rank-track"),
                pair(f"hot-{row}-score", f"hot-{row}-seen", "incident-time"),
            ],
            id=f"hot-{row}",
            className="hotspot",
            style={"display": "none"},
        )
        for row in range(ROWS)
    ]
    calm = html.Div(id="hotspots-none", className="calm calm-blind", style={"display": "none"})
    return panel("hotspots", calm, rows(lines, 56))


def hottest(view: View) -> list[HeatScore]:
    """The areas of the frame without areas below them, hottest first; those unknown are left out."""
    tree = view.pack.areas
    low, high = tree.span(view.frame)
    scores = view.wall.risk.areas if view.wall else {}
    found = [
        scores[area.code]
        for area in tree.areas[low:high]
        if area.code in scores and (not tree.children(area.code))
    ]
    known = [one for one in found if one.score is not None]
    return sorted(known, key=lambda one: (-(one.score or 0.0), one.area))[:ROWS]


def props(view: View) -> Props:
    tree = view.pack.areas
    low, high = tree.span(view.frame)
    leaves = [area.code for area in tree.areas[low:high] if not tree.children(area.code)]
    unknown = sum(view.wall is None or view.wall.risk.score(code) is None for code in leaves)
    found = hottest(view)
    props: Props = {
        "hotspots-title": {"children": view.text("hotspots")},
        "hotspots-note": {"children": view.text("hotspots_note", n=f"{unknown:,} / {len(leaves):,}")},
        "hotspots-none": {"children": view.text("hotspots_none"), "style": shown(not found)},
    }
    return props | filled("hot", ROWS, found, partial(_line, view))


def _line(view: View, key: str, heat: HeatScore) -> Props:
    score = heat.score or 0.0
    parts = view.text(
        "hotspot_parts",
        surge=f"{100 * (heat.surge or 0):.0f}",
        burden=f"{100 * (heat.burden or 0):.0f}",
        coverage=""
        if heat.coverage >= 1
        else view.text("hotspot_coverage", share=f"{100 * heat.coverage:.0f}"),
    )
    expected = "" if heat.expected is None else f" / {compact(round(heat.expected, 1))}"
    return {
        key: {"style": shown(True), "href": view.scope.to(area=heat.area).href},
        f"{key}-name": {"children": view.name(heat.area)},
        f"{key}-parts": {"children": parts},
        f"{key}-bar": {"style": {"width": f"{score:.0f}%", "background": RISK.colours[RISK.step(score)]}},
        f"{key}-score": {"children": f"{score:.0f}"},
        f"{key}-seen": {"children": f"{compact(heat.observed)}{expected}"},
    }
