"""The small parts every panel is made of."""

from __future__ import annotations

from typing import Any

from dash import html


def panel(name: str, *body: Any, height: int | None = None) -> Any:
    """A framed box with a title, a note on its right and a body; `height` in stage pixels or as styled."""
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
        style={"height": height} if height else {},
    )


def rows(slots: list[Any], height: int) -> Any:
    """A list that takes the room left and shows whole rows only; more than fit can be scrolled to."""
    return html.Div(html.Div(slots, className="rows", style={"--row": f"{height}px"}), className="room")


def shown(visible: bool) -> dict[str, Any]:
    """Style of a slot that is used or not: slots are fixed, only their visibility changes."""
    return {} if visible else {"display": "none"}


def whole_share(part: float, whole: float) -> float:
    """part / whole, 0 where there is no whole."""
    return part / whole if whole else 0.0
