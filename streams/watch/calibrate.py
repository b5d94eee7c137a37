"""How many statistical warnings a week a pack's own past brings, and how many of them chance alone would.

The past is gone through as it came: each week judged by a baseline of what was known before it. Beside it a district
without anything to find, drawn hour by hour from the same baselines: every warning there is a false one. The looks,
the merging and the life of the warnings are those of the live watch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from schemas.clickhouse import Store
from schemas.clickhouse.warnings import Facts
from schemas.contracts import Colour, Warning
from schemas.errors import ConfigError
from schemas.lifecycle import SEVERITY, said_at
from schemas.packs import Pack
from streams.risk import baseline, explain, scan
from streams.risk.baseline import Baseline
from streams.risk.calibration import Past, kappa_of, unscaled
from streams.risk.counts import Counts, Floats
from streams.risk.policy import LEVELS, Level
from streams.watch.coverage import HOURS, Coverage, unheard_days
from streams.watch.finding import Key, Look
from streams.watch.ground import Ground, ground
from streams.watch.reports import Survey, counted, history, local_hour
from streams.watch.statistical import Judged, Learnt, findings, policy, tested
from streams.watch.words import words

#: A baseline needs so many days before the first week that is judged.
_LEAST_DAYS = 35
_WEEK = 168


@dataclass(frozen=True, slots=True)
class Calibration:
    """Warnings a week by their gravest colour: of the past, and false ones of the empty district; and the κ by level
    that would make the warnings of each as rare as they say, were there nothing to find: in the empty district there is
    not, `kappa_past` takes the past for calm."""

    weeks: int
    past: dict[Colour, float]
    empty: dict[Colour, float]
    kappa: dict[Level, float]
    kappa_past: dict[Level, float]


def calibrate(
    store: Store,
    pack: Pack,
    at: datetime,
    weeks: int = 8,
    every: int = 6,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Calibration:
    """Judge the last whole weeks before T with a look every so many hours. Blocks for minutes on a large district.

    Raises `ConfigError` where the past is too short, `StoreError`.
    """
    past = Survey.of(history(store, pack, at))
    if past.first is None or local_hour(at, pack) - past.first < (weeks * 7 + _LEAST_DAYS) * 24:
        raise ConfigError(
            f"{weeks} weeks cannot be judged: the store needs {weeks * 7 + _LEAST_DAYS} days of events before {at}"
        )
    found = ground(pack, past.areas, tested(pack, past))
    counts = Counts.joined(counted(history(store, pack, at), found))
    unheard = unheard_days(Look(store, pack, at), past)
    random = np.random.default_rng(seed)
    real, empty = _Course(pack, store), _Course(pack, store)
    null = Counts.of([])
    for week in range(weeks):
        start = at - timedelta(weeks=weeks - week)
        hour = local_hour(start, pack)
        fitted = baseline.fit(counts, found.places, hour, policy(pack.settings.risk), unheard)
        if week == 0:
            null = drawn(fitted, np.floor(hour) - _WEEK, random)
        null = Counts.joined((null.between(hour - _WEEK - 24, np.inf), drawn(fitted, np.floor(hour), random)))
        learnt = Learnt(found, fitted, start.date(), past.events)
        for step in range(every, _WEEK + 1, every):
            moment = start + timedelta(hours=step)
            real.look(learnt, counts, moment)
            empty.look(learnt, null, moment)
        if progress is not None:
            progress(week + 1, weeks)
    return Calibration(weeks, real.a_week(weeks), empty.a_week(weeks), empty.kappa(weeks), real.kappa(weeks))


def drawn(fitted: Baseline, start: float, random: np.random.Generator) -> Counts:
    """A week of hourly counts from local hour `start` on as the baseline expects them, and nothing else.

    A day of the district and one of a town vary as the baseline's dispersions say (Gamma factors); a town's events fall
    on its grids by their share.
    """
    places = fitted.places
    hours = start + np.arange(_WEEK)
    rates = fitted.daily(start)[:, :, None] * fitted.profile[None, :, hours.astype(np.int64) % _WEEK] / 24
    days = _WEEK // 24
    whole, town = (np.maximum(one[0, :, 1], 1e-6)[None, :, None] for one in (fitted.whole, fitted.extra))
    factor = random.gamma(1 / town, town, (places.towns, places.categories, days))
    factor *= random.gamma(1 / whole, whole, (1, places.categories, days))
    counts = random.poisson(rates * np.repeat(factor, 24, axis=2))
    rows = list(_placed(fitted, counts, start, random))
    if not rows:
        return Counts.of([])
    hour, grid, category = (np.concatenate(column) for column in zip(*rows, strict=True))
    return Counts(hour, grid, category, np.ones(len(hour)))


def _placed(
    fitted: Baseline,
    counts: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    start: float,
    random: np.random.Generator,
) -> Iterator[tuple[np.ndarray[tuple[int, ...], np.dtype[np.int64]], ...]]:
    """(hours, grids, categories) of the events of each town and category that has any."""
    for town, category in zip(*np.nonzero(counts.sum(axis=2)), strict=True):
        here = np.flatnonzero(fitted.places.town == town)
        hours = np.repeat(np.arange(_WEEK), counts[town, category]) + int(start)
        share: Floats = fitted.share[here, category]
        grids = random.choice(here, len(hours), p=share / share.sum())
        yield hours, grids, np.full(len(hours), category)


@dataclass
class _Course:
    """The watch over one past: its warnings, and how often cells of each level were told anew."""

    pack: Pack
    store: Store
    facts: dict[str, list[Warning]] = field(default_factory=dict)
    seen: dict[Key, datetime] = field(default_factory=dict)
    found: list[tuple[float, list[explain.Finding]]] = field(default_factory=list)

    def look(self, learnt: Learnt, counts: Counts, at: datetime) -> None:
        hour = local_hour(at, self.pack)
        scanned = scan.look(learnt.baseline, counts.between(hour - _WEEK - 1, hour), hour)
        known = {
            identity: said
            for identity, said in self.facts.items()
            if said[-1].found or at - said_at(said[-1]) <= timedelta(days=2)
        }
        look = Look(self.store, self.pack, at, [said[-1] for said in known.values()])
        found = list(findings(Judged(look, learnt, scanned, _heard(learnt.ground))))
        gathered = {identity: Facts(tuple(said)) for identity, said in known.items()}
        for word in words(self.pack, gathered, found, self.seen, at):
            self.facts.setdefault(word.warning_id, []).append(word)
        self.seen |= dict.fromkeys((finding.key for finding in found), at)
        self.found.append((hour, unscaled(scanned)))

    def a_week(self, weeks: int) -> dict[Colour, float]:
        """Warnings a week by the gravest colour each had."""
        worst = Counter(
            max((word.colour for word in said), key=lambda colour: SEVERITY[colour])
            for said in self.facts.values()
        )
        return {colour: worst[colour] / weeks for colour in ("red", "yellow", "blue")}

    def kappa(self, weeks: int) -> dict[Level, float]:
        """κ by level, were all that was found false."""
        past = Past(7.0 * weeks, self.found, self.pack.settings.life.quiet_hours)
        return dict(zip(LEVELS, kappa_of([past]), strict=True))


def _heard(found: Ground) -> Coverage:
    """Everything was heard: a past is judged by what is in it."""
    return Coverage(np.ones((len(found.areas), HOURS)), np.zeros(len(found.areas), dtype=bool))
