"""Disputes of the window: how many are open, settled or not, by triage colour and by type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from dashboard.components.parts import panel, rows, shown
from dashboard.figures import theme
from dashboard.view import Props, View

TRIAGE = ("red", "yellow", "blue", "")
OUTCOMES = ("", "succeeded", "failed")
FILLS = {"": theme.OPEN, "succeeded": theme.GOOD, "failed": theme.UNKNOWN}
#: Dispute types listed, the commonest first.
TYPE_ROWS = 12


def _line(key: str, colour: str | None = None) -> Any:
    """One name with its bar of outcomes and its total; a colour of triage has its dot."""
    bars = [
        html.I(id=f"{key}-{outcome or 'open'}", style={"background": FILLS[outcome]}) for outcome in OUTCOMES
    ]
    name: list[Any] = [html.Span(id=f"{key}-name")]
    if colour is not None:
        name.insert(
            0, html.I(className="triage-dot", style={"background": theme.COLOURS.get(colour, theme.UNKNOWN)})
        )
    return html.Div(
        [
            html.Span(name, className="mediation-name"),
            html.Span(bars, className="stack"),
            html.Span(id=f"{key}-total", className="mediation-total"),
        ],
        id=key,
        className="mediation-row",
        style={"display": "none"},
    )


def layout(height: int | None) -> Any:
    key = [
        html.Span(
            [
                html.I(style={"background": FILLS[outcome]}),
                html.Span(id=f"outcome-{outcome or 'open'}"),
                html.B(id=f"outcome-{outcome or 'open'}-total"),
            ]
        )
        for outcome in OUTCOMES
    ]
    triage = [_line(f"triage-{colour or 'none'}", colour) for colour in TRIAGE]
    types = [_line(f"dispute-{row}") for row in range(TYPE_ROWS)]
    return panel(
        "mediation",
        html.Div(key, className="key"),
        html.Div([rows(triage, 29), rows(types, 29)], className="mediation-columns"),
        height=height,
    )


def props(view: View) -> Props:
    by_triage, by_type = view.mediation.by_triage, view.mediation.by_type
    totals = {code: sum(counts.get(code, 0) for counts in by_triage.values()) for code in OUTCOMES}
    found: Props = {
        "mediation-title": {"children": view.text("mediation")},
        "mediation-note": {"children": "" if any(totals.values()) else view.text("mediation_none")},
    }
    for code, total in totals.items():
        found[f"outcome-{code or 'open'}"] = {"children": view.text(f"outcome_{code}")}
        found[f"outcome-{code or 'open'}-total"] = {"children": f"{total:,}"}
    for colour in TRIAGE:
        found |= _counts(
            view, f"triage-{colour or 'none'}", view.text(f"triage_{colour}"), by_triage.get(colour, {})
        )
    common = sorted(by_type, key=lambda code: -sum(by_type[code].values()))[:TYPE_ROWS]
    for row in range(TYPE_ROWS):
        dispute = common[row] if row < len(common) else ""
        name = view.pack.label("dispute_types", dispute, view.language) if dispute else ""
        found |= _counts(view, f"dispute-{row}", name, by_type.get(dispute, {}))
    return found


def _counts(view: View, key: str, name: str, counts: Mapping[str, int]) -> Props:
    numbers = {outcome: counts.get(outcome, 0) for outcome in OUTCOMES}
    told = [f"{view.text(f'outcome_{outcome}')} {number:,}" for outcome, number in numbers.items()]
    return {
        key: {"style": shown(any(numbers.values())), "title": f"{name}: {', '.join(told)}"},
        f"{key}-name": {"children": name},
        f"{key}-total": {"children": f"{sum(numbers.values()):,}"},
        **{
            f"{key}-{outcome or 'open'}": {"style": {"background": FILLS[outcome], "flexGrow": number}}
            for outcome, number in numbers.items()
        },
    }
