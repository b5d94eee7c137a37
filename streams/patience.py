"""Which touched units are recomputed now: a few at once; of many, or while behind, those that came to rest.

While history comes in, every batch touches weeks of days; recomputing them after each batch would take the time of
taking it in, and leave a version behind each time. A day the feed has gone past is recomputed once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from streams.rollups import DirtyUnit


@dataclass(frozen=True, slots=True)
class _Moving:
    marks: int
    since: float
    changed: float


@dataclass
class Patience:
    """Unless the worker is `behind`, up to `few` units are recomputed at once; else those without a new mark for
    `rest` seconds, and those that have waited `longest`. `seconds` is real time passing."""

    behind: Callable[[], bool] = lambda: False
    few: int = 32
    rest: float = 3.0
    longest: float = 20.0
    seconds: Callable[[], float] = time.monotonic
    #: Units the last round left for later.
    left: int = 0
    _known: dict[tuple[str, datetime], _Moving] = field(default_factory=dict)

    def begin(self) -> None:
        """A round begins: nothing is left for later yet."""
        self.left = 0

    def due(self, topic: str, dirty: Sequence[DirtyUnit]) -> list[DirtyUnit]:
        """The units of a topic to recompute now, in their order. Asked with all that are to do."""
        now = self.seconds()
        at_once = len(dirty) <= self.few and not self.behind()
        known = {key: moving for key, moving in self._known.items() if key[0] != topic}
        chosen = []
        for unit in dirty:
            before = self._known.get((topic, unit.unit), _Moving(-1, now, now))
            changed = before.changed if before.marks == unit.marks else now
            if at_once or now - changed >= self.rest or now - before.since >= self.longest:
                chosen.append(unit)
            else:
                known[topic, unit.unit] = _Moving(unit.marks, before.since, changed)
        self._known = known
        self.left += len(dirty) - len(chosen)
        return chosen
