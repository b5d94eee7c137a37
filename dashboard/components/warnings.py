"""The warnings in force, gravest first, and the line that runs along the foot of the screen."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.components.parts import panel, shown
from dashboard.figures.heat import short_name
from dashboard.format import compact, moment
from dashboard.readings import WarningRow
from dashboard.texts import known
from dashboard.view import Props, View

#: Warnings in the list, and of those on the running line.
ROWS, RUNNING = 50, 12


def layout(grow: float) -> Any:
    rows = [
        html.A(
            [
                html.Span(id=f"warning-{row}-colour", className="badge"),
                html.Span(
                    [html.B(id=f"warning-{row}-what"), html.Span(id=f"warning-{row}-where")],
                    className="warning-text",
                ),
                html.Span(
                    [html.Span(id=f"warning-{row}-at"), html.Span(id=f"warning-{row}-state")],
                    className="warning-when",
                ),
            ],
            id=f"warning-{row}",
            className="warning",
            style={"display": "none"},
        )
        for row in range(ROWS)
    ]
    calm = html.Div(id="warnings-calm", className="calm", style={"display": "none"})
    return panel("warnings", calm, html.Div(rows, className="scroll"), grow=grow)


def ticker_layout() -> Any:
    items = [html.Span(id=f"ticker-{row}", className="ticker-item") for row in range(RUNNING)]
    return html.Footer(
        [html.Div(items, id="ticker-line"), html.Div(id="ticker-calm", className="calm")], id="ticker"
    )


def what(view: View, warning: WarningRow) -> str:
    """The category's name; for a rule without one, the rule's."""
    if warning.category:
        return short_name(view.pack.label("categories", warning.category, view.language))
    rule = f"rule_{warning.rule}"
    return view.text(rule) if known(rule) else warning.rule


def props(view: View) -> Props:
    counts = {colour: sum(w.colour == colour for w in view.warnings) for colour in ("red", "yellow", "blue")}
    calm = view.text("warnings_blind" if view.silent("events") else "warnings_calm")
    blind = " calm-blind" if view.silent("events") else ""
    found: Props = {
        "warnings-title": {"children": view.text("warnings")},
        "warnings-note": {"children": view.text("warnings_counts", **counts) if view.warnings else ""},
        "warnings-calm": {"children": calm, "style": shown(not view.warnings), "className": f"calm{blind}"},
        "ticker-calm": {"children": calm, "style": shown(not view.warnings), "className": f"calm{blind}"},
        "ticker": {"className": "ticker-red" if counts["red"] else ""},
    }
    for row in range(ROWS):
        found |= _row(view, row) if row < len(view.warnings) else {f"warning-{row}": {"style": shown(False)}}
    return found | _ticker(view)


def _row(view: View, row: int) -> Props:
    warning = view.warnings[row]
    where = [view.name(warning.area), _amount(view, warning)]
    visible = warning.area in view.pack.areas
    return {
        f"warning-{row}": {
            "style": shown(True),
            "href": view.scope.to(area=warning.area).href if visible else "",
            "className": f"warning warning-{warning.colour}",
        },
        f"warning-{row}-colour": {
            "children": view.text(f"warning_{warning.colour}"),
            "className": f"badge badge-{warning.colour}",
        },
        f"warning-{row}-what": {"children": what(view, warning)},
        f"warning-{row}-where": {"children": " · ".join(filter(None, where))},
        f"warning-{row}-at": {"children": moment(warning.raised_at, view.at, view.pack.zone)},
        f"warning-{row}-state": {
            "children": view.text(f"state_{warning.state}")
            if known(f"state_{warning.state}")
            else warning.state
        },
    }


def _amount(view: View, warning: WarningRow) -> str:
    if warning.expected is None:
        return view.text("warning_observed_only", observed=compact(warning.observed))
    return view.text(
        "warning_observed", observed=compact(warning.observed), expected=compact(warning.expected)
    )


def _ticker(view: View) -> Props:
    shownow = view.warnings[:RUNNING]
    found: Props = {}
    length = 0
    for row in range(RUNNING):
        if row >= len(shownow):
            found[f"ticker-{row}"] = {"style": shown(False), "children": ""}
            continue
        warning = shownow[row]
        line = view.text(
            "warning_ticker",
            colour=view.text(f"warning_{warning.colour}"),
            at=moment(warning.raised_at, view.at, view.pack.zone),
            area=view.name(warning.area),
            what=what(view, warning),
        )
        length += len(line) + 4
        found[f"ticker-{row}"] = {
            "style": shown(True),
            "children": line,
            "className": f"ticker-item ticker-{warning.colour}",
        }
    found["ticker-line"] = {
        "style": {"animationDuration": f"{max(20, length // 4)}s"} if shownow else shown(False)
    }
    return found
