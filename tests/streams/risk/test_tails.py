"""Tail probabilities are the distribution's own, and stay honest when they are joined."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from streams.risk.tails import discovery_rate, harmonic, tail


@given(st.integers(0, 200), st.floats(0.01, 100), st.floats(1.01, 20))
def test_a_tail_is_the_negative_binomials(observed: int, mean: float, dispersion: float) -> None:
    found = tail(np.array([observed]), np.array([mean]), np.array([mean * dispersion]))
    exact = stats.nbinom.sf(observed - 1, mean / (dispersion - 1), 1 / dispersion)
    np.testing.assert_allclose(found, max(exact, 1e-300), rtol=1e-6, atol=1e-290)


@given(st.integers(0, 200), st.floats(0.01, 100))
def test_without_excess_variance_a_tail_is_poissons(observed: int, mean: float) -> None:
    found = tail(np.array([observed]), np.array([mean]), np.array([mean]))
    np.testing.assert_allclose(
        found, max(stats.poisson.sf(observed - 1, mean), 1e-300), rtol=1e-6, atol=1e-290
    )


@given(st.floats(0.05, 50), st.floats(1.0, 8), st.floats(0.0005, 0.5))
def test_under_the_model_p_falls_below_a_level_no_more_often_than_that_level(
    mean: float, dispersion: float, level: float
) -> None:
    counts = np.arange(0, 3000)
    p = tail(counts.astype(float), np.array(mean), np.array(mean * dispersion))
    spread = dispersion > 1 + 1e-6
    law = stats.nbinom(mean / (dispersion - 1), 1 / dispersion) if spread else stats.poisson(mean)
    assert law.pmf(counts)[p <= level].sum() <= level * (1 + 1e-6)


def test_what_is_not_there_surprises_nobody() -> None:
    assert tail(np.zeros(2), np.array([0.0, 5.0]), np.array([0.0, 9.0])).tolist() == [1.0, 1.0]


@given(st.lists(st.floats(1e-12, 1), min_size=3, max_size=3))
def test_the_joined_p_lies_between_the_least_and_what_its_weight_allows(each: list[float]) -> None:
    weights = np.array([0.5, 0.25, 0.25])
    joined = float(harmonic(np.array(each), weights))
    assert min(each) * (1 - 1e-9) <= joined <= min(np.array(each) / weights) * (1 + 1e-9)


@given(st.lists(st.floats(1e-9, 1), min_size=1, max_size=30), st.integers(0, 50))
def test_q_is_benjamini_and_hochbergs_with_the_untested_counted(each: list[float], more: int) -> None:
    tests = len(each) + more
    ranked = sorted(each)
    expected = [
        min(1.0, *(p * tests / (rank + 1) for rank, p in enumerate(ranked) if p >= one)) for one in each
    ]
    np.testing.assert_allclose(discovery_rate(np.array(each), tests), expected, rtol=1e-9)
