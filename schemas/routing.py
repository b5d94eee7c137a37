"""A pack's warnings: their lives by its patience, and whose desk each goes to by its routes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from schemas.contracts import Action, Warning
from schemas.lifecycle import Life, life, said_at
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


def lived(pack: Pack, words: Iterable[Warning], actions: Iterable[Action], at: datetime) -> Life | None:
    """The life of one warning at T; it goes up no further than the pack's top level."""
    said = [word for word in words if said_at(word) < at]
    if not said:
        return None
    newest = max(said, key=said_at)
    levels = [entry.code for entry in pack.settings.levels]
    return life(said, actions, at, pack.settings.life.patience, levels.index(desk(pack, newest).level))


def _fits(pack: Pack, route: Route, warning: Warning) -> bool:
    return (
        route.rule in (None, warning.rule)
        and route.colour in (None, warning.colour)
        and (route.category is None or route.category in pack.category_path(warning.category))
    )
