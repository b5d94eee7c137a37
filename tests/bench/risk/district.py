"""A synthetic district, apart from the engine and harsher than what it assumes.

12,000 grids in 16 towns, 30 categories, about 800,000 events a year. Grids differ by lognormal laws a category (not
Gamma); towns keep hours of their own and drift from week to week; the year has a peak that no two waves describe;
every day has its own noise all over the district; some days are shocks. Reports repeat in bursts and come late.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from streams.risk.counts import Counts, Floats, Ints, Places
from streams.risk.incidents import first_of_incidents

SIDE, ROWS, CATEGORIES = 120, 100, 30
GRIDS = SIDE * ROWS
START = 480_000 // 168 * 168  # a Monday
YEARLY, DUPLICATED, LATE = 800_000, 0.05, 0.15


@dataclass(frozen=True)
class Reports:
    """Reports in order of time: local hours happened and known, grid and category [N] each."""

    at: Floats
    known: Floats
    grid: Ints
    category: Ints

    def joined(self, other: Reports) -> Reports:
        """Both, in order of time."""
        at = np.concatenate((self.at, other.at))
        order = np.argsort(at, kind="stable")
        return Reports(
            at[order],
            np.concatenate((self.known, other.known))[order],
            np.concatenate((self.grid, other.grid))[order],
            np.concatenate((self.category, other.category))[order],
        )

    def counts(self, start: float, now: float) -> Counts:
        """Incidents that happened from `start` on and are known `now`."""
        first, last = np.searchsorted(self.at, (start, now))
        inside = np.arange(first, last)[self.known[first:last] <= now]
        kept = inside[first_of_incidents(self.at[inside], self.grid[inside], self.category[inside])]
        hour = np.floor(self.at[kept]).astype(np.int64)
        return Counts(hour, self.grid[kept], self.category[kept], np.ones(len(kept)))


@dataclass(frozen=True)
class District:
    """Places, the reports of `days` days from `START` on, and the rates they were drawn from a day [GRIDS, C]."""

    places: Places
    reports: Reports
    rates: Floats
    days: int


def places() -> Places:
    """A lattice of 120 × 100 grids that touch eight others; towns are blocks of 30 × 25."""
    every = np.arange(GRIDS)
    x, y = every % SIDE, every // SIDE
    pairs = [
        np.stack((every[fits], every[fits] + step), axis=1)
        for step, fits in (
            (1, x < SIDE - 1),
            (SIDE, y < ROWS - 1),
            (SIDE + 1, (x < SIDE - 1) & (y < ROWS - 1)),
            (SIDE - 1, (x > 0) & (y < ROWS - 1)),
        )
    ]
    return Places((y // 25) * 4 + x // 30, np.concatenate(pairs), CATEGORIES)


def district(days: int, seed: int) -> District:
    """Draw a district and its reports."""
    rng = np.random.default_rng(seed)
    ground = places()
    rates = _rates(rng, ground)
    factor = _days(rng, ground, days)  # [towns, C, days]
    town_rate = np.zeros((ground.towns, CATEGORIES))
    np.add.at(town_rate, ground.town, rates)
    numbers = rng.poisson(town_rate[:, :, None] * factor)
    parts = []
    clock = _clock(rng, ground.towns)
    for town in range(ground.towns):
        member = np.flatnonzero(ground.town == town)
        for category in range(CATEGORIES):
            day = np.repeat(np.arange(days), numbers[town, category])
            weight = rates[member, category] / rates[member, category].sum()
            grid = member[rng.choice(len(member), len(day), p=weight)]
            hour = rng.choice(24, len(day), p=clock[town, category])
            at = START + 24.0 * day + hour + rng.random(len(day))
            parts.append((at, grid, np.full(len(day), category)))
    at, where, what = (np.concatenate([part[n] for part in parts]) for n in range(3))
    reports = with_duplicates(_reported(rng, at, where, what), DUPLICATED, rng)
    return District(ground, reports, rates, days)


def _rates(rng: np.random.Generator, ground: Places) -> Floats:
    """Events a day [GRIDS, C]: Zipf over categories, lognormal over grids, own factors of towns."""
    usual = 1.0 / np.arange(1, CATEGORIES + 1)
    grid = rng.lognormal(0, 0.8, (GRIDS, 1)) * rng.lognormal(0, 0.7, (GRIDS, CATEGORIES))
    town = rng.lognormal(0, 0.3, (ground.towns, CATEGORIES))[ground.town]
    rates = usual * grid * town
    return np.asarray(rates * (YEARLY / 365.25 / rates.sum()))


def _days(rng: np.random.Generator, ground: Places, days: int) -> Floats:
    """Factors [towns, C, days]: weekday, year with a sharp peak, drift of towns, noise of days, shocks."""
    day = np.arange(days)
    weekday = np.exp(rng.normal(0, 0.25, (CATEGORIES, 7)))[:, day % 7]
    weekday /= weekday.mean(axis=1, keepdims=True)
    phase, peak = rng.uniform(0, 365.25, (2, CATEGORIES, 1))
    wave = 0.25 * np.cos(2 * np.pi * (day - phase) / 365.25)
    away = np.abs((day - peak + 182.6) % 365.25 - 182.6)
    year = np.exp(wave + rng.uniform(0, 0.6, (CATEGORIES, 1)) * np.exp(-((away / 20.0) ** 2)))
    steps = rng.normal(0, 0.02, (ground.towns, CATEGORIES, days // 7 + 1)).cumsum(axis=2)
    drift = np.exp(steps - steps.mean(axis=2, keepdims=True))[:, :, day // 7]
    noise = rng.gamma(100.0, 0.01, (CATEGORIES, days))
    shock = np.ones((CATEGORIES, days))
    for start in np.flatnonzero(rng.random(days) < 6 / 365.25):
        some = rng.choice(CATEGORIES, 5, replace=False)
        shock[some, start] *= rng.uniform(1.3, 1.8)
    return np.asarray(weekday * year * noise * shock * drift)


def _clock(rng: np.random.Generator, towns: int) -> Floats:
    """Hours of the day [towns, C, 24], every town's shifted a little."""
    hour = np.arange(24)
    busy = rng.uniform(9, 17, (CATEGORIES, 1))
    shape = 0.15 + np.exp(-(((hour - busy) / rng.uniform(3, 6, (CATEGORIES, 1))) ** 2))
    all_towns = np.stack([shape * np.exp(rng.normal(0, 0.1, shape.shape)) for _ in range(towns)])
    return np.asarray(all_towns / all_towns.sum(axis=2, keepdims=True))


