"""Findings: what a look makes of its cells once neighbours are merged, each with its own explanation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from streams.risk.counts import Ints
from streams.risk.policy import LEVELS, TIERS, Level, Tier
from streams.risk.scan import Cells, Look
from streams.risk.tiers import colour


@dataclass(frozen=True)
class Finding:
    """One place and category above what is usual, and why one should believe it.

    `place` is a town index at level town, 0 for the district, else the grid in the middle; `grids` all grids it
    covers, `near` these and the ones that touch them (a town: its own). `observed`, `expected` over `window` hours up
    to the look, `rise` how many times the usual the places beside it have, which p takes as expected here, too;
    `baseline` first and last local hour learnt from; `p` combined over the windows; `recurrence_days` how rarely
    chance alone brings it; `q` Benjamini–Hochberg; `share` of the category among all events of these grids in the
    longest window; `certainty` of the baseline (low, fair, good); `merged` how many cells speak through this one."""

    level: Level
    place: int
    category: int
    tier: Tier
    grids: frozenset[int]
    near: frozenset[int]
    window: int
    observed: float
    expected: float
    rise: float
    p: float
    recurrence_days: float
    q: float
    share: float
    baseline: tuple[float, float]
    certainty: str
    merged: int

    @property
    def ratio(self) -> float:
        """Observed over expected."""
        return self.observed / max(self.expected, 1e-9)

    def overlaps(self, other: Finding) -> bool:
        """Whether both tell of one thing: one category, and grids in common or that touch. What rises in the whole
        district is another thing than what rises beyond it somewhere."""
        one_kind = (self.level == "district") == (other.level == "district")
        return one_kind and self.category == other.category and not self.near.isdisjoint(other.grids)


def warnings_of(look: Look, tier: Tier = "blue") -> list[Finding]:
    """The findings of a look at `tier` or rarer, the rarest first, overlapping cells of a category merged into it."""
    return findings_of(look, look.baseline.policy.floors()[TIERS.index(tier)])


def findings_of(look: Look, recurrence: float, levels: Iterable[Level] = LEVELS) -> list[Finding]:
    """As `warnings_of`, of these levels, at a recurrence interval of so many days or more; below blue's floor the tier
    is blue."""
    found = [
        _finding(look, cells, int(row))
        for level in levels
        for cells in [look.cells[level]]
        for row in np.flatnonzero(cells.days >= recurrence)
    ]
    found.sort(key=lambda one: (-one.recurrence_days, len(one.grids), one.category, one.place))
    return _merged(found)


def _merged(found: list[Finding]) -> list[Finding]:
    """Each finding goes to the first rarer one of its category that it overlaps."""
    kept: list[Finding] = []
    for one in found:
        lead = next((n for n, lead in enumerate(kept) if lead.overlaps(one)), None)
        if lead is None:
            kept.append(one)
        else:
            kept[lead] = replace(kept[lead], merged=kept[lead].merged + one.merged)
    return kept


def _finding(look: Look, cells: Cells, row: int) -> Finding:
    policy = look.baseline.policy
    place, category, window = int(cells.place[row]), int(cells.category[row]), int(cells.window[row])
    grids = covered(look, cells.level, place)
    events = look.events[grids]
    tier = colour(int(cells.tier[row])) or TIERS[-1]
    return Finding(
        level=cells.level,
        place=place,
        category=category,
        tier=tier,
        grids=frozenset(grids.tolist()),
        near=frozenset(
            grids.tolist() if cells.level in ("town", "district") else _touching(look, grids).tolist()
        ),
        window=policy.windows[window],
        observed=float(cells.observed[window, row]),
        expected=float(cells.expected[window, row]),
        rise=float(cells.rise[window, row]),
        p=float(cells.p[row]),
        recurrence_days=float(cells.days[row]),
        q=float(cells.q[row]),
        share=float(events[:, category].sum() / max(events.sum(), 1.0)),
        baseline=(look.baseline.start, look.baseline.end),
        certainty=look.baseline.certainty,
        merged=1,
    )


def _touching(look: Look, grids: Ints) -> Ints:
    """These grids and those that touch them."""
    ring = look.places.ring1
    return np.unique(
        np.concatenate([ring.indices[ring.indptr[grid] : ring.indptr[grid + 1]] for grid in grids])
    )


def covered(look: Look, level: Level, place: int) -> Ints:
    """The grids of the district, of a town, of one grid, or of a neighbourhood."""
    places = look.places
    if level == "district":
        return np.arange(places.grids)
    if level == "town":
        return np.flatnonzero(places.town == place)
    if level == "grid":
        return np.array([place])
    ring = places.ring1 if level == "ring1" else places.ring2
    return np.asarray(ring.indices[ring.indptr[place] : ring.indptr[place + 1]], dtype=np.int64)
