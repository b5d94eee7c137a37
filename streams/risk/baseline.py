"""What is usual: a rate for every town and category, a profile over the week, and each grid's share of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from streams.risk.counts import HOURS_OF_WEEK, Counts, Floats, Ints, Places
from streams.risk.glm import Fitted, anscombe, doubted, fit_many
from streams.risk.policy import Policy
from streams.risk.tally import Tally
from streams.risk.threads import one_thread

_YEAR = 365.25
_PROFILE_PRIOR = 500.0  # events of the pooled profile a category's own is shrunk to
_RECENT_DAYS = 28
_WIDEST = 1.0  # dispersion of a day's count in a town that an outlier is measured by, at most
#: Prior standard deviations of level, trend a year, first and second annual wave (cosine, sine), and recent level.
_POOLED_SPREAD = np.array([3.0, 0.3, 0.4, 0.4, 0.2, 0.2, 0.25])
#: Of the third to sixth annual wave, of whole categories only, and from so many days of history on.
_SEASON_SPREAD = np.repeat([0.15, 0.12, 0.1, 0.08], 2)
_SEASON_DAYS = 350
_TOWN_SPREAD = np.array([0.7, 0.15, 0.15, 0.15, 0.1, 0.1, 0.25])


@dataclass(frozen=True)
class Baseline:
    """What to expect, learnt from the hours `start` ≤ h < `end` (`end` lies `policy.guard` before the fit).

    `model` holds towns × categories models (row town·C + category) of events a day, `season` [C, 8] the finer annual
    waves of whole categories beside them; `profile` [C, 168] the share
    of an average day's 1/24 that an hour of the week carries (mean 1); `share` [grids, C] of the town's rate,
    `share_weight` [grids, C] the events each share rests on, prior included (the Gamma shape);
    `extra` [windows, C, 2] dispersion φ and v of town counts over a window: variance φμ + vμ²; `whole` [windows, C, 2]
    the same of the whole district's;
    `events` all events read, `burst` [C] dispersion of grid counts.
    """

    policy: Policy
    places: Places
    start: float
    end: float
    model: Fitted
    season: Floats
    profile: Floats
    share: Floats
    share_weight: Floats
    extra: Floats
    whole: Floats
    burst: Floats
    events: float

    @property
    def days(self) -> float:
        """Days of history."""
        return (self.end - self.start) / 24

    @property
    def certainty(self) -> str:
        """How far to trust it: `low` under 28 days of history, `fair` under a year, else `good`."""
        return "low" if self.days < 28 else "fair" if self.days < _YEAR else "good"

    def daily(self, at: float) -> Floats:
        """Expected events a day [towns, C] around hour `at`, day-of-week and hour apart."""
        return self._predicted(at)[0]

    def doubt(self, at: float) -> Floats:
        """Variance of the logarithm of `daily` that the model itself is unsure of [towns, C], at Poisson dispersion."""
        return self._predicted(at)[1]

    def _predicted(self, at: float) -> tuple[Floats, Floats]:
        day = np.array([at / 24])
        season = np.tile(self.season @ waves(day).T, (self.places.towns, 1))
        mean, spread = self.model.predict(design(day, self.end / 24), season)
        shape = (self.places.towns, self.places.categories)
        return mean[:, 0].reshape(shape), spread[:, 0].reshape(shape)


def design(days: Floats, end: float) -> Floats:
    """Terms [N, 7] of days (local, as `hour_of` / 24): level, trend, two annual waves, level of the last 28 days."""
    year = 2 * np.pi * days / _YEAR
    recent = (days >= end - _RECENT_DAYS).astype(float)
    two = [np.cos(year), np.sin(year), np.cos(2 * year), np.sin(2 * year)]
    return np.stack([np.ones_like(days), (np.minimum(days, end) - end) / _YEAR, *two, recent], axis=1)


def waves(days: Floats) -> Floats:
    """The third to sixth annual wave [N, 8]: what makes a season's peak sharp."""
    year = 2 * np.pi * days[:, None] / _YEAR * np.repeat(np.arange(3, 7), 2)
    return np.where(np.arange(8) % 2 == 0, np.cos(year), np.sin(year))


