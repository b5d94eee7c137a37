"""What this process knows of the units it rolls up itself, so that a few touched cases need not cost a whole unit.

A patch of a unit is right if all that was marked since its current version is known case by case. This process knows
the cases of its own marks only; it compares how many marks there are with how many it made. A mark of another worker, a
version of another worker or a start from nothing lead to a recomputation of the whole unit, which is always right.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

#: The key of a case within its unit: source and id.
Case = tuple[str, str]

#: Units known at most, those used last; each holds the cases touched since it was rolled up.
UNITS_KNOWN = 1024
#: More touched cases at once are a whole recomputation.
CASES_AT_ONCE = 10_000
#: Of a larger batch the cases of those units are noted of which it holds so many rows at most: while a year comes in,
#: every batch closes a few cases of each day of months ago.
ROWS_FEW = 200
#: Patches upon a whole version at most, and patched cases before the unit is weighed.
PATCHES_MOST, CASES_FREE = 1000, 500
#: About so many rows of history a case has at least.
ROWS_A_CASE = 2


@dataclass(slots=True)
class _Known:
    """A unit as this process left it: its current versions, the marks these hold, how many rows counted when it was
    weighed last (0: not since it was rewritten) and how many cases were patched since; and the cases of every mark
    since the versions."""

    version: int = 0
    versions: tuple[int, ...] = ()
    marks: int = -1
    rows: int = 0
    patched: int = 0
    touched: list[frozenset[Case]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pending:
    """What is known of a dirty unit at one look: how many of its noted marks the look saw, and, where a patch is right
    and may be cheaper than the whole, the cases it is about and the versions it stands upon. `heavy`: so many cases
    were patched by now that it is to be weighed whether it is."""

    seen: int
    cases: frozenset[Case] | None = None
    before: tuple[int, ...] = ()
    heavy: bool = False


class Ledger:
    """Safe to share between threads. `lock` is held while a mark is written and noted, and while marks are counted and
    looked up here, so that no mark is counted that is not yet noted."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._known: OrderedDict[tuple[str, datetime], _Known] = OrderedDict()

    def note(self, topic: str, cases: Mapping[datetime, frozenset[Case]]) -> None:
        """A mark was written for each of these units, for these cases."""
        for unit, touched in cases.items():
            known = self._known.get((topic, unit))
            if known is not None:
                known.touched.append(touched)

    def pending(self, topic: str, unit: datetime, marks: int, version: int) -> Pending:
        """What to do about a unit that has so many marks and this current version. From now on its marks are noted."""
        known = self._known.setdefault((topic, unit), _Known())
        self._known.move_to_end((topic, unit))
        while len(self._known) > UNITS_KNOWN:
            self._known.popitem(last=False)
        seen = len(known.touched)
        if known.version != version or not known.versions or known.marks + seen != marks:
            return Pending(seen)
        cases = frozenset().union(*known.touched)
        patched = known.patched + len(cases)
        if len(cases) > CASES_AT_ONCE or len(known.versions) > PATCHES_MOST:
            return Pending(seen)
        heavy = ROWS_A_CASE * patched > max(known.rows, ROWS_A_CASE * CASES_FREE)
        return Pending(seen, cases, known.versions, heavy)

    def weighed(self, topic: str, unit: datetime, rows: int) -> None:
        """The unit is worth no rewriting yet: so many rows of its versions count."""
        with self.lock:
            known = self._known.get((topic, unit))
            if known is not None:
                known.rows, known.patched = rows, 0

    def forget(self, topic: str, units: Iterable[datetime]) -> None:
        """These units are to be recomputed whole: a patch upon them failed."""
        with self.lock:
            for unit in units:
                self._known.pop((topic, unit), None)

    def done(self, topic: str, unit: datetime, marks: int, versions: Sequence[int], pending: Pending) -> None:
        """The unit was rolled up to these versions, the last one new."""
        known = self._known.get((topic, unit))
        if known is None:
            return
        whole = pending.cases is None
        known.version, known.versions, known.marks = versions[-1], tuple(versions), marks
        known.rows = 0 if whole else known.rows
        known.patched = 0 if whole else known.patched + len(pending.cases or ())
        del known.touched[: pending.seen]
