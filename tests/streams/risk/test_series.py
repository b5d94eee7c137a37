"""Single series are judged by their own past alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.risk.counts import Floats
from streams.risk.series import Rhythm, daily, hourly, score, weekly


def _quiet(series: int, steps: int, seed: int = 3, mean: float = 6.0) -> Floats:
    return np.random.default_rng(seed).negative_binomial(mean, 0.5, (series, steps)).astype(float)


@settings(max_examples=15, deadline=None)
@given(st.integers(130, 158), st.integers(0, 400), st.integers(0, 1000))
def test_what_comes_later_changes_nothing_judged_before(at: int, count: int, seed: int) -> None:
    counts = _quiet(2, 160, seed)
    other = counts.copy()
    other[0, at] = count
    one, two = score(counts, 120, weekly(52)), score(other, 120, weekly(52))
    np.testing.assert_array_equal(one.p[:, : at - 120], two.p[:, : at - 120])
    np.testing.assert_array_equal(one.expected[:, : at - 120], two.expected[:, : at - 120])
    np.testing.assert_allclose(one.p[1], two.p[1], rtol=1e-9)


def test_series_do_not_know_of_each_other_nor_of_their_order() -> None:
    counts = _quiet(5, 150)
    whole = score(counts, 140, weekly(52))
    alone = np.concatenate([score(counts[n : n + 1], 140, weekly(52)).p for n in (4, 2, 0)])
    np.testing.assert_allclose(alone, whole.p[[4, 2, 0]], rtol=1e-9)


@pytest.mark.parametrize("rhythm", [weekly(52), daily(), hourly()])
def test_a_step_is_judged_the_same_from_wherever_the_judging_starts(rhythm: Rhythm) -> None:
    counts = _quiet(2, 420)
    early, late = score(counts, 380, rhythm), score(counts, 403, rhythm)
    np.testing.assert_allclose(early.p[:, 23:], late.p, rtol=1e-9)


def test_an_outbreak_stands_out_and_a_series_that_has_just_begun_is_not_judged() -> None:
    counts = _quiet(2, 200)
    counts[0, 195:198] += 40
    counts[1, :190] = np.nan
    found = score(counts, 195, weekly(52))
    assert (found.p[0, :3] < 1e-4).all()
    assert found.p[1].tolist() == [1.0] * 5
    assert np.isnan(found.expected[1]).all()


def test_on_quiet_series_p_is_small_about_as_often_as_it_says() -> None:
    p = score(_quiet(60, 330, seed=8), 270, weekly(52)).p
    assert 0.002 < (p < 0.005).mean() < 0.009
    assert 0.06 < (p < 0.1).mean() < 0.15


def test_a_weekly_rhythm_of_days_is_expected() -> None:
    week = np.array([5, 50, 50, 50, 50, 50, 5.0])
    counts = np.random.default_rng(1).poisson(np.tile(week, 60)[None, :]).astype(float)
    found = score(counts, 400, daily())
    np.testing.assert_allclose(found.expected[0], np.tile(week, 60)[400:], rtol=0.4)
    assert found.p.min() > 1e-3
