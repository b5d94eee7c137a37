"""Disputes of the window: how many are open, settled or not, by triage colour and by type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from dashboard.components.parts import panel, shown
from dashboard.figures import theme
from dashboard.view import Props, View

TRIAGE = ("red", "yellow", "blue", "")
OUTCOMES = ("", "succeeded", "failed")
_FILLS = {"": theme.AMOUNT[5], "succeeded": theme.GOOD, "failed": theme.UNKNOWN}
#: Dispute types listed, the commonest first.
TYPE_ROWS = 10


def _row(key: str, *, dot: str | None = None) -> Any:
    bars = [
        html.I(id=f"{key}-{outcome or 'open'}", style={"background": _FILLS[outcome]}) for outcome in OUTCOMES
    ]
    name = [html.Span(id=f"{key}-name")]
    if dot is not None:
        name.insert(
            0, html.I(className="triage-dot", style={"background": theme.COLOURS.get(dot, theme.UNKNOWN)})
        )
    return html.Div(
        [
            html.Span(name, className="mediation-name"),
            html.Span(bars, className="stack"),
            html.Span(id=f"{key}-counts", className="mediation-counts"),
        ],
        id=key,
        className="mediation-row",
        style={"display": "none"},
    )


def layout(grow: float) -> Any:
    key = html.Div(
        [
            html.Span(
                [html.I(style={"background": _FILLS[outcome]}), html.Span(id=f"outcome-{outcome or 'open'}")]
            )
            for outcome in OUTCOMES
        ],
        className="key",
    )
    colours = [_row(f"triage-{colour or 'none'}", dot=colour) for colour in TRIAGE]
    types = [_row(f"dispute-{row}") for row in range(TYPE_ROWS)]
    return panel("mediation", key, html.Div([*colours, html.Hr(), *types], className="scroll"), grow=grow)


def props(view: View) -> Props:
    by_triage, by_type = view.mediation.by_triage, view.mediation.by_type
    total = sum(sum(counts.values()) for counts in by_triage.values())
    found: Props = {
        "mediation-title": {"children": view.text("mediation")},
        "mediation-note": {"children": "" if total else view.text("mediation_none")},
        **{f"outcome-{code or 'open'}": {"children": view.text(f"outcome_{code}")} for code in OUTCOMES},
    }
    for colour in TRIAGE:
        found |= _counts(
            f"triage-{colour or 'none'}", view.text(f"triage_{colour}"), by_triage.get(colour, {})
        )
    common = sorted(by_type, key=lambda code: -sum(by_type[code].values()))[:TYPE_ROWS]
    for row in range(TYPE_ROWS):
        code = common[row] if row < len(common) else None
        name = view.pack.label("dispute_types", code, view.language) if code is not None else ""
        found |= _counts(f"dispute-{row}", name, by_type[code] if code is not None else {})
    return found


def _counts(key: str, name: str, counts: Mapping[str, int]) -> Props:
    numbers = [counts.get(outcome, 0) for outcome in OUTCOMES]
    return {
        key: {"style": shown(sum(numbers) > 0)},
        f"{key}-name": {"children": name},
        f"{key}-counts": {"children": " / ".join(f"{number:,}" for number in numbers)},
        **{
            f"{key}-{outcome or 'open'}": {"style": {"background": _FILLS[outcome], "flexGrow": number}}
            for outcome, number in zip(OUTCOMES, numbers, strict=True)
        },
    }
