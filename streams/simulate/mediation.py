"""The feed of mediation: two years to the digit at the end, by kind of body, and one batch for every day after."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from schemas.packs import Pack
from streams.simulate.course import NEVER
from streams.simulate.disputes import Disputes, DisputeWriter, dispute_rows
from streams.simulate.feed import Feed
from streams.simulate.places import Places, apportion
from streams.simulate.plan import Bodies, MediationPlan
from streams.simulate.rhythm import DAY, HOUR, Ints, Rhythm
from streams.simulate.rows import deliver
from streams.simulate.tables import stack
from streams.simulate.worktime import WorkTime

#: Median days to an outcome by colour.
_DAYS = np.array([4.5, 11.0, 19.0])


class MediationFeeds:
    """Feeds of mediation for the year before and the year up to `end`, and for every 24 hours after it."""

    def __init__(self, pack: Pack, plan: MediationPlan, spans: tuple[int, int, int], seed: int) -> None:
        """`spans`: start of the year before, start and end of the year (Unix seconds)."""
        self._plan, self._zone, self._seed = plan, pack.zone, seed
        self._platform = pack.settings.platform_origin
        self._before, self._start, self._end = spans
        self._places = Places(pack.areas, seed)
        self._weights = self._places.weights("mediation")
        self._clock = WorkTime(self._before, self._end + 400 * DAY, pack.zone)

    def years(self) -> Feed:
        """Both years, as planned at the end, with what their open cases do later."""
        rng = np.random.default_rng((self._seed, 3))
        parts = [
            self._year(self._plan.year_before, (self._before, self._start), 0, rng),
            self._year(self._plan.year, (self._start, self._end), 50_000, rng),
        ]
        return self._feed(stack(parts), self._end, rng)

    def day(self, number: int) -> Feed:
        """The cases registered in the 24 hours that begin `number` days after the end."""
        rng = np.random.default_rng((self._seed, 4, number))
        begin = self._end + number * DAY
        rhythm = Rhythm(begin, begin + DAY, self._zone, self._seed)
        year = Rhythm(self._start, self._end, self._zone, self._seed)
        share = rhythm.weights("work", "even").sum() / year.weights("work", "even").sum()
        sizes = np.array([body.total for body in self._plan.year.values()])
        cases = self._draw(rhythm, rng.poisson(sizes * share).astype(np.int64), 100_000 + 1_000 * number, rng)
        won = np.array([body.succeeded / (body.total - body.open) for body in self._plan.year.values()])
        cases.succeeds = rng.random(len(cases.registered)) < won[cases.origin]
        return self._feed(cases, None, rng)

    def _feed(self, cases: Disputes, end: int | None, rng: np.random.Generator) -> Feed:
        return Feed(
            deliver(dispute_rows(cases, rng), end, rng), DisputeWriter(self._places, self._plan, cases)
        )

    def _draw(self, rhythm: Rhythm, counts: Ints, first: int, rng: np.random.Generator) -> Disputes:
        """`counts[origin]` cases whose outcome comes when it comes, numbered from `first` on; `succeeds` is
        left to the caller."""
        size = int(counts.sum())
        origin = np.repeat(np.arange(len(counts)), counts)
        at = rhythm.draw(rhythm.weights("work", "even"), size, rng)
        shares = np.array(list(self._plan.types.values()))
        triage = rng.choice(3, size, p=(0.82, 0.15, 0.03))
        high = np.array([name == self._platform for name in self._plan.year])[origin]
        body = np.where(high, rng.choice(3, size, p=(0, 0.6, 0.4)), rng.choice(3, size, p=(0.62, 0.33, 0.05)))
        work = _DAYS[triage] * DAY * np.exp(0.7 * rng.standard_normal(size))
        outcome = self._clock.add(at, work + 2 * HOUR)
        harder = rng.random(size) < np.array([0.02, 0.12, 0.5])[triage]
        halfway = at + ((outcome - at) * rng.uniform(0.45, 0.6, size)).astype(np.int64)
        return Disputes(
            number=np.arange(first, first + size),
            registered=at,
            area=self._places.draw(self._weights, size, rng),
            kind=rng.choice(len(shares), size, p=shares / shares.sum()),
            origin=origin,
            body=body,
            triage=triage,
            outcome=outcome,
            succeeds=np.zeros(size, dtype=bool),
            escalated=np.where(harder, halfway, NEVER),
            withdrawn=np.full(size, NEVER),
        )

    def _year(
        self, plan: Mapping[str, Bodies], span: tuple[int, int], first: int, rng: np.random.Generator
    ) -> Disputes:
        start, end = span
        rhythm = Rhythm(start, end, self._zone, self._seed)
        extra = apportion(self._plan.withdrawn, [body.total for body in plan.values()])
        cases = self._draw(rhythm, np.array([body.total for body in plan.values()]) + extra, first, rng)
        for number, body in enumerate(plan.values()):
            own = rng.permutation(np.flatnonzero(cases.origin == number))
            gone, own = own[: extra[number]], own[extra[number] :]
            self._cancel(cases, gone, end, rng)
            still = self._open(cases, own, body.open, rng)
            shut = own[~np.isin(own, still)]
            self._in_time(cases, still, shut, rng)
            cases.succeeds[shut[: body.succeeded]] = True
            cases.succeeds[still] = rng.random(len(still)) < 0.6
        return cases

    @staticmethod
    def _cancel(cases: Disputes, gone: Ints, end: int, rng: np.random.Generator) -> None:
        late = cases.registered[gone] + rng.exponential(2 * DAY, len(gone)).astype(np.int64) + 60
        cases.withdrawn[gone] = np.maximum(cases.registered[gone], np.minimum(late, end - 1))
        cases.outcome[gone] = NEVER
        cases.escalated[gone] = NEVER

    def _open(self, cases: Disputes, own: Ints, count: int, rng: np.random.Generator) -> Ints:
        """The `count` cases to be open at the end: the last registered likelier than others."""
        age = (self._end - cases.registered[own]) / DAY
        keys = rng.exponential(1.0, len(own)) * np.exp(np.minimum(age / 25, 500))
        return own[np.argsort(keys, kind="stable")[:count]]

    def _in_time(self, cases: Disputes, still: Ints, shut: Ints, rng: np.random.Generator) -> None:
        """Outcomes of the open ones come after the end, those of the others before it."""
        early = still[cases.outcome[still] < self._end]
        cases.outcome[early] = self._end + 60 + rng.exponential(12 * DAY, len(early)).astype(np.int64)
        late = shut[cases.outcome[shut] >= self._end]
        left = (self._end - cases.registered[late]).astype(np.float64)
        cases.outcome[late] = cases.registered[late] + (left * rng.uniform(0.3, 0.95, len(late))).astype(
            np.int64
        )
        moved = np.concatenate([early, late])
        moved = moved[cases.escalated[moved] < NEVER]
        span = cases.outcome[moved] - cases.registered[moved]
        cases.escalated[moved] = cases.registered[moved] + (span * 0.5).astype(np.int64)
