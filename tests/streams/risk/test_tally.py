"""The past told piece by piece is the past told whole."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams.risk.baseline import Baseline, fit, fit_tally
from streams.risk.counts import Counts
from streams.risk.incidents import first_of_incidents
from streams.risk.policy import Policy
from streams.risk.tally import Tally
from tests.streams.risk.test_district import CATEGORIES, NOW, SIDE, history, places

DAYS = 120
FIRST_DAY = int(NOW) // 24 - DAYS


def learnt(one: Baseline) -> list[object]:
    """All that was learnt, as plain lists."""
    model = [np.asarray(getattr(one.model, field.name)).tolist() for field in fields(one.model)]
    own = (one.start, one.end, one.season, one.profile, one.share, one.share_weight, one.extra, one.whole)
    return [*(np.asarray(value).tolist() for value in own), one.burst.tolist(), one.events, model]


@given(
    cuts=st.sets(st.integers(1, DAYS - 1), max_size=6),
    unheard=st.sets(st.integers(FIRST_DAY, FIRST_DAY + DAYS), max_size=4),
)
def test_a_baseline_is_the_same_however_its_past_is_cut_into_days(cuts: set[int], unheard: set[int]) -> None:
    past, policy = history(), Policy()
    silent = np.array(sorted(unheard), dtype=np.int64)
    tally = Tally(places(), float(past.hour.min()), NOW, policy, silent)
    edges = [-np.inf, *(24.0 * (FIRST_DAY + cut) for cut in sorted(cuts)), np.inf]
    for start, end in pairwise(edges):
        tally.add(past.between(start, end))
    assert learnt(fit_tally(tally, policy)) == learnt(fit(past, places(), NOW, policy, silent))


def test_a_tally_takes_the_same_room_however_much_is_added() -> None:
    tally = Tally(places(), float(history().hour.min()), NOW, Policy())

    def room() -> int:
        return sum(value.nbytes for value in vars(tally).values() if isinstance(value, np.ndarray))

    empty = room()
    for seed in range(3):
        tally.add(history(a_day=200.0, seed=seed))
    assert room() == empty
    assert tally.events > 3 * 0.9 * 200 * (DAYS - 8)


reports = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 2), st.integers(0, 1)),  # tenths of an hour, grid, category
    max_size=40,
).map(sorted)


@given(told=reports, cuts=st.sets(st.integers(0, 60), max_size=4))
def test_incidents_are_the_same_however_their_reports_are_cut_in_time(
    told: list[tuple[int, int, int]], cuts: set[int]
) -> None:
    tenths, grid, category = np.array(told, dtype=np.int64).reshape(-1, 3).T
    whole = first_of_incidents(tenths / 10, grid, category)
    last = np.full((3, 2), -np.inf)
    pieces = np.split(np.arange(len(tenths)), np.searchsorted(tenths, sorted(cuts)))
    found = [first_of_incidents(tenths[p] / 10, grid[p], category[p], last=last) for p in pieces]
    assert np.concatenate(found).tolist() == whole.tolist()


def test_joined_counts_hold_the_rows_of_all_parts() -> None:
    one, other = Counts.of([(1, 2, 0, 1.0)]), Counts.of([(3, SIDE, CATEGORIES - 1, 2.0)])
    joined = Counts.joined([one, other])
    assert [joined.hour.tolist(), joined.grid.tolist()] == [[1, 3], [2, SIDE]]
    assert [joined.category.tolist(), joined.count.tolist()] == [[0, CATEGORIES - 1], [1.0, 2.0]]
    assert len(Counts.joined([]).hour) == 0
