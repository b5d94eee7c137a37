"""Farrington Flexible in numpy, many series at once: the comparator, equal to R's `surveillance::farringtonFlexible`.

With the settings of Noufaily et al. (2013, 10.1002/sim.5595): b = 5 years, w = 3, ten periods, the last 26 weeks
left out, weights from Anscombe residuals over 2.58, trend kept unless it extrapolates, negative binomial tail,
at least 5 cases in 4 weeks. Written from the paper and from how that package behaves.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from streams.risk.counts import Flags, Floats, Ints

YEARS, HALF, PERIODS, LEFT_OUT, THRESHOLD, SEASON = 5, 3, 10, 26, 2.58, 52


def score(counts: Floats, first: int, years: int = YEARS) -> tuple[Floats, Floats]:
    """Expected and p [S, T − first] of the weeks from index `first` on; p = 1 where too few cases or no fit."""
    pairs = [_week(counts, now, years) for now in range(first, counts.shape[1])]
    return np.stack([mean for mean, _ in pairs], axis=1), np.stack([p for _, p in pairs], axis=1)


def _week(counts: Floats, now: int, years: int) -> tuple[Floats, Floats]:
    weeks = np.arange(now - years * SEASON - HALF, now - LEFT_OUT)
    kept = weeks >= 0
    weeks = weeks[kept]
    season = _blocks(now - weeks)
    response = counts[:, weeks]
    time = (weeks - now) / SEASON  # 0 now: the level is then the forecast's
    design = np.concatenate(
        (np.ones((len(weeks), 1)), (season[:, None] == np.arange(1, PERIODS)).astype(float), time[:, None]),
        axis=1,
    )
    mean, phi, fine = _fit(response, design)
    plain = (mean > response.max(axis=1)) | ~fine
    if plain.any():
        mean[plain], phi[plain], fine[plain] = _fit(response[plain], design[:, :-1])
    observed = counts[:, now]
    size = mean / np.maximum(phi - 1, 1e-12)
    wide = stats.nbinom.sf(observed - 1, size, 1 / phi)
    p = np.where(phi > 1, wide, stats.poisson.sf(observed - 1, mean))
    enough = (counts[:, now - 3 : now + 1].sum(axis=1) >= 5) & (observed > 0) & fine
    return mean, np.where(enough & np.isfinite(p), p, 1.0)


def _blocks(ago: Ints) -> Ints:
    """Period of each reference week: 10 around the anniversaries, 1 to 9 between them, from the older one on."""
    after = SEASON - ago % SEASON  # weeks since the older anniversary
    after = np.where(after == SEASON, 0, after)
    length = (SEASON - 2 * HALF - 1) // (PERIODS - 1)
    between = (after - HALF - 1) // length + 1
    return np.where((after <= HALF) | (after >= SEASON - HALF), PERIODS, between)


def _fit(response: Floats, design: Floats) -> tuple[Floats, Floats, Flags]:
    """Forecast mean, dispersion and whether it converged, after one reweighting."""
    ones = np.ones(response.shape)
    beta, mean, inverse, fine = _glm(response, design, ones)
    phi = _dispersion(response, mean, ones, design.shape[1])
    hat = mean * np.einsum("tp,spq,tq->st", design, inverse, design)
    residual = 1.5 * (response ** (2 / 3) * mean ** (-1 / 6) - mean**0.5)
    residual = residual / np.sqrt(phi[:, None] * np.maximum(1 - hat, 1e-12))
    down = np.where(residual > THRESHOLD, np.maximum(residual, THRESHOLD) ** -2.0, 1.0)
    weights = down * response.shape[1] / down.sum(axis=1, keepdims=True)
    beta, mean, _, again = _glm(response, design, weights)
    return np.exp(beta[:, 0]), _dispersion(response, mean, weights, design.shape[1]), fine & again


def _dispersion(response: Floats, mean: Floats, weights: Floats, terms: int) -> Floats:
    chi = (weights * (response - mean) ** 2 / mean).sum(axis=1)
    return np.asarray(np.maximum(chi / (response.shape[1] - terms), 1.0))


def _glm(response: Floats, design: Floats, weights: Floats) -> tuple[Floats, Floats, Floats, Flags]:
    """Poisson regression as R's glm.fit: from y + 0.1, at most 25 turns, until the deviance rests."""
    terms = design.shape[1]
    products = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    eta = np.log(response + 0.1)
    deviance = np.full(len(response), np.inf)
    beta = np.zeros((len(response), terms))
    inverse = np.zeros((len(response), terms, terms))
    mean = response + 0.1
    going = np.arange(len(response))
    for _ in range(25):
        y, w = response[going], weights[going] * mean[going]
        gram = (w @ products).reshape(-1, terms, terms) + 1e-12 * np.eye(terms)
        part = np.linalg.inv(gram)
        working = eta[going] + (y - mean[going]) / mean[going]
        beta[going] = np.einsum("spq,sq->sp", part, (w * working) @ design)
        inverse[going] = part
        eta[going] = np.clip(beta[going] @ design.T, -30, 30)
        mean[going] = np.maximum(np.exp(eta[going]), 1e-12)
        log = np.log(np.where(y > 0, y / mean[going], 1.0))
        now = 2 * (weights[going] * (y * log - (y - mean[going]))).sum(axis=1)
        rest = np.abs(now - deviance[going]) / (np.abs(now) + 0.1) < 1e-8
        deviance[going] = now
        going = going[~rest]
        if not len(going):
            break
    fine = np.ones(len(response), dtype=bool)
    fine[going] = False
    return beta, mean, inverse, fine
