"""Tail probabilities of counts, and how several are put together."""

from __future__ import annotations

import numpy as np
from scipy import special

from streams.risk.counts import Floats, Ints

_LEAST = 1e-300


def tail(observed: Floats, mean: Floats, variance: Floats) -> Floats:
    """P(Y ≥ observed) for a negative binomial Y of that mean and variance; Poisson where variance ≤ mean.

    Arrays of one shape (or that broadcast). P(Y ≥ y) = I(y, r) at μ/(r + μ), r = μ²/(σ² − μ): the regularised
    incomplete beta function (Abramowitz & Stegun 26.5.26). An observation of 0 has 1; a mean of 0 is taken as 1e-9.
    """
    observed, mean, variance = np.broadcast_arrays(observed, np.maximum(mean, 1e-9), variance)
    answer = np.ones(observed.shape)
    spread = variance > mean * (1 + 1e-6)
    some = observed > 0
    plain = some & ~spread
    answer[plain] = special.gammainc(observed[plain], mean[plain])
    wide = some & spread
    y, mu = observed[wide], mean[wide]
    size = mu * mu / (variance[wide] - mu)
    answer[wide] = special.betainc(y, size, mu / (size + mu))
    return np.maximum(answer, _LEAST)


def harmonic(p: Floats, weights: Floats) -> Floats:
    """Weighted harmonic mean over the first axis (Wilson 2019, 10.1073/pnas.1814092116); weights sum to 1.

    Valid for dependent tests such as overlapping windows; at most the largest weight's inverse times the least p.
    """
    shape = (-1,) + (1,) * (p.ndim - 1)
    return np.asarray(1.0 / (weights.reshape(shape) / np.maximum(p, _LEAST)).sum(axis=0))


def discovery_rate(p: Floats, tests: int) -> Floats:
    """Benjamini–Hochberg q of each p among `tests` tests (1995, 10.1111/j.2517-6161.1995.tb02031.x).

    Tests that are not in `p` count with p = 1. Shape of the answer: that of `p`.
    """
    order: Ints = np.argsort(p, kind="stable")
    raw = p[order] * max(tests, len(p)) / np.arange(1, len(p) + 1)
    answer = np.empty(len(p))
    answer[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return answer
