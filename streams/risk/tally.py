"""What a baseline is fitted to: the past added up piece by piece, in the same room however many events there were."""

from __future__ import annotations

import numpy as np

from streams.risk.counts import HOURS_OF_WEEK, Counts, Floats, Ints, Places
from streams.risk.policy import Policy


class Tally:
    """The past of `now` (a local hour) added up, from the day of its `first` hour with an event on; without any, one
    empty day.

    The newest `policy.guard` hours are left out, at most a third of what there is, and so are the local days
    (hour // 24) `unheard`: an outage says nothing of what is usual. It holds the hours `start` ≤ h < `end` and of them
    `days` [N]: `of_week` [C, 168] events by hour of the week, `daily` [towns · C, N], `of_grid` [grids, C] and `pairs`
    [C], Σ n(n − 1) over the n events of a grid's day.
    """

    def __init__(
        self, places: Places, first: float | None, now: float, policy: Policy, unheard: Ints | None = None
    ) -> None:
        first = now if first is None else float(np.floor(first / 24) * 24)
        guard = min(policy.guard, max(now - first, 0.0) / 3)
        self.places = places
        self.end = float(np.floor((now - guard) / 24) * 24)
        self.start = min(first, self.end - 24)
        days = np.arange(self.start / 24, self.end / 24)
        self._unheard = np.zeros(0, dtype=np.int64) if unheard is None else unheard
        left = days[~np.isin(days, self._unheard)]
        if not len(left):  # an outage from the beginning on leaves nothing
            left = days
        self.days = left
        self.of_week = np.zeros((places.categories, HOURS_OF_WEEK))
        self.daily = np.zeros((places.towns * places.categories, len(left)))
        self.of_grid = np.zeros((places.grids, places.categories))
        self.pairs = np.zeros(places.categories)

    @property
    def events(self) -> float:
        return float(self.of_grid.sum())

    def add(self, counts: Counts) -> None:
        """Add a piece. What it holds of a local day is all there is of that day."""
        piece = counts.between(self.start, self.end)
        if len(self._unheard):
            piece = piece.where(~np.isin(piece.hour // 24, self._unheard))
        size = self.places.categories
        day = np.searchsorted(self.days, piece.hour // 24)
        series = self.places.town[piece.grid] * size + piece.category
        cells = piece.grid * size + piece.category
        _add(self.of_week, piece.category * HOURS_OF_WEEK + piece.hour % HOURS_OF_WEEK, piece.count)
        _add(self.daily, series * len(self.days) + day, piece.count)
        _add(self.of_grid, cells, piece.count)
        grid_days, where = np.unique(day * self.of_grid.size + cells, return_inverse=True)
        one_day = np.bincount(where, piece.count).astype(np.float64)
        _add(self.pairs, grid_days % size, one_day * (one_day - 1))


def _add(table: Floats, cells: Ints, count: Floats) -> None:
    """Add counts to a table by flat index."""
    flat = table.reshape(-1)
    flat += np.bincount(cells, count, len(flat))
