"""From sums by area to figures of every node: a subtree is one range of positions, so one running sum serves all.

A *slot* is a place a figure stands for: slots 0…n-1 are the nodes' subtrees in pre-order, n…2n-1 their own records
(located at the node itself or at an unknown code below it).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dashboard.queries.elements import NONE, Rows, digit, number, rows_of
from schemas.areas import AreaTree

Sums = NDArray[np.int64]


class Slots:
    """The slots of a tree and the arithmetic over its ranges."""

    def __init__(self, areas: AreaTree) -> None:
        self.areas = areas
        spans = np.array([areas.span(area.code) for area in areas.areas], dtype=np.int64).reshape(-1, 2)
        self._low, self._high = spans[:, 0], spans[:, 1]
        self._position = {area.code: index for index, area in enumerate(areas.areas)}
        self.populations = np.array(
            [area.population or 0 for area in areas.areas] + [0] * len(areas), dtype=np.int64
        )

    def __len__(self) -> int:
        return 2 * len(self.areas)

    def positions(self, codes: list[str]) -> Sums:
        """Positions of known area codes; rows of areas that left the pack count at the root."""
        root = 0
        return np.array([self._position.get(code, root) for code in codes], dtype=np.int64)

    def totals(self, own: Sums) -> Sums:
        """(areas, …) of own sums → (slots, …) of subtree sums followed by the own ones."""
        running = np.zeros((own.shape[0] + 1, *own.shape[1:]), dtype=np.int64)
        np.cumsum(own, axis=0, out=running[1:])
        return np.concatenate([running[self._high] - running[self._low], own])

    def order_statistics(
        self, positions: Sums, values: Sums, weights: Sums, shares: Sequence[Fraction]
    ) -> tuple[list[NDArray[np.float64]], Sums]:
        """For each share and slot the element number ⌈share·n⌉ of its sorted multiset, NaN where empty; and n by slot.

        `values[i]` occurs `weights[i]` times at `positions[i]`; a negative number takes away what another row says.
        """
        rows = rows_of(positions, values, weights)
        counts = self.totals(rows.by_first(len(self.areas)))
        sizes: Sums = counts.sum(axis=1)
        return [self._elements(rows, counts, number(sizes, share)) for share in shares], sizes

    def _elements(self, rows: Rows, counts: Sums, wanted: Sums) -> NDArray[np.float64]:
        """Element number `wanted` of every slot, of which `counts` have each first digit."""
        found = np.full(len(self), np.nan)
        first, rest = digit(counts, wanted)
        for slots, level in self._levels:
            at = np.where(level >= 0, first[slots][level], NONE).astype(np.uint8)
            near = np.flatnonzero(at[rows.positions] == rows.first)
            second, _ = digit(rows.by_second(near, level[rows.positions[near]], len(slots)), rest[slots])
            filled = slots[wanted[slots] > 0]
            places = first[slots] * rows.base + second
            found[filled] = rows.distinct[places[wanted[slots] > 0]]
        return found

    @cached_property
    def _levels(self) -> list[tuple[Sums, Sums]]:
        """The slots of each depth of the tree, then the own ones: areas that do not overlap. With the place of the one
        among them that a position lies in, -1 where it lies in none."""
        every = np.arange(len(self.areas))
        depths = np.array([len(self.areas.ancestors(area.code)) for area in self.areas.areas])
        levels = []
        for depth in np.unique(depths):
            slots = np.flatnonzero(depths == depth)
            level = np.full(len(every), -1, dtype=np.int64)
            for place, slot in enumerate(slots):
                level[self._low[slot] : self._high[slot]] = place
            levels.append((slots, level))
        return [*levels, (len(every) + every, every)]