def fit(
    counts: Counts, places: Places, now: float, policy: Policy | None = None, unheard: Ints | None = None
) -> Baseline:
    """Learn what is usual from the past of `now` (a local hour), cut as `Tally` says, as `fit_tally` does."""
    policy = policy or Policy()
    first = float(counts.hour.min()) if len(counts.hour) else None
    tally = Tally(places, first, now, policy, unheard)
    tally.add(counts)
    return fit_tally(tally, policy)


@one_thread
def fit_tally(past: Tally, policy: Policy) -> Baseline:
    """Learn what is usual from the past added up. Without any history every town and category is taken to have a few
    events a year; `certainty` then says `low`."""
    places, days = past.places, past.days
    profile = _profile(past.of_week, days)
    weight = 0.5 ** ((past.end / 24 - days) / policy.half_life)
    ordinary = _ordinary(past.daily, days, profile)
    model, season = _model(past.daily, days, past.end / 24, profile, places, weight * ordinary)
    share, share_weight = _shares(past, model)
    return Baseline(
        policy, places, past.start, past.end, model, season, profile, share, share_weight,
        _dispersion(past.daily, model.mean, model.weights / weight, places.towns, policy),
        _dispersion(*_over_towns(past.daily, model, places), 1, policy),
        _burst(past),
        past.events,
    )  # fmt: skip


def _profile(found: Floats, days: Floats) -> Floats:
    """Hour-of-week profile [C, 168] with mean 1, each category's shrunk towards the pooled one, and that, hour by hour,
    towards the hour of any day: in the first week most hours of the week were never heard."""
    hours = (days[:, None] * 24 + np.arange(24)).ravel().astype(np.int64)
    exposure = np.bincount(hours % HOURS_OF_WEEK, minlength=HOURS_OF_WEEK)
    every = found.sum(axis=0)
    usual = (every.sum() + 1.0) / exposure.sum()
    of_day = (every.reshape(7, 24).sum(axis=0) + 1.0) / (exposure.reshape(7, 24).sum(axis=0) + 1.0 / usual)
    pooled = (every + 1.0) / (exposure + 1.0 / np.tile(of_day, 7))
    pooled = pooled / pooled.mean()
    level = found.sum(axis=1, keepdims=True) / np.maximum((exposure * pooled).sum(), 1e-9)
    prior = _PROFILE_PRIOR / HOURS_OF_WEEK
    own = (found + prior * pooled) / (exposure * level * 1.0 + prior)
    return np.asarray(own / own.mean(axis=1, keepdims=True))


def _ordinary(daily: Floats, days: Floats, profile: Floats) -> Floats:
    """How far each of the days [N] is to be trusted: less than 1 where the whole district told much less than usual, by
    the median of 28 of the days on either side. daily [towns · C, N], profile [C, 168].

    A feast, a strike, an outage that nobody noticed: single towns and categories are too thin to show it.
    """
    total, categories = daily.sum(axis=0), len(profile)
    events = daily.sum(axis=1).reshape(-1, categories).sum(axis=0)
    week = np.average(profile, axis=0, weights=events + 1e-9).reshape(7, 24).mean(axis=1)
    shape = week[days.astype(np.int64) % 7]
    even = np.pad(total / shape, _RECENT_DAYS, constant_values=np.nan)
    usual = np.nanmedian(sliding_window_view(even, 2 * _RECENT_DAYS + 1), axis=1) * shape
    residual = anscombe(total[None], usual[None], np.ones(1))[0]
    spread = max(1.0, float(np.median(np.abs(residual))) / 0.6745)  # 0.6745 is a normal law's
    return doubted(-residual / spread)


