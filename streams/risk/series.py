"""Any number of single series, step by step: what to expect, and how surprising each step is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from streams.risk.counts import Floats, Ints
from streams.risk.glm import THRESHOLD, fit_many
from streams.risk.tails import harmonic, tail
from streams.risk.threads import one_thread

_CHUNK = 75_000  # cells fitted at once: what stays in a processor's cache


@dataclass(frozen=True)
class Rhythm:
    """How series of one step size go.

    `cycles` are (period in steps, waves); `season` the steps a trend is told over; `windows` of steps up to the
    judged one; `guard` newest steps a baseline leaves out (at most a third of what there is); a model is fitted
    anew every `refit` steps, at multiples of it, and serves until the next (24 times as often while there are few);
    `half_life` of the past in steps.
    """

    cycles: tuple[tuple[float, int], ...]
    season: float
    windows: tuple[int, ...]
    guard: int
    refit: int
    half_life: float

    def anchor(self, step: int) -> int:
        """The step whose model judges `step`."""
        every = self.refit if step >= 8 * self.refit else max(1, self.refit // 24)
        return step // every * every

    def history(self, anchor: int) -> int:
        """How many steps from the first one on the model of `anchor` learns from."""
        return anchor - min(self.guard, anchor // 3)


def weekly(season: float = 365.25 / 7) -> Rhythm:
    """Weeks, or any step with one season of that many steps."""
    return Rhythm(((season, 2),), season, (1, 2, 3), 8, 1, 8 * season)


def daily(season: float = 365.25) -> Rhythm:
    """Days: day of week, and the year (the week alone where the season is 7)."""
    cycles = ((7.0, 3),) if season == 7 else ((season, 2), (7.0, 3))
    return Rhythm(cycles, 365.25, (1, 3, 7), 14, 7, 180)


def hourly(season: float = 168) -> Rhythm:
    """Hours: time of day and hour of week (the day alone where the season is 24)."""
    cycles = ((24.0, 4),) if season == 24 else ((season, 4), (24.0, 4))
    return Rhythm(cycles, 24 * 365.25, (1, 6, 24), 168, 168, 24 * 180)


@dataclass(frozen=True)
class SeriesPolicy:
    """How single series are judged.

    `weights` of the windows (sum 1); `outlier` the Anscombe residual from
    which the past is weighted down; prior standard deviations of level, trend (a season) and first to later
    waves; the dispersion is shrunk to 1 by `dispersion_steps` steps; under `least_history` steps nothing is said;
    as `burst_events` events tell nothing of bursts, fewer add up to `burst` − 1 to the dispersion;
    `calibration` times the joined p is given: counts are whole, so tails say less than they claim (from simulation).
    """

    weights: tuple[float, float, float] = (0.7, 0.2, 0.1)
    outlier: float = THRESHOLD
    rounds: int = 2
    level: float = 5.0
    trend: float = 0.15
    waves: tuple[float, float] = (0.5, 0.3)
    dispersion_steps: float = 20.0
    least_history: int = 4
    calibration: float = 0.8
    burst: float = 2.0
    burst_events: float = 5.0


@dataclass(frozen=True)
class Scored:
    """Expected events and combined p of each judged step [S, N]; (NaN, 1) where there is too little history."""

    expected: Floats
    p: Floats


@one_thread
def score(counts: Floats, first: int, rhythm: Rhythm, policy: SeriesPolicy | None = None) -> Scored:
    """Judge the steps from index `first` on, each by earlier steps of its own series alone.

    counts [S, T], NaN where a series has not begun or is over. Negative binomial tails of the sums over the
    rhythm's windows, joined by a weighted harmonic mean.
    """
    policy = policy or SeriesPolicy()
    size = max(1, _CHUNK // max(counts.shape[1], 1))
    parts = [_score(counts[n : n + size], first, rhythm, policy) for n in range(0, len(counts), size)]
    return Scored(np.concatenate([p.expected for p in parts]), np.concatenate([p.p for p in parts]))


def _score(counts: Floats, first: int, rhythm: Rhythm, policy: SeriesPolicy) -> Scored:
    shape = (len(counts), counts.shape[1] - first)
    answer = Scored(np.full(shape, np.nan), np.ones(shape))
    begin = first
    while begin < counts.shape[1]:
        anchor = rhythm.anchor(begin)
        end = begin + 1
        while end < counts.shape[1] and rhythm.anchor(end) == anchor:
            end += 1
        if rhythm.history(anchor) > 0:
            model = _Model.of(counts[:, : rhythm.history(anchor)], anchor, rhythm, policy)
            columns = slice(begin - first, end - first)
            answer.expected[:, columns], answer.p[:, columns] = model.judge(counts, begin, end)
        begin = end
    return answer


@dataclass(frozen=True)
class _Model:
    """A fit that serves the steps from `anchor` on."""

    anchor: int
    rhythm: Rhythm
    policy: SeriesPolicy
    coefficients: Floats
    covariance: Floats
    dispersion: Floats
    enough: Floats = field(repr=False)

    @classmethod
    def of(cls, past: Floats, anchor: int, rhythm: Rhythm, policy: SeriesPolicy) -> _Model:
        """From the past [S, H] of step `anchor`."""
        steps = np.arange(past.shape[1])
        there = np.isfinite(past)
        weights = there * 0.5 ** ((anchor - steps) / rhythm.half_life)
        model = fit_many(
            np.where(there, past, 0.0),
            _design(steps, anchor, rhythm),
            _precision(rhythm, policy),
            weights=weights,
            threshold=policy.outlier,
            rounds=policy.rounds,
        )
        known = model.weights.sum(axis=1)
        trust = known / (known + policy.dispersion_steps)
        enough = there.sum(axis=1) >= policy.least_history
        events = (model.weights * np.where(there, past, 0.0)).sum(axis=1)
        unknown = policy.burst_events / (events + policy.burst_events)
        dispersion = 1 + trust * (model.dispersion - 1) + unknown * (policy.burst - 1)
        return cls(anchor, rhythm, policy, model.coefficients, model.covariance, dispersion, enough)

    def judge(self, counts: Floats, begin: int, end: int) -> tuple[Floats, Floats]:
        """Expected and p [S, end − begin]."""
        longest = max(self.rhythm.windows)
        steps = np.arange(begin - longest + 1, end)
        terms = _design(steps, self.anchor, self.rhythm)
        mean = np.exp(np.clip(self.coefficients @ terms.T, -30, 30))
        inside = np.where(steps >= 0, counts[:, np.maximum(steps, 0)], np.nan)
        mean = np.where(np.isfinite(inside), mean, 0.0)
        judged = terms[longest - 1 :]
        doubt = np.einsum("np,spq,nq->sn", judged, self.covariance, judged, optimize=True)
        phi = self.dispersion[:, None]
        each = []
        for window in self.rhythm.windows:
            usual, seen = _sums(mean, window, longest), _sums(np.nan_to_num(inside), window, longest)
            each.append(tail(seen, usual, phi * usual + phi * doubt * usual**2))
        p = harmonic(np.stack(each), np.array(self.policy.weights)) * self.policy.calibration
        fine = np.isfinite(inside[:, longest - 1 :]) & self.enough[:, None]
        return np.where(fine, mean[:, longest - 1 :], np.nan), np.where(fine, np.minimum(p, 1.0), 1.0)


def _sums(values: Floats, window: int, longest: int) -> Floats:
    """Sums over the `window` steps up to each step from number `longest` on."""
    parts = np.lib.stride_tricks.sliding_window_view(values, window, axis=1)
    total: Floats = parts.sum(axis=2)
    return total[:, longest - window :]


def _precision(rhythm: Rhythm, policy: SeriesPolicy) -> Floats:
    waves = [policy.waves[min(n, 1)] for _, many in rhythm.cycles for n in range(many) for _ in range(2)]
    return np.array([policy.level, policy.trend, *waves]) ** -2.0


def _design(steps: Ints, anchor: int, rhythm: Rhythm) -> Floats:
    """Terms [N, P]: level, trend in seasons (0 at the anchor), cosine and sine of every wave."""
    waves = [
        part(2 * np.pi * n * steps / period)
        for period, many in rhythm.cycles
        for n in range(1, many + 1)
        for part in (np.cos, np.sin)
    ]
    return np.stack([np.ones(len(steps)), (steps - anchor) / rhythm.season, *waves], axis=1)
