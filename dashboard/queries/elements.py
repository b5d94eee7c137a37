"""The element number ⌈share·n⌉ of many multisets at once, of areas that lie in one another.

Rows are not sorted: the place of a value among all of them has two digits. A histogram of the first tells which one the
wanted element of each multiset has, and one of the second, of those rows alone, which value it is. Minutes of three
significant digits are some thousand values at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Digits = NDArray[np.uint8]
#: Bits of the first digit.
_BITS = 6
#: The first digit of what has no multiset.
NONE = 255


@dataclass(frozen=True, slots=True)
class Rows:
    """Values at positions: value i is `distinct[first[i] * base + second[i]]`, and `distinct` ascends. It occurs
    `weights[i]` times, a negative number of times where it takes away what another row says: at a position the weights
    of one value add up to nothing or more."""

    positions: Ints
    first: Digits
    second: Ints
    weights: Ints
    distinct: Ints
    base: int

    def by_first(self, positions: int) -> Ints:
        """How many there are by position and first digit."""
        return _counted(self.positions, self.first, self.weights, (positions, 1 << _BITS))

    def by_second(self, near: Ints, groups: Ints, count: int) -> Ints:
        """How many of these rows there are by group and second digit."""
        return _counted(groups, self.second[near], self.weights[near], (count, self.base))


def rows_of(positions: Ints, values: Ints, weights: Ints) -> Rows:
    """Values with their weights, ranked."""
    coded = pa.array(values).dictionary_encode()
    distinct = coded.dictionary.to_numpy(zero_copy_only=False)
    order = np.argsort(distinct)
    places = np.empty(len(distinct), dtype=np.int64)
    places[order] = np.arange(len(distinct))
    base = 1 << max(0, (len(distinct) - 1).bit_length() - _BITS)
    codes = coded.indices.to_numpy(zero_copy_only=False)
    first, second = (places // base).astype(np.uint8), places % base
    return Rows(positions, first[codes], second[codes], weights, distinct[order], base)


def _counted(groups: Ints, digits: NDArray[np.integer], weights: Ints, shape: tuple[int, int]) -> Ints:
    found = np.bincount(groups * shape[1] + digits, weights, minlength=shape[0] * shape[1])
    return found.reshape(shape).astype(np.int64)


def number(sizes: Ints, share: Fraction) -> Ints:
    """⌈share·n⌉: which element of so many is wanted; 0 of none."""
    wanted: Ints = -(-sizes * share.numerator // share.denominator)
    return wanted


def digit(counts: Ints, wanted: Ints) -> tuple[Ints, Ints]:
    """The digit that element number `wanted` of each multiset has, and its number among those with that digit.
    `counts`: how many have each digit (multisets, digits)."""
    running = np.cumsum(counts, axis=1)
    found = np.minimum((running < wanted[:, None]).sum(axis=1), counts.shape[1] - 1)
    every = np.arange(len(counts))
    return found, wanted - running[every, found] + counts[every, found]
