"""What the engine counts and where: sparse hourly counts, and the grids with their towns and neighbours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

HOURS_OF_WEEK = 168
_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)


def hour_of(local: datetime) -> float:
    """Hours from Monday 1970-01-05 00:00 to a wall-clock time of the pack's zone (its zone is left aside).

    So `hour % 168` is the hour of the week, and `hour // 24` a local day.
    """
    return (local.replace(tzinfo=UTC) - _MONDAY).total_seconds() / 3600


@dataclass(frozen=True)
class Counts:
    """Events by whole local hour (`hour_of`), grid index and category index; what is absent is zero.

    Four columns of one length in any order; a cell may stand in several rows, which add up.
    """

    hour: Ints
    grid: Ints
    category: Ints
    count: Floats

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int, int, float]]) -> Counts:
        """From (hour, grid, category, count) tuples."""
        table = np.array(list(rows), dtype=float).reshape(-1, 4)
        hour, grid, category = table[:, :3].T.astype(np.int64)
        return cls(hour, grid, category, table[:, 3])

    @classmethod
    def joined(cls, parts: Iterable[Counts]) -> Counts:
        """The rows of all the parts."""
        each = (cls.of([]), *parts)
        return cls(
            np.concatenate([one.hour for one in each]),
            np.concatenate([one.grid for one in each]),
            np.concatenate([one.category for one in each]),
            np.concatenate([one.count for one in each]),
        )

    def between(self, start: float, end: float) -> Counts:
        """The rows of hours start ≤ hour < end."""
        return self.where((self.hour >= start) & (self.hour < end))

    def where(self, kept: Flags) -> Counts:
        """The rows that are kept."""
        return Counts(self.hour[kept], self.grid[kept], self.category[kept], self.count[kept])


@dataclass(frozen=True)
class Places:
    """The grids: `town` [grids] holds each one's town index, `pairs` [n, 2] the grids that touch (either order).

    `categories` is how many categories there are; indices of everything start at 0.
    """

    town: Ints
    pairs: Ints
    categories: int

    @property
    def grids(self) -> int:
        return len(self.town)

    @cached_property
    def towns(self) -> int:
        return int(self.town.max()) + 1 if len(self.town) else 0

    @cached_property
    def ring1(self) -> sparse.csr_array:
        """Grid × grid, 1 where the second is the first or touches it."""
        pairs = self.pairs.reshape(-1, 2)
        every = np.arange(self.grids)
        rows = np.concatenate((pairs[:, 0], pairs[:, 1], every))
        columns = np.concatenate((pairs[:, 1], pairs[:, 0], every))
        return _ones(sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(self.grids, self.grids)))

    @cached_property
    def ring2(self) -> sparse.csr_array:
        """Grid × grid, 1 where the second is at most two steps from the first."""
        return _ones(sparse.csr_array(self.ring1 @ self.ring1))


def _ones(matrix: sparse.csr_array) -> sparse.csr_array:
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix
