"""What stands on a desk at a glance, for the place where no warning is chosen: as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from dashboard.components import warnings
from dashboard.format import duration
from dashboard.readings import WarningRow
from dashboard.view import View

COLOURS = ("red", "yellow", "blue")
STATES = ("raised", "acknowledged", "handled", "cleared")
#: Warnings that go up next, and kinds and places of most warnings.
DUE, MOST = 5, 5


def overview(view: View) -> dict[str, Any]:
    """How many of each colour and state, which go up to the next desk first, what they are about and where."""
    standing = [row for row in view.warnings if row.state != "cleared"]
    counts = Counter((row.colour, row.state) for row in view.warnings)
    return {
        "states": [view.text(f"state_{state}") for state in STATES],
        "counts": [
            [colour, view.text(f"warning_{colour}"), [counts[colour, state] for state in STATES]]
            for colour in COLOURS
        ],
        "due": _due(view, standing),
        "kinds": _most(standing, lambda row: (warnings.rule_name(row.rule, view.language), None)),
        "places": _most(standing, lambda row: _place(view, row)),
    }


def _due(view: View, standing: Sequence[WarningRow]) -> list[dict[str, Any]]:
    """Warnings nobody has acknowledged yet: first those that go up to the next desk soonest, then those that never do,
    gravest and longest waiting first."""
    waiting = [row for row in standing if row.state == "raised"]
    waiting.sort(
        key=lambda row: (
            row.acknowledge_by is None,
            row.acknowledge_by or view.at,
            COLOURS.index(row.colour),
            row.since or row.raised_at,
            row.warning_id,
        )
    )
    return [
        {
            "id": row.warning_id,
            "colour": row.colour,
            "colour_label": view.text(f"warning_{row.colour}"),
            "what": warnings.what(view, row),
            "where": view.name(row.area) if row.area in view.pack.areas else row.area,
            "left": _left(view, row),
        }
        for row in waiting[:DUE]
    ]


def _left(view: View, row: WarningRow) -> str:
    if row.acknowledge_by is not None:
        return view.text("desk_due_in", left=duration(row.acknowledge_by - view.at, view.language))
    since = row.since or row.raised_at
    return view.text("desk_waits", since=duration(view.at - since, view.language))


def _place(view: View, row: WarningRow) -> tuple[str, str | None]:
    """The part of the area the warning lies in, and the way to its desk; the area's own has none."""
    tree, here = view.pack.areas, view.scope.area
    for child in tree.children(here):
        if row.area in tree and tree.within(row.area, child.code):
            return view.name(child.code), view.scope.to(area=child.code).href
    return view.name(here), None


def _most(
    standing: Sequence[WarningRow], kind: Callable[[WarningRow], tuple[str, str | None]]
) -> list[list[Any]]:
    """(label, way there, how many, share of the most), most first."""
    found = sorted(Counter(map(kind, standing)).items(), key=lambda pair: (-pair[1], pair[0][0]))[:MOST]
    return [[label, href, count, round(count / found[0][1], 3)] for (label, href), count in found]
