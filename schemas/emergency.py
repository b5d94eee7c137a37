"""Emergency mode as a function of the facts: who began it for which area, until when, and who ended it.

The facts are actions on the id `emergency:AREA`. Nothing is remembered anywhere else, so that every screen, whenever it
looks and however often the actions are repeated, tells the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from schemas.areas import AreaTree
from schemas.contracts import Action

#: What the id of an emergency begins with; the area's code follows.
PREFIX = "emergency:"


class Emergency(msgspec.Struct, frozen=True):
    """One area's emergency mode in force: since when, by which role, and when it ends by itself (None: by hand)."""

    area: str
    since: datetime
    by: str
    until: datetime | None = None
    note: str = ""


def emergency_id(area: str) -> str:
    """The id that actions on an area's emergency mode carry."""
    return f"{PREFIX}{area}"


def emergencies(actions: Iterable[Action], at: datetime) -> dict[str, Emergency]:
    """The emergencies in force at T = `at`, by area, from what was done before T, in any order.

    Beginning one that is in force renews its end and its owner but not its start; ending one that is not in force
    changes nothing. One with an end is over at that time.

    >>> emergencies([], datetime(2026, 1, 1))
    {}
    """
    found: dict[str, Emergency] = {}
    for action in sorted({a for a in actions if a.at < at}, key=lambda a: (a.at, msgspec.json.encode(a))):
        if not action.warning_id.startswith(PREFIX):
            continue
        area = action.warning_id.removeprefix(PREFIX)
        known = _lasting(found.pop(area, None), action.at)
        if action.action == "begin_emergency":
            since = known.since if known else action.at
            found[area] = Emergency(area, since, action.by, action.until, action.note)
        elif action.action != "end_emergency" and known:
            found[area] = known
    return {area: one for area, one in found.items() if _lasting(one, at)}


def _lasting(one: Emergency | None, at: datetime) -> Emergency | None:
    return None if one is None or (one.until is not None and one.until <= at) else one


def in_force(found: Mapping[str, Emergency], tree: AreaTree, area: str) -> Emergency | None:
    """The emergency an area is in: its own or that of an area it lies in, the widest first."""
    return next((found[above.code] for above in tree.ancestors(area) if above.code in found), None)
