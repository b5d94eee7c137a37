"""The small parts every panel is made of."""

from __future__ import annotations

from typing import Any

from dash import html


def panel(name: str, *body: Any, grow: float | None = None) -> Any:
    """A framed box with a title, a note on its right and a body. `grow` is its share of the column's height."""
    return html.Section(
        [
            html.Header(
                [html.H2(id=f"{name}-title"), html.Span(id=f"{name}-note", className="note")],
                className="panel-head",
            ),
            html.Div(list(body), className="panel-body"),
        ],
        id=name,
        className="panel",
        style={"flexGrow": grow} if grow is not None else {},
    )


def shown(visible: bool) -> dict[str, Any]:
    """Style of a slot that is used or not: slots are fixed, only their visibility changes."""
    return {} if visible else {"display": "none"}


def whole_share(part: float, whole: float) -> float:
    """part / whole, 0 where there is no whole."""
    return part / whole if whole else 0.0