def _reported(rng: np.random.Generator, at: Floats, grid: Ints, category: Ints) -> Reports:
    """Reports in order of time, some of them late by hours (at most three days)."""
    late = np.where(rng.random(len(at)) < LATE, np.minimum(rng.exponential(8, len(at)), 72), 0.0)
    order = np.argsort(at)
    return Reports(at[order], (at + late)[order], grid[order], category[order])


def with_duplicates(reports: Reports, share: float, rng: np.random.Generator) -> Reports:
    """Bursts: a further `share` of the reports tell within 40 minutes of an incident that is reported already."""
    wanted = int(share * len(reports.at))
    source = np.repeat(rng.integers(0, len(reports.at), max(1, wanted // 2)), 2)[:wanted]
    after = rng.uniform(0, 2 / 3, len(source))
    again = Reports(
        reports.at[source] + after,
        np.maximum(reports.known[source], reports.at[source] + after),
        reports.grid[source],
        reports.category[source],
    )
    return reports.joined(again)


@dataclass(frozen=True)
class Injected:
    """Outbreaks put in from local hour `start` on for `hours`: the grids each covers, and its category."""

    kind: str
    start: float
    hours: int
    grids: tuple[frozenset[int], ...]
    category: Ints


def inject(
    home: District, start: float, many: dict[str, int], rng: np.random.Generator
) -> tuple[Reports, list[Injected]]:
    """Reports with outbreaks: grid +9 in 48 h, 3×3 block +10 in 72 h, town ×3 for 72 h; categories by their events."""
    weight = home.rates.sum(axis=0) / home.rates.sum()
    ground = home.places
    extra, told = [], []
    for kind, hours, size in (("grid", 48, 9), ("block", 72, 10), ("town", 72, 0)):
        category = rng.choice(CATEGORIES, many[kind], p=weight)
        grids = []
        for one in category:
            if kind == "town":
                members = np.flatnonzero(ground.town == rng.integers(ground.towns))
                odds = home.rates[members, one]
                events = rng.poisson(2 * odds.sum() * hours / 24)
                where = rng.choice(members, events, p=odds / odds.sum())
            else:
                centre = rng.integers(1, SIDE - 1) + SIDE * rng.integers(1, ROWS - 1)
                ring = ground.ring1.indices[ground.ring1.indptr[centre] : ground.ring1.indptr[centre + 1]]
                members = np.array([centre]) if kind == "grid" else np.asarray(ring)
                where = rng.choice(members, size)
            grids.append(frozenset(int(g) for g in members))
            at = start + hours * rng.random(len(where))
            extra.append(_reported(rng, at, where.astype(np.int64), np.full(len(where), one)))
        told.append(Injected(kind, start, hours, tuple(grids), category))
    reports = home.reports
    merged = extra[0]
    for part in extra[1:]:
        merged = merged.joined(part)
    return reports.joined(merged), told


def with_more_duplicates(home: District, share: float, seed: int) -> District:
    """The district with a further share of its reports told again."""
    return replace(home, reports=with_duplicates(home.reports, share, np.random.default_rng(seed)))
