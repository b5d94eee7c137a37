"""Whose desk a warning goes to: a level and departments, by the pack's routes."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.contracts import Warning
from schemas.packs import Pack, Route


@dataclass(frozen=True, slots=True)
class Desk:
    """Code of the level whose desk it is, and codes of departments."""

    level: str
    departments: tuple[str, ...]


def desk(pack: Pack, warning: Warning, escalated: int = 0) -> Desk:
    """The desk of a warning that went up so many levels: the first route that fits, else the level of its area."""
    route = next((route for route in pack.settings.routes if _fits(pack, route, warning)), Route())
    levels = [entry.code for entry in pack.settings.levels]
    own = pack.areas[warning.area].level if warning.area in pack.areas else levels[0]
    level = route.level or own
    return Desk(levels[max(0, levels.index(level) - escalated)], route.departments)


def _fits(pack: Pack, route: Route, warning: Warning) -> bool:
    return (
        route.rule in (None, warning.rule)
        and route.colour in (None, warning.colour)
        and (route.category is None or route.category in pack.category_path(warning.category))
    )
