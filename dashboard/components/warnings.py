"""The warnings in force, gravest first, and the line that runs along the foot of the screen."""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import html

from dashboard.components.parts import filled, pair, panel, rows, shown
from dashboard.figures.cells import short_name
from dashboard.format import compact, moment
from dashboard.readings import WarningRow
from dashboard.texts import known, text
from dashboard.view import Props, View

#: Warnings in the list, and of those on the running line.
ROWS, RUNNING = 50, 12


def layout(height: int | None = None) -> Any:
    lines = [
        html.A(
            [
                html.Span(id=f"warning-{row}-colour", className="badge"),
                pair(f"warning-{row}-what", f"warning-{row}-where", "warning-text"),
                html.Span(
                    [html.Span(id=f"warning-{row}-at"), html.Span(id=f"warning-{row}-amount")],
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
    return panel("warnings", calm, rows(lines, 50), height=height)


def ticker_layout() -> Any:
    """Two equal runs one behind the other, so that the line never ends."""
    runs = [
        html.Div(
            [html.Span(id=f"ticker-{run}-{row}", className="ticker-item") for row in range(RUNNING)],
            className="ticker-run",
        )
        for run in range(2)
    ]
    calm = html.Div(id="ticker-calm", className="calm")
    return html.Footer([html.Div(runs, id="ticker-line"), calm], id="ticker")


#: Rules whose expectation is a count of usual times, not a line that was crossed.
STATISTICAL = ("", "surge")


def what(view: View, warning: WarningRow) -> str:
    """The category's name, and for a rule the rule's; a rule about no category of the pack has its own alone."""
    rule = rule_name(warning.rule, view.language)
    category = short_name(view.pack.label("categories", warning.category, view.language))
    if warning.rule in STATISTICAL:
        return category or rule
    return f"{category} · {rule}" if warning.category in view.pack.entries("categories") else rule


def rule_name(rule: str, language: str) -> str:
    """The rule in words, or its name where there are none."""
    key = f"rule_{rule or 'surge'}"
    return text(key, language) if known(key) else rule


def amount(warning: WarningRow, language: str) -> str:
    """What was counted, beside what was expected or the line that was crossed."""
    if warning.expected is None:
        return text("warning_observed_only", language, observed=compact(warning.observed))
    statistical = warning.rule in STATISTICAL
    key = "warning_observed" if statistical else "warning_line"
    little = statistical and warning.expected < 0.05  # no chance is none
    expected = "<0.1" if little else compact(round(warning.expected, 1))
    return text(key, language, observed=compact(warning.observed), expected=expected)


def props(view: View) -> Props:
    counts = {colour: sum(w.colour == colour for w in view.warnings) for colour in ("red", "yellow", "blue")}
    calm, unseen = view.calm()
    blind = " calm-blind" if unseen else ""
    found: Props = {
        "warnings-title": {"children": view.text("warnings")},
        "warnings-note": {"children": view.text("warnings_counts", **counts) if view.warnings else ""},
        "warnings-calm": {"children": calm, "style": shown(not view.warnings), "className": f"calm{blind}"},
        "ticker-calm": {"children": calm, "style": shown(not view.warnings), "className": f"calm{blind}"},
        "ticker": {"className": "ticker-red" if counts["red"] else ""},
    }
    return found | filled("warning", ROWS, view.warnings, partial(_row, view)) | _ticker(view)


def _row(view: View, key: str, warning: WarningRow) -> Props:
    state = f"state_{warning.state}"
    where = [view.name(warning.area), view.text(state) if known(state) else warning.state]
    visible = warning.area in view.pack.areas
    return {
        key: {
            "style": shown(True),
            "href": view.scope.to(area=warning.area).href if visible else None,
            "className": f"warning warning-{warning.colour}",
        },
        f"{key}-colour": {
            "children": view.text(f"warning_{warning.colour}"),
            "className": f"badge badge-{warning.colour}",
        },
        f"{key}-what": {"children": what(view, warning)},
        f"{key}-where": {"children": " · ".join(where)},
        f"{key}-at": {"children": moment(warning.raised_at, view.at, view.pack.zone)},
        f"{key}-amount": {"children": amount(warning, view.language)},
    }


def _ticker(view: View) -> Props:
    lines = [_line(view, warning) for warning in view.warnings[:RUNNING]]
    found: Props = {}
    for row in range(RUNNING):
        used = row < len(lines)
        colour = view.warnings[row].colour if used else ""
        for run in range(2):
            found[f"ticker-{run}-{row}"] = {
                "style": shown(used),
                "children": lines[row] if used else "",
                "className": f"ticker-item ticker-{colour}",
            }
    seconds = max(30, sum(map(len, lines)) // 5)
    found["ticker-line"] = {"style": {"animationDuration": f"{seconds}s"} if lines else shown(False)}
    return found


def _line(view: View, warning: WarningRow) -> str:
    return view.text(
        "warning_ticker",
        colour=view.text(f"warning_{warning.colour}"),
        at=moment(warning.raised_at, view.at, view.pack.zone),
        area=view.name(warning.area),
        what=what(view, warning),
    )
