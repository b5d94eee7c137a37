"""Order statistics of every area of a tree, against sorting each one's cases."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dashboard.queries.tree_sums import Slots
from schemas.areas import Area, AreaTree

SHARES = (Fraction(1, 2), Fraction(9, 10), Fraction(1))
#: Minutes of three significant digits, few or many of them.
VALUES = st.one_of(st.integers(0, 5), st.integers(0, 999), st.integers(100, 999).map(lambda n: n * 10_000))
#: A row: where, how long, how many, and whether other rows say it once more and take it away again.
Row = tuple[int, int, int, bool]
ROWS = st.lists(st.tuples(st.integers(0, 8), VALUES, st.integers(1, 3), st.booleans()), max_size=200)


def tree() -> AreaTree:
    """A district, two towns, of which one has a village, and grids at two depths."""
    parents = {
        "D": None,
        "A": "D",
        "A1": "A",
        "A11": "A1",
        "A12": "A1",
        "A2": "A",
        "B": "D",
        "B1": "B",
        "B2": "B",
    }
    return AreaTree(Area(code, code, code, parent, "any") for code, parent in parents.items())


def sorted_out(cases: list[int], share: Fraction) -> float:
    """The element number ⌈share·n⌉ by its definition."""
    return sorted(cases)[math.ceil(share * len(cases)) - 1] if cases else math.nan


@given(ROWS)
def test_every_areas_element_is_the_one_its_sorted_cases_have(rows: list[Row]) -> None:
    found, expected = both(rows)
    np.testing.assert_array_equal(found, expected)


@given(st.integers(0, 2**32))
def test_so_it_is_among_hundreds_of_values(seed: int) -> None:
    """More than the first digit of a place can tell apart."""
    chance = random.Random(seed)
    found, expected = both(
        [(chance.randrange(9), chance.randrange(1000), 1, chance.random() < 0.1) for _ in range(400)]
    )
    np.testing.assert_array_equal(found, expected)


def both(rows: list[Row]) -> tuple[list[list[float]], list[list[float]]]:
    """Sizes and elements of every slot: as found, and by their definition."""
    areas = tree()
    told = [(at, value, many) for at, value, many, _ in rows]
    told += [(at, value, sign) for at, value, _, twice in rows if twice for sign in (1, -1)]
    positions, values, weights = np.array(told, dtype=np.int64).reshape(-1, 3).T
    found, sizes = Slots(areas).order_statistics(positions, values, weights, SHARES)
    spans = [areas.span(area.code) for area in areas.areas] + [(at, at + 1) for at in range(len(areas))]
    cases = [[v for at, v, many, _ in rows for _ in range(many) if low <= at < high] for low, high in spans]
    expected = [[float(len(each)) for each in cases]]
    expected += [[sorted_out(each, share) for each in cases] for share in SHARES]
    return [sizes.astype(float).tolist(), *(values_of.tolist() for values_of in found)], expected