def _model(
    daily: Floats, days: Floats, end: float, profile: Floats, places: Places, weights: Floats
) -> tuple[Fitted, Floats]:
    """Town × category models, their priors the category's model over all towns (both ridge regressions), and the finer
    waves of the season [C, 8], which towns have from their category alone; zero before a season was seen."""
    terms, fine = design(days, end), waves(days) * (len(days) >= _SEASON_DAYS)
    both, spread = np.concatenate((terms, fine), axis=1), np.concatenate((_POOLED_SPREAD, _SEASON_SPREAD))
    by_day = profile.reshape(len(profile), 7, 24).mean(axis=2)
    offset = np.log(by_day[:, days.astype(np.int64) % 7])
    weight = np.broadcast_to(weights, offset.shape)
    pooled = daily.reshape(places.towns, places.categories, -1).sum(axis=0)
    start = np.zeros((places.categories, both.shape[1]))
    start[:, 0] = np.log(np.maximum(np.median(pooled / np.exp(offset), axis=1), 0.5))
    whole = fit_many(pooled, both, spread**-2.0, offset=offset, weights=weight, start=start, widest=_WIDEST)
    own, season = np.split(whole.coefficients, [terms.shape[1]], axis=1)
    prior = np.tile(own, (places.towns, 1))
    size = np.bincount(places.town, minlength=places.towns) / max(places.grids, 1)
    prior[:, 0] += np.repeat(np.log(np.maximum(size, 1e-6)), places.categories)
    towns = fit_many(
        daily,
        terms,
        _TOWN_SPREAD**-2.0,
        prior=prior,
        offset=np.tile(offset + season @ fine.T, (places.towns, 1)),
        weights=np.tile(weight, (places.towns, 1)),
        start=prior,
        widest=_WIDEST,
    )
    return towns, season


def _shares(past: Tally, model: Fitted) -> tuple[Floats, Floats]:
    """Empirical-Bayes shares of grids in their town's rate [grids, C], and the Gamma shapes they rest on.

    Gamma–Poisson model a category (Clayton & Kaldor 1987, 10.2307/2532003), method of moments for its shape; the
    prior of a grid is the mean of its grids' share over all categories and an even share.
    """
    places, found = past.places, past.of_grid
    of_town = past.daily.sum(axis=1).reshape(places.towns, places.categories)
    size = np.bincount(places.town, minlength=places.towns)
    every = found.sum(axis=1)
    even = 1.0 / size[places.town]
    town_every = of_town.sum(axis=1)[places.town]
    general = (every + 20.0) / (town_every + 20.0 * size[places.town])
    mean = np.where(town_every > 0, 0.5 * general + 0.5 * even, even)
    expected = of_town[places.town] * mean[:, None]
    shape = _gamma_shape(found, expected)
    weight = found + shape
    share = mean[:, None] * weight / (expected + shape)
    total = np.zeros((places.towns, places.categories))
    np.add.at(total, places.town, share)
    return share / np.maximum(total, 1e-12)[places.town], weight


def _gamma_shape(found: Floats, expected: Floats) -> Floats:
    """Shape [C] of the Gamma law of rate ratios: 1 / their variance beyond Poisson's, between 0.05 and 50."""
    mass = expected.sum(axis=0)
    excess = ((found - expected) ** 2 - found).sum(axis=0)
    square = np.maximum((expected**2).sum(axis=0), 1e-9)
    return np.where(mass > 0, np.clip(square / np.maximum(excess, 1e-9), 0.05, 50.0), 1.0)


def _over_towns(daily: Floats, model: Fitted, places: Places) -> tuple[Floats, Floats, Floats]:
    """Counts, means and trust [C, days] of the whole district. Days over three deviations out of line, by the median of
    the squares (0.455 is that of χ² with one degree of freedom), are trusted by their inverse fourth power, so that the
    further out a day lies the less it widens: storms are rare.
    """
    shape = (places.towns, places.categories, -1)
    counts, mean = (each.reshape(shape).sum(axis=0) for each in (daily, model.mean))
    square = (counts - mean) ** 2 / np.maximum(mean, 1e-9)
    usual = np.maximum(np.median(square, axis=1, keepdims=True) / 0.455, 1.0)
    return counts, mean, np.minimum(9.0 * usual / np.maximum(square, 1e-9), 1.0) ** 2


