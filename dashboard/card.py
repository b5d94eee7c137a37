"""The card beside the pointer: what the map and the ranking cannot say at a glance about one area."""

from __future__ import annotations

from typing import Any

from dashboard.components.kpis import tiles
from dashboard.figures.scale import alarm
from dashboard.format import change, written
from dashboard.readings import Board
from dashboard.scope import Scope, Scopes
from dashboard.texts import text
from schemas.indicators import BY_NAME

#: Lines beside the chosen indicator.
LINES = 4


def card(scopes: Scopes, scope: Scope, board: Board) -> dict[str, Any]:
    """Name, where it lies, the chosen indicator with its change, and a few more figures; all as text."""
    pack, language = scopes.pack, scope.language
    area = pack.areas[scope.area]
    path = [pack.areas[code].label(language) for code in scopes.ancestors(scope.area)[1:-1]]
    figures = board.figures.get(scope.area, {})
    reading = figures.get(scope.indicator)
    indicator = BY_NAME[scope.indicator]
    before = board.before(scope.area, indicator, "previous", pack.zone)
    difference = change(reading.value if reading else None, before, indicator, language)
    others = [name for name in tiles(pack) if name != scope.indicator][:LINES]
    return {
        "name": area.label(language),
        "where": " · ".join(
            [
                *path,
                pack.label("grid_kinds", area.kind, language)
                if area.kind
                else pack.label("levels", area.level, language),
            ]
        ),
        "label": indicator.label(language),
        "value": written(reading.value if reading else None, indicator, language).whole,
        "alarm": alarm(
            indicator, reading.value if reading else None, pack.settings.thresholds.get(indicator.name)
        ),
        "change": f"{text('previous', language)} {difference.text}",
        "mood": difference.mood,
        "lines": [
            [
                BY_NAME[name].label(language),
                written(figures[name].value if name in figures else None, BY_NAME[name], language).whole,
            ]
            for name in others
        ],
    }
