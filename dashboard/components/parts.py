"""The small parts every panel is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from dash import html

Found = TypeVar("Found")
#: Properties by component id.
Slots = dict[str, dict[str, Any]]


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


def pair(strong: str, soft: str, name: str) -> Any:
    """A word and beneath it a softer one, by their ids."""
    return html.Span([html.B(id=strong), html.Span(id=soft)], className=name)


def filled(name: str, slots: int, found: Sequence[Found], line: Callable[[str, Found], Slots]) -> Slots:
    """What the slots `name-0`, `name-1`, … show: each thing found as `line` of its slot's id says, the others nothing.
    What finds no slot is left out."""
    shows: Slots = {}
    for row, one in enumerate(found[:slots]):
        shows |= line(f"{name}-{row}", one)
    return shows | {f"{name}-{row}": {"style": shown(False)} for row in range(len(found), slots)}


def shown(visible: bool) -> dict[str, Any]:
    """Style of a slot that is used or not: slots are fixed, only their visibility changes."""
    return {} if visible else {"display": "none"}


def whole_share(part: float, whole: float) -> float:
    """part / whole, 0 where there is no whole."""
    return part / whole if whole else 0.0
