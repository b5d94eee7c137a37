"""From sums by area to figures of every node: a subtree is one range of positions, so one running sum serves all.

A *slot* is a place a figure stands for: slots 0…n-1 are the nodes' subtrees in pre-order, n…2n-1 their own records
(located at the node itself or at an unknown code below it).
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

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

    def order_statistic(
        self, positions: Sums, values: Sums, weights: Sums, share: Fraction
    ) -> tuple[NDArray[np.float64], Sums]:
        """For every slot the element number ⌈share·n⌉ of its sorted multiset, NaN where empty, and n.

        `values[i]` occurs `weights[i]` times at `positions[i]`.
        """
        order = np.lexsort((values, positions))
        at, value, weight = positions[order], values[order], weights[order]
        result = np.full(len(self), np.nan)
        sizes = np.zeros(len(self), dtype=np.int64)
        count = len(self.areas)
        low = np.searchsorted(at, np.concatenate([self._low, np.arange(count)]))
        high = np.searchsorted(at, np.concatenate([self._high, np.arange(count) + 1]))
        for slot in np.flatnonzero(high > low):
            part, many = value[low[slot] : high[slot]], weight[low[slot] : high[slot]]
            if slot < count and self._high[slot] - self._low[slot] > 1:
                inner = np.argsort(part, kind="stable")
                part, many = part[inner], many[inner]
            running = np.cumsum(many)
            sizes[slot] = running[-1]
            wanted = -(-int(running[-1]) * share.numerator // share.denominator)
            result[slot] = part[np.searchsorted(running, wanted)]
        return result, sizes
