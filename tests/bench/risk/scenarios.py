"""The 42 weekly scenarios of Noufaily et al. (2013, 10.1002/sim.5595), drawn afresh from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streams.risk.counts import Floats, Ints

WEEKS, FIRST = 624, 575  # weeks in a series; index of the first evaluated one (week 576)
#: θ, β where trended, γ1, γ2, φ
SETS = (
    (0.1, 0.0025, 0.6, 0.6, 1.5),
    (-2.0, 0.005, 0.1, 0.3, 2.0),
    (1.5, 0.003, 0.2, -0.4, 1.0),
    (0.5, 0.002, 0.5, 0.5, 5.0),
    (2.5, 0.001, 1.0, 0.1, 3.0),
    (3.75, 0.001, 0.1, -0.1, 1.1),
    (5.0, 0.0001, 0.05, 0.01, 1.2),
)
SCENARIOS = tuple((s, trend, waves) for s in SETS for trend in (False, True) for waves in (0, 1, 2))


@dataclass(frozen=True)
class Simulated:
    """Series [S, 624]; `outbreak` [S, 49] cases of the current outbreak in the evaluated weeks; `scenario` [S]."""

    counts: Floats
    outbreak: Floats
    scenario: Ints


def simulate(replicates: int, seed: int) -> Simulated:
    """`replicates` series of every scenario."""
    rng = np.random.default_rng(seed)
    drawn = [(_series(rng, *scenario), n) for n, scenario in enumerate(SCENARIOS) for _ in range(replicates)]
    return Simulated(
        np.array([counts for (counts, _), _ in drawn]),
        np.array([outbreak[FIRST:] for (_, outbreak), _ in drawn]),
        np.array([n for _, n in drawn]),
    )


def _series(
    rng: np.random.Generator, parameters: tuple[float, ...], trend: bool, waves: int
) -> tuple[Floats, Floats]:
    """One series and its current outbreak, [624] each."""
    theta, beta, cosine, sine, phi = parameters
    t = np.arange(1, WEEKS + 1)
    mean = np.exp(
        theta
        + (beta * t if trend else 0.0)
        + sum(
            cosine * np.cos(2 * np.pi * j * t / 52) + sine * np.sin(2 * np.pi * j * t / 52)
            for j in range(1, waves + 1)
        )
    )
    mean = np.broadcast_to(mean, t.shape)
    deviation = np.sqrt(phi * mean)
    drawn = rng.poisson(mean) if phi <= 1 else rng.negative_binomial(mean / (phi - 1), 1 / phi)
    counts = drawn.astype(float)
    k = rng.choice([0, 2, 3, 5, 10])
    if k:
        for start in rng.choice(np.arange(312, 575), 4, replace=False):
            past = _outbreak(rng, rng.poisson(k * deviation[start]), int(start))
            past[FIRST:] = 0
            counts = counts + past
    start = int(rng.integers(FIRST, WEEKS))
    size = max(2, int(rng.poisson(rng.integers(1, 11) * deviation[start])))
    current = _outbreak(rng, size, start)
    return counts + current, current


def _outbreak(rng: np.random.Generator, size: int, start: int) -> Floats:
    """Cases by week: each ⌊lognormal(0, 0.5)⌋ weeks after the start."""
    weeks = start + np.floor(rng.lognormal(0, 0.5, size)).astype(int)
    return np.bincount(weeks[weeks < WEEKS], minlength=WEEKS).astype(float)
