"""The live test: what the last week holds against what is usual, for the district, towns, grids and neighbourhoods."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from streams.risk.baseline import Baseline
from streams.risk.counts import HOURS_OF_WEEK, Counts, Flags, Floats, Ints, Places
from streams.risk.policy import LEVELS, Level
from streams.risk.tails import discovery_rate, harmonic, tail
from streams.risk.threads import one_thread
from streams.risk.tiers import recurrence, tier_of

_SURGE_PRIOR = 5.0  # expected events the rise of a town, or of the district, is shrunk to none with


@dataclass(frozen=True)
class Cells:
    """The cells of one level worth a look, as columns of one length N; every other cell has p = 1.

    `place`: town index, (centre) grid index, or 0 for the district. `observed`, `expected` [windows, N] events;
    `rise` [windows, N] how many times the usual the rest has, which is expected here, too, by `p`, combined over the
    windows; `window` index of the window with the least p; `days` recurrence interval; `q` Benjamini–Hochberg; `tier`
    0 red, 1 yellow, 2 blue, 3 none."""

    level: Level
    place: Ints
    category: Ints
    observed: Floats
    expected: Floats
    rise: Floats
    p: Floats
    window: Ints
    days: Floats
    q: Floats
    tier: Ints


@dataclass(frozen=True)
class Look:
    """One look at the district at local hour `at`.

    `cells` by level; `known` [grids] whether a grid's feed covers enough to judge it, `town_known` [towns] the same;
    `town_risen` [towns, C] whether a town has more than its own past says, the district's rise aside;
    `events` [grids, C] of the longest window; `arrived` [windows, C] the share of its events that are known by now.
    """

    baseline: Baseline
    at: float
    cells: dict[Level, Cells]
    known: Flags
    town_known: Flags
    town_risen: Flags
    events: Floats
    arrived: Floats

    @cached_property
    def places(self) -> Places:
        return self.baseline.places


@one_thread
def look(
    baseline: Baseline,
    recent: Counts,
    at: float,
    availability: Floats | None = None,
    completeness: Floats | None = None,
) -> Look:
    """Judge the 168 hours before `at` (a local hour, with its fraction); later events are left aside.

    availability [grids] or [grids, hours]: share of time the feed behind a grid was heard, newest hour last.
    completeness [168]: share of events known by now, by age in whole hours (`delay.completeness`).
    Both scale the expectation, so that silence is never calm and the newest hours are not taken for a fall.
    """
    places, policy = baseline.places, baseline.policy
    heard, known = _heard(availability, baseline)
    recent = recent.where(known[recent.grid])
    observed = np.stack([_observed(recent, places, at, window) for window in policy.windows])
    load = _load(baseline, at, np.ones(max(policy.windows)))
    arrived = load if completeness is None else _load(baseline, at, np.asarray(completeness, dtype=float))
    rates = baseline.daily(at) * arrived[:, None]
    towns = _towns(baseline, observed, rates, heard)
    cells: dict[Level, Cells] = {
        "district": _judged("district", _district(baseline, at, towns), baseline),
        "town": _judged("town", _beside(baseline, at, towns), baseline),
    }
    rings: dict[Level, sparse.csr_array] = {
        "grid": sparse.csr_array(sparse.eye_array(places.grids)),
        "ring1": places.ring1,
        "ring2": places.ring2,
    }
    scan = _Scan(baseline, observed, rates, heard, towns, known)
    for level, ring in rings.items():
        cells[level] = _judged(level, scan.around(level, ring), baseline)
    town_known = np.bincount(places.town, known, places.towns) >= 0.5 * np.bincount(places.town)
    risen = (towns.observed > towns.expected).any(axis=0).reshape(places.towns, places.categories)
    return Look(baseline, at, cells, known, town_known, risen, observed[-1], arrived / load)


@dataclass(frozen=True)
class _Towns:
    """Every town and category as its own past has it: town and category [N], observed and expected [windows, N]."""

    place: Ints
    category: Ints
    observed: Floats
    expected: Floats


@dataclass(frozen=True)
class _Raw:
    """Cells before they are judged: where, observed, expected, rise of the rest and p of each window [windows, N]."""

    place: Ints
    category: Ints
    observed: Floats
    expected: Floats
    rise: Floats
    p: Floats


def _heard(availability: Floats | None, baseline: Baseline) -> tuple[Floats, Flags]:
    """Availability over each window [windows, grids], 0 where unknown, and whether each grid is known.

    Known: at least `policy.coverage` in the shortest window, and in the newest hour.
    """
    grids, policy = baseline.places.grids, baseline.policy
    if availability is None:
        return np.ones((len(policy.windows), grids)), np.ones(grids, dtype=bool)
    each = np.asarray(availability, dtype=float).reshape(grids, -1).clip(0.0, 1.0)
    over = np.stack([each[:, -window:].mean(axis=1) for window in policy.windows])
    known = np.minimum(each[:, -1], over[int(np.argmin(policy.windows))]) >= policy.coverage
    return over * known, known


def _load(baseline: Baseline, at: float, completeness: Floats) -> Floats:
    """Average days [windows, C] that the hours of each window are worth: of the running hour its part, of each hour the
    share of events known by now."""
    policy = baseline.policy
    hours = np.floor(at) - np.arange(max(policy.windows))  # newest first
    exposure = completeness[: len(hours)].copy()
    exposure[0] *= at - np.floor(at)
    shape = baseline.profile[:, hours.astype(np.int64) % HOURS_OF_WEEK] * exposure / 24
    return np.stack([shape[:, :window].sum(axis=1) for window in policy.windows])


def _observed(recent: Counts, places: Places, at: float, window: int) -> Floats:
    """Events [grids, C] of the last `window` hours, the running one included."""
    kept = recent.between(np.floor(at) - window + 1, at)
    cells = kept.grid * places.categories + kept.category
    return _sums(cells, kept.count, places.grids * places.categories).reshape(places.grids, -1)


def _sums(cells: Ints, values: Floats, size: int) -> Floats:
    """Values added up by index, [size]."""
    return np.bincount(cells, values, size).astype(np.float64)


def _towns(baseline: Baseline, observed: Floats, rates: Floats, heard: Floats) -> _Towns:
    """Every town and category."""
    places = baseline.places
    member = sparse.csr_array(
        (np.ones(places.grids), (places.town, np.arange(places.grids))), shape=(places.towns, places.grids)
    )
    full = [np.asarray(member @ (baseline.share * part[:, None])) for part in heard]
    seen = np.stack([np.asarray(member @ one) for one in observed])
    expected = rates * np.stack(full)
    town, category = np.divmod(np.arange(places.towns * places.categories), places.categories)
    flat = (len(seen), -1)
    return _Towns(town, category, seen.reshape(flat), expected.reshape(flat))


def _cube(towns: _Towns, baseline: Baseline) -> tuple[Floats, Floats]:
    """Observed and expected [windows, towns, C]."""
    shape = (-1, baseline.places.towns, baseline.places.categories)
    return towns.observed.reshape(shape), towns.expected.reshape(shape)


def _district(baseline: Baseline, at: float, towns: _Towns) -> _Raw:
    """Each category all over the district, with the dispersion its whole counts have shown.

    p leaves out the town with the greatest excess: what one town has is no news of the district.
    """
    seen, plain = _cube(towns, baseline)
    others = np.ones_like(seen)
    np.put_along_axis(others, (seen - plain).argmax(axis=1)[:, None], 0.0, axis=1)
    observed, expected = (others * seen).sum(axis=1), (others * plain).sum(axis=1)
    phi, v = baseline.whole[..., 0], baseline.whole[..., 1]
    doubt = (baseline.doubt(at) * (others * plain) ** 2).sum(axis=1)
    p = tail(observed, expected, phi * expected + v * expected**2 + doubt)
    category = np.arange(baseline.places.categories)
    return _Raw(np.zeros_like(category), category, seen.sum(axis=1), plain.sum(axis=1), np.ones_like(p), p)


def _beside(baseline: Baseline, at: float, towns: _Towns) -> _Raw:
    """Every town beside the rest of the district: what rises everywhere (season, weather) is no news of one town."""
    seen, plain = _cube(towns, baseline)
    rise = _rise(seen.sum(axis=1, keepdims=True) - seen, plain.sum(axis=1, keepdims=True) - plain)
    expected = plain * rise
    phi, v = baseline.extra[..., 0][:, None], baseline.extra[..., 1][:, None]
    p = tail(seen, expected, phi * expected + (v + baseline.doubt(at)) * expected**2)
    flat = (len(seen), -1)
    return _Raw(
        towns.place, towns.category, towns.observed, towns.expected, rise.reshape(flat), p.reshape(flat)
    )


def _rise(rest: Floats, usual: Floats) -> Floats:
    """By how much the rest has risen over what is usual there, shrunk to 1; a fall counts as 1."""
    return np.maximum((np.maximum(rest, 0) + _SURGE_PRIOR) / (np.maximum(usual, 0) + _SURGE_PRIOR), 1.0)


@dataclass(frozen=True)
class _Scan:
    """What the three neighbourhood levels share; `towns` to judge a grid beside the rest of its town."""

    baseline: Baseline
    observed: Floats
    rates: Floats
    heard: Floats
    towns: _Towns
    known: Flags

    def around(self, level: Level, ring: sparse.csr_array) -> _Raw:
        """The neighbourhoods with enough events; where the rest of the town has risen, so is what p expects."""
        least = self.baseline.policy.least[LEVELS.index(level)]
        longest = sparse.csr_array(self.observed[-1])
        sums = (longest if level == "grid" else ring @ longest).tocoo()
        enough = (sums.data >= least) & self.known[sums.row]
        grid, category = sums.row[enough].astype(np.int64), sums.col[enough].astype(np.int64)
        member, owner = _members(ring, grid)
        return self._compare(grid, category, member, owner, least)

    def _compare(self, grid: Ints, category: Ints, member: Ints, owner: Ints, least: int) -> _Raw:
        base, size = self.baseline, len(grid)
        many, of = base.places.categories, category[owner]
        cell, town_cell = member * many + of, base.places.town[member] * many + of
        own_town = base.places.town[grid] * many + category
        share = base.share.ravel()[cell]
        doubt = share * share / np.maximum(base.share_weight.ravel()[cell], 1e-9)
        shape = (len(base.policy.windows), size)
        events, expected, rise, p = np.empty(shape), np.empty(shape), np.empty(shape), np.ones(shape)
        for n in range(shape[0]):
            rate = self.rates[n].ravel()[town_cell] * self.heard[n][member]
            events[n] = _sums(owner, self.observed[n].ravel()[cell], size)
            expected[n] = _sums(owner, share * rate, size)
            rise[n] = _rise(
                self.towns.observed[n][own_town] - events[n], self.towns.expected[n][own_town] - expected[n]
            )
            mean = expected[n] * rise[n]
            some = (events[n] >= least) & (events[n] > mean)
            wide = base.burst[category] * mean + base.extra[n][category, 1] * mean**2
            wide += _sums(owner, doubt * rate * rate, size) * rise[n] ** 2
            p[n, some] = tail(events[n, some], mean[some], wide[some])
        return _Raw(grid, category, events, expected, rise, p)


def _members(ring: sparse.csr_array, grid: Ints) -> tuple[Ints, Ints]:
    """All grids of the neighbourhoods around `grid`, and which of these each belongs to."""
    start, size = ring.indptr[grid], np.diff(ring.indptr)[grid]
    owner = np.repeat(np.arange(len(grid)), size)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(size) - size, size)
    return ring.indices[np.repeat(start, size) + within].astype(np.int64), owner


def _judged(level: Level, raw: _Raw, baseline: Baseline) -> Cells:
    """Combined p, recurrence interval, q and tier of the cells of a level."""
    policy, places = baseline.policy, baseline.places
    tests = {"district": 1, "town": places.towns}.get(level, places.grids) * places.categories
    p = np.minimum(harmonic(raw.p, np.array(policy.window_weights)), 1.0)
    least = policy.least[LEVELS.index(level)]
    p = np.where(raw.observed[-1] >= least, p, 1.0)
    days = recurrence(p, tests, policy.kappa[LEVELS.index(level)])
    window = raw.p.argmin(axis=0) if len(p) else np.zeros(0, dtype=np.int64)
    q = discovery_rate(p, tests)
    tier = tier_of(days, policy)
    return Cells(
        level, raw.place, raw.category, raw.observed, raw.expected, raw.rise, p, window, days, q, tier
    )
