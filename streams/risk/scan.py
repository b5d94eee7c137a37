"""The live test: what the last week holds against what is usual, for towns, grids and their neighbourhoods."""

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

_SURGE_PRIOR = 5.0  # expected events a town's rise is shrunk to none with


@dataclass(frozen=True)
class Cells:
    """The cells of one level worth a look, as columns of one length N; every other cell has p = 1.

    `place`: town index or (centre) grid index. `observed`, `expected` [windows, N] events; `p` combined over the
    windows; `window` index of the window with the least p; `days` recurrence interval; `q` Benjamini–Hochberg;
    `tier` 0 red, 1 yellow, 2 blue, 3 none.
    """

    level: Level
    place: Ints
    category: Ints
    observed: Floats
    expected: Floats
    p: Floats
    window: Ints
    days: Floats
    q: Floats
    tier: Ints


@dataclass(frozen=True)
class Look:
    """One look at the district at local hour `at`.

    `cells` by level; `known` [grids] whether a grid's feed covers enough to judge it, `town_known` [towns] the same;
    `events` [grids, C] of the longest window.
    """

    baseline: Baseline
    at: float
    cells: dict[Level, Cells]
    known: Flags
    town_known: Flags
    events: Floats

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

    availability [grids] or [grids, 168]: share of time the feed behind a grid was heard, newest hour last.
    completeness [168]: share of events known by now, by age in whole hours (`delay.completeness`).
    Both scale the expectation, so that silence is never calm and the newest hours are not taken for a fall.
    """
    places, policy = baseline.places, baseline.policy
    longest = max(policy.windows)
    heard = _heard(availability, places.grids)
    known = heard.mean(axis=1) >= policy.coverage
    recent = recent.between(np.floor(at) - longest + 1, at)
    rates = _town_rates(baseline, at, completeness)
    observed = np.stack([_observed(recent, places, at, window) for window in policy.windows])
    towns = _towns(baseline, at, observed, rates, heard, known)
    surge = _surge(observed, towns.expected, places)
    cells: dict[Level, Cells] = {"town": _judged("town", towns, baseline)}
    rings: dict[Level, sparse.csr_array] = {
        "grid": sparse.csr_array(sparse.eye_array(places.grids)),
        "ring1": places.ring1,
        "ring2": places.ring2,
    }
    scan = _Scan(baseline, observed, rates, heard.mean(axis=1) * known, surge, known)
    for level, ring in rings.items():
        cells[level] = _judged(level, scan.around(level, ring), baseline)
    town_known = np.bincount(places.town, known, places.towns) >= 0.5 * np.bincount(places.town)
    return Look(baseline, at, cells, known, town_known, observed[-1])


@dataclass(frozen=True)
class _Raw:
    """Cells before they are judged: where, observed and expected [windows, N], p of each window [windows, N]."""

    place: Ints
    category: Ints
    observed: Floats
    expected: Floats
    p: Floats


def _heard(availability: Floats | None, grids: int) -> Floats:
    """Availability [grids, hours]."""
    if availability is None:
        return np.ones((grids, 1))
    heard: Floats = np.asarray(availability, dtype=float).reshape(grids, -1)
    return np.asarray(heard.clip(0.0, 1.0))


def _town_rates(baseline: Baseline, at: float, completeness: Floats | None) -> Floats:
    """Expected events [windows, towns, C] were every feed heard."""
    policy = baseline.policy
    hours = np.floor(at) - np.arange(max(policy.windows))  # newest first
    exposure = np.ones(len(hours))
    exposure[0] = at - np.floor(at)
    if completeness is not None:
        exposure = exposure * np.asarray(completeness, dtype=float)[: len(hours)]
    shape = baseline.profile[:, hours.astype(np.int64) % HOURS_OF_WEEK] * exposure / 24
    daily = baseline.daily(at)
    rates: Floats = np.stack([daily * shape[:, :window].sum(axis=1) for window in policy.windows])
    return rates


def _observed(recent: Counts, places: Places, at: float, window: int) -> Floats:
    """Events [grids, C] of the last `window` hours, the running one included."""
    kept = recent.between(np.floor(at) - window + 1, at)
    cells = kept.grid * places.categories + kept.category
    return _sums(cells, kept.count, places.grids * places.categories).reshape(places.grids, -1)


def _sums(cells: Ints, values: Floats, size: int) -> Floats:
    """Values added up by index, [size]."""
    return np.bincount(cells, values, size).astype(np.float64)


def _towns(
    baseline: Baseline, at: float, observed: Floats, rates: Floats, heard: Floats, known: Flags
) -> _Raw:
    """Every town and category."""
    places = baseline.places
    member = sparse.csr_array(
        (np.ones(places.grids), (places.town, np.arange(places.grids))), shape=(places.towns, places.grids)
    )
    kept = known.astype(float)
    heard_share = np.asarray(member @ (baseline.share * (heard.mean(axis=1) * kept)[:, None]))
    seen = np.stack([np.asarray(member @ (one * kept[:, None])) for one in observed])
    expected = rates * heard_share
    phi, v = baseline.extra[..., 0][:, None], baseline.extra[..., 1][:, None]
    variance = phi * expected + (v + baseline.doubt(at)) * expected**2
    p = tail(seen, expected, variance)
    town, category = np.divmod(np.arange(places.towns * places.categories), places.categories)
    flat = (len(seen), -1)
    return _Raw(town, category, seen.reshape(flat), expected.reshape(flat), p.reshape(flat))


def _surge(observed: Floats, expected: Floats, places: Places) -> tuple[Floats, Floats]:
    """Observed and expected [windows, towns, C] of whole towns, to judge a grid beside the rest of its town."""
    shape = (len(observed), places.towns, places.categories)
    seen = np.zeros(shape)
    for n, one in enumerate(observed):
        np.add.at(seen[n], places.town, one)
    return seen, expected.reshape(shape)


@dataclass(frozen=True)
class _Scan:
    """What the three neighbourhood levels share."""

    baseline: Baseline
    observed: Floats
    rates: Floats
    heard: Floats
    surge: tuple[Floats, Floats]
    known: Flags

    def around(self, level: Level, ring: sparse.csr_array) -> _Raw:
        """The neighbourhoods with enough events; expectations are raised where the rest of the town has risen."""
        places = self.baseline.places
        least = self.baseline.policy.least[LEVELS.index(level)]
        longest = sparse.csr_array(self.observed[-1] * self.known[:, None])
        sums = (ring @ longest).tocoo() if level != "grid" else longest.tocoo()
        enough = sums.data >= least
        grid, category = sums.row[enough].astype(np.int64), sums.col[enough].astype(np.int64)
        kept = self.known[grid]
        grid, category = grid[kept], category[kept]
        member, owner = _members(ring, grid)
        events = np.stack([_gather(one, member, owner, category, self.known) for one in self.observed])
        return self._compare(places, grid, category, member, owner, events, least)

    def _compare(
        self,
        places: Places,
        grid: Ints,
        category: Ints,
        member: Ints,
        owner: Ints,
        events: Floats,
        least: int,
    ) -> _Raw:
        base, policy = self.baseline, self.baseline.policy
        of = category[owner]
        share = base.share[member, of] * self.heard[member]
        uncertain = share * share / np.maximum(base.share_weight[member, of], 1e-9)
        town = places.town[grid]
        seen, usual = self.surge
        expected, p = np.empty(events.shape), np.empty(events.shape)
        for n in range(len(policy.windows)):
            rate = self.rates[n][places.town[member], of]
            plain = _sums(owner, share * rate, len(grid))
            doubt = _sums(owner, uncertain * rate * rate, len(grid))
            rest = np.maximum(seen[n][town, category] - events[n], 0) + _SURGE_PRIOR
            other = np.maximum(usual[n][town, category] - plain, 0) + _SURGE_PRIOR
            rise = np.maximum(rest / other, 1.0)
            expected[n] = plain * rise
            phi = base.burst[category]
            wide = phi * expected[n] + doubt * rise**2 + base.extra[n][category, 1] * expected[n] ** 2
            p[n] = np.where(events[n] >= least, tail(events[n], expected[n], wide), 1.0)
        return _Raw(grid, category, events, expected, p)


def _members(ring: sparse.csr_array, grid: Ints) -> tuple[Ints, Ints]:
    """All grids of the neighbourhoods around `grid`, and which of these each belongs to."""
    start, size = ring.indptr[grid], np.diff(ring.indptr)[grid]
    owner = np.repeat(np.arange(len(grid)), size)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(size) - size, size)
    return ring.indices[np.repeat(start, size) + within].astype(np.int64), owner


def _gather(events: Floats, member: Ints, owner: Ints, category: Ints, known: Flags) -> Floats:
    values = events[member, category[owner]] * known[member]
    return _sums(owner, values, len(category))


def _judged(level: Level, raw: _Raw, baseline: Baseline) -> Cells:
    """Combined p, recurrence interval, q and tier of the cells of a level."""
    policy, places = baseline.policy, baseline.places
    tests = (places.towns if level == "town" else places.grids) * places.categories
    p = np.minimum(harmonic(raw.p, np.array(policy.window_weights)), 1.0)
    least = policy.least[LEVELS.index(level)]
    p = np.where(raw.observed[-1] >= least, p, 1.0)
    days = recurrence(p, tests, policy.kappa[LEVELS.index(level)])
    window = raw.p.argmin(axis=0) if len(p) else np.zeros(0, dtype=np.int64)
    q = discovery_rate(p, tests)
    tier = tier_of(days, policy)
    return Cells(level, raw.place, raw.category, raw.observed, raw.expected, p, window, days, q, tier)
