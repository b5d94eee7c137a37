"""Many log-linear count models at once: ridge priors, weights, outliers held down. One design, many series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streams.risk.counts import Floats

#: Of a standardised residual, from which on it is an outlier.
THRESHOLD = 2.58
_LIMIT = 30.0


@dataclass(frozen=True)
class Fitted:
    """Models of S series over P terms.

    `coefficients` [S, P]; `covariance` [S, P, P] of the coefficients at dispersion 1; `mean` [S, T] fitted;
    `weights` [S, T] used at last (0 to 1); `dispersion` [S], variance over mean, at least 1.
    """

    coefficients: Floats
    covariance: Floats
    mean: Floats
    weights: Floats
    dispersion: Floats

    def predict(self, design: Floats, offset: Floats | float = 0.0) -> tuple[Floats, Floats]:
        """Means [S, N] at the rows of `design` [N, P], and the variance of their logarithms [S, N] (dispersion 1)."""
        linear = self.coefficients @ design.T + offset
        spread = np.einsum("np,spq,nq->sn", design, self.covariance, design)
        return np.exp(np.clip(linear, -_LIMIT, _LIMIT)), spread


def fit_many(
    counts: Floats,
    design: Floats,
    precision: Floats,
    *,
    prior: Floats | None = None,
    offset: Floats | float = 0.0,
    weights: Floats | None = None,
    start: Floats | None = None,
    threshold: float = THRESHOLD,
    rounds: int = 3,
    widest: float = np.inf,
) -> Fitted:
    """Quasi-Poisson regressions with Gaussian priors, by iteratively reweighted least squares on all series at once.

    counts [S, T]; design [T, P]; precision [P] or [S, P] of the priors around `prior` [S, P] (zero if absent);
    weights [S, T] (0 leaves a step out). Steps whose standardised Anscombe residual exceeds `threshold` are
    weighted by its inverse square, as Noufaily et al. (2013, 10.1002/sim.5595) do, in `rounds` turns; their dispersion
    is taken as `widest` at most there, so that a long outbreak in a short past does not hide itself; with `start`
    [S, P] the first turn is weighted by residuals from it.
    """
    series, terms = counts.shape[0], design.shape[1]
    base = np.ones(counts.shape) if weights is None else weights
    prior = np.zeros((series, terms)) if prior is None else prior
    precision = np.broadcast_to(precision, (series, terms))
    rows, columns = np.triu_indices(terms)
    products = design[:, rows] * design[:, columns]
    beta = _first(counts, base, offset, prior) if start is None else start
    used = base
    dispersion = np.ones(series)
    if start is not None:
        mean = np.exp(np.clip(beta @ design.T + offset, -_LIMIT, _LIMIT))
        used = base * _held_down(counts, mean, np.full(series, min(widest, 1e9)), threshold)
    for turn in range(rounds + 1):
        for _ in range(2 if turn else 5):
            beta, mean, inverse = _step(
                counts, design, products, offset, used, beta, prior, precision * dispersion[:, None]
            )
        dispersion = _dispersion(counts, mean, used, terms)
        if turn < rounds:
            used = base * _held_down(counts, mean, np.minimum(dispersion, widest), threshold)
    return Fitted(beta, inverse, mean, used, dispersion)


def _first(counts: Floats, weights: Floats, offset: Floats | float, prior: Floats) -> Floats:
    """The prior with the level at the series' mean."""
    exposure = (weights * np.exp(offset)).sum(axis=1)
    level = np.log(((weights * counts).sum(axis=1) + 0.5) / (exposure + 1.0))
    return np.concatenate((level[:, None], prior[:, 1:]), axis=1)


def _step(
    counts: Floats,
    design: Floats,
    products: Floats,
    offset: Floats | float,
    weights: Floats,
    beta: Floats,
    prior: Floats,
    precision: Floats,
) -> tuple[Floats, Floats, Floats]:
    """One Newton step: coefficients, means at the ones before, inverse of the information."""
    terms = design.shape[1]
    mean: Floats = np.exp(np.clip(beta @ design.T + offset, -_LIMIT, _LIMIT))
    rows, columns = np.triu_indices(terms)
    gram = np.empty((len(counts), terms, terms))
    gram[:, rows, columns] = gram[:, columns, rows] = (weights * mean) @ products
    gram += precision[:, :, None] * np.eye(terms) + 1e-8 * np.eye(terms)
    score = (weights * (counts - mean)) @ design - precision * (beta - prior)
    inverse: Floats = np.linalg.inv(gram).astype(np.float64)
    move = np.einsum("spq,sq->sp", inverse, score)
    length = np.abs(move).max(axis=1, keepdims=True)
    return beta + move * np.minimum(1.0, 2.0 / np.maximum(length, 1e-12)), mean, inverse


def _dispersion(counts: Floats, mean: Floats, weights: Floats, terms: int) -> Floats:
    """Pearson's statistic over its degrees of freedom [S], at least 1."""
    chi = (weights * (counts - mean) ** 2 / np.maximum(mean, 1e-9)).sum(axis=1)
    free = np.maximum(weights.sum(axis=1) - terms, 1.0)
    return np.asarray(np.maximum(chi / free, 1.0))


def _held_down(counts: Floats, mean: Floats, dispersion: Floats, threshold: float) -> Floats:
    """Weights [S, T] of 1, and less for what lies too high above its mean."""
    return doubted(anscombe(counts, mean, dispersion), threshold)


def anscombe(counts: Floats, mean: Floats, dispersion: Floats) -> Floats:
    """Standardised Anscombe residuals [S, T] of counts around their means; dispersion [S]."""
    scale = np.sqrt(dispersion)[:, None] * np.maximum(mean, 1e-9) ** (1 / 6)
    return np.asarray(1.5 * (counts ** (2 / 3) - mean ** (2 / 3)) / scale)


def doubted(residual: Floats, threshold: float = THRESHOLD) -> Floats:
    """Weights of 1, and the inverse square of what is above the threshold (Noufaily et al. 2013)."""
    return np.where(residual > threshold, (threshold / np.maximum(residual, threshold)) ** 2, 1.0)
