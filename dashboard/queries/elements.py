"""The element number ⌈share·n⌉ of many multisets at once, of areas that lie in one another.

Rows are not sorted: one histogram of wide steps tells in which step of its multiset each wanted element lies, and only
the rows of that step are told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int64]
#: Wide steps of a histogram, as a power of two.
_STEPS_BITS = 6


@dataclass(frozen=True, slots=True)
class Ranked:
    """Rows of values: `ranks[i]` is the place of row i's value in `distinct`, which ascends; it occurs `weights[i]`
    times, and a negative number of times where it takes away what another row says."""

    ranks: Ints
    weights: Ints
    distinct: Ints

    def chosen(self, which: NDArray[np.bool_]) -> Ranked:
        """Some of the rows."""
        return Ranked(self.ranks[which], self.weights[which], self.distinct)


def ranked(values: Ints, weights: Ints) -> Ranked:
    """Values with their weights as rows of ranks."""
    coded = pa.array(values).dictionary_encode()
    found = coded.dictionary.to_numpy(zero_copy_only=False)
    order = np.argsort(found)
    places = np.empty(len(found), dtype=np.int64)
    places[order] = np.arange(len(found))
    return Ranked(places[coded.indices.to_numpy(zero_copy_only=False)], weights, found[order])


def elements(
    groups: Ints, count: int, rows: Ranked, shares: Sequence[Fraction]
) -> tuple[list[NDArray[np.float64]], Ints]:
    """For each share the wanted element of every group 0…count-1, NaN where it is empty; and their sizes.

    `groups[i]` is the group of row i. Within a group the weights of one value add up to nothing or more.
    """
    if not len(rows.ranks):
        return [np.full(count, np.nan) for _ in shares], np.zeros(count, dtype=np.int64)
    shift = max(0, int(len(rows.distinct) - 1).bit_length() - _STEPS_BITS)
    steps = rows.ranks >> shift
    wide = np.cumsum(_histogram(groups, count, steps, 1 << _STEPS_BITS, rows.weights), axis=1)
    sizes = wide[:, -1]
    return [_element(groups, rows, steps, wide, share) for share in shares], sizes


def _histogram(groups: Ints, count: int, places: Ints, width: int, weights: Ints) -> Ints:
    """Weights added up by group and place: (count, width)."""
    found = np.bincount(groups * width + places, weights=weights, minlength=count * width)
    return found.reshape(count, width).astype(np.int64)


def _element(groups: Ints, rows: Ranked, steps: Ints, wide: Ints, share: Fraction) -> NDArray[np.float64]:
    """The wanted element of each group, from the running sums of its wide steps."""
    sizes, every = wide[:, -1], np.arange(len(wide))
    wanted = -(-sizes * share.numerator // share.denominator)
    step = np.minimum((wide < wanted[:, None]).sum(axis=1), wide.shape[1] - 1)
    before = np.where(step > 0, wide[every, step - 1], 0)
    near = steps == step[groups]
    width = len(rows.distinct)
    keys, places = np.unique(groups[near] * width + rows.ranks[near], return_inverse=True)
    running = np.cumsum(np.bincount(places, weights=rows.weights[near]).astype(np.int64))
    first = np.searchsorted(keys, every * width)
    passed = np.where(first > 0, running[first - 1], 0)
    found = np.full(len(wide), np.nan)
    filled = sizes > 0
    at = np.searchsorted(running, (passed + wanted - before)[filled])
    found[filled] = rows.distinct[keys[at] % width]
    return found