def _dispersion(daily: Floats, means: Floats, trust: Floats, towns: int, policy: Policy) -> Floats:
    """φ and v [windows, C, 2] of the variance φμ + vμ² of counts over each window, shrunk to the pooled ones.

    daily, means, trust [towns · C, days]. Least squares of squared residuals over μ on μ, weighted by μ/(1 + 2μ), over
    spans of the window's days side by side. Residuals are cut at four standard deviations and weighted by `trust`, so
    that past outbreaks do not widen it.
    """
    categories = len(daily) // towns
    answer = np.empty((len(policy.windows), categories, 2))
    for n, window in enumerate(policy.windows):
        span = max(1, window // 24)
        whole = daily.shape[1] // span * span
        if whole == 0:
            answer[n] = (1.2, 0.1)
            continue
        shape = (towns, categories, -1, span)
        seen, mean, weight = (
            each[:, -whole:].reshape(shape).transpose(1, 0, 2, 3) for each in (daily, means, trust)
        )
        answer[n] = _two_moments(
            seen.sum(axis=-1).reshape(categories, -1),
            np.maximum(mean.sum(axis=-1).reshape(categories, -1), 1e-6),
            weight.min(axis=-1).reshape(categories, -1),
        )
    return answer


def _two_moments(seen: Floats, mean: Floats, trust: Floats) -> Floats:
    """φ ≥ 1 and v ≥ 0 [C, 2] from observations, means and weights [C, N]."""
    square = (seen - mean) ** 2
    share = trust.sum(axis=1, keepdims=True)
    usual = np.maximum((trust * square / mean).sum(axis=1, keepdims=True) / np.maximum(share, 1e-9), 1.0)
    square = np.minimum(square, 16.0 * usual * mean)
    pooled = _moments(square.reshape(1, -1), mean.reshape(1, -1), trust.reshape(1, -1))[0]
    own = _moments(square, mean, trust)
    events = mean.sum(axis=1, keepdims=True)
    known = events / (events + 2000.0)
    return np.asarray(known * own + (1 - known) * pooled)


def _moments(square: Floats, mean: Floats, trust: Floats) -> Floats:
    """Weighted least squares of the squares on (μ, μ²), both bounded [R, 2]."""
    ratio = square / mean  # = φ + v·μ, with a variance near 2 + 1/μ
    weight = trust * mean / (1.0 + 2.0 * mean)
    total = np.maximum(weight.sum(axis=1), 1e-9)
    middle = (weight * mean).sum(axis=1) / total
    slope = (weight * (mean - middle[:, None]) * ratio).sum(axis=1)
    slope = slope / np.maximum((weight * (mean - middle[:, None]) ** 2).sum(axis=1), 1e-9)
    v = np.maximum(slope, 0.0)
    phi = (weight * ratio).sum(axis=1) / total - v * middle
    return np.stack((np.maximum(phi, 1.0), v), axis=1)


def _burst(past: Tally) -> Floats:
    """Dispersion φ [C] of a grid's events in a day: pairs on one day beyond those that chance brings.

    Σ n(n − 1) over grid-days less its expectation Σ N(N − 1)/days over grids, per event: φ − 1, shrunk to the
    pooled value by 200 events.
    """
    whole, found = past.of_grid, past.pairs
    chance = (whole * np.maximum(whole - 1, 0)).sum(axis=0) / max(float(len(past.days)), 1.0)
    events = whole.sum(axis=0)
    pooled = (found - chance).sum() / (events.sum() + 1)
    own = (found - chance + 200 * pooled) / (events + 200)
    return np.asarray(1.0 + np.clip(own, 0.0, 4.0))
