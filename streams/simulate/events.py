"""The feed of grid events: the year up to a given end to the digit, and one batch for every day after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from schemas.contracts import EVENT_STAGES
from schemas.packs import Pack
from streams.simulate.cases import Cases, Kinds, draw_cases
from streams.simulate.course import Course, backdate, draw_course, extend, settle_year
from streams.simulate.feed import Feed, stamps
from streams.simulate.places import Places
from streams.simulate.plan import EventPlan
from streams.simulate.rhythm import DAY, HOUR, Floats, Numbers, Rhythm
from streams.simulate.rows import STAGE, Rows, deliver, event_rows
from streams.simulate.tables import take
from streams.simulate.worktime import WorkTime

_LEVELS = ("grid", "village", "town", "district")
_URGENCIES = ("", ',"urgency":"urgent"', ',"urgency":"emergency"')
_SOURCES = {"grid_app": "yigetong", "patrol": "yigetong", "resident_app": "resident-app", "hotline": "hotline-12345",
            "camera": "video-patrol", "petition": "petition-office"}  # fmt: skip
_WITH_LEVEL = (STAGE["handled"], STAGE["verified"], STAGE["closed"])


@dataclass(frozen=True)
class EventWriter:
    """Writes event stages."""

    kinds: Kinds
    cases: Cases
    course: Course

    @property
    def keys(self) -> Sequence[bytes]:
        """See `Writer`."""
        return self.kinds.places.keys

    def only(self, cases: Numbers) -> EventWriter:
        """See `Writer`."""
        return EventWriter(self.kinds, take(self.cases, cases), take(self.course, cases))

    def _area(self, rows: Rows) -> Numbers:
        first = rows.stage == STAGE["reported"]
        return np.where(first, self.cases.first_area[rows.case], self.cases.area[rows.case])

    def key(self, rows: Rows) -> Numbers:
        """See `Writer`."""
        return self.kinds.places.key[self._area(rows)]

    def write(self, rows: Rows) -> list[str]:
        """See `Writer`."""
        kinds, case, stage = self.kinds, rows.case, rows.stage
        cases, course = take(self.cases, case), take(self.course, case)
        due = np.where(rows.at >= course.extended, course.due, cases.due)
        level = np.where(np.isin(stage, _WITH_LEVEL), course.level, -1)
        rating = np.where(stage == STAGE["verified"], course.rating, 0)
        channels = [kinds.channels[n] for n in cases.channel.tolist()]
        extras = zip(level.tolist(), rating.tolist(), rows.round.tolist(), strict=True)
        return [
            f'{{"source":"{_SOURCES.get(channel, "platform")}","id":"{number:08d}","stage":"{word}","at":"{then}"'
            f',"reported_at":"{since}","area":"{area}","category":"{leaf}","channel":"{channel}"'
            f',"due_at":"{until}"{urgency}{more}}}'
            for number, word, then, since, area, leaf, channel, until, urgency, more in zip(
                cases.number.tolist(),
                [EVENT_STAGES[n] for n in stage.tolist()],
                stamps(rows.at),
                stamps(cases.reported),
                [kinds.places.codes[n] for n in self._area(rows).tolist()],
                [kinds.codes[n] for n in cases.leaf.tolist()],
                channels,
                stamps(due),
                [_URGENCIES[n] for n in cases.urgency.tolist()],
                [_extra(*row) for row in extras],
                strict=True,
            )
        ]


def _extra(level: int, rating: int, number: int) -> str:
    text = f',"handling_level":"{_LEVELS[level]}"' if level >= 0 else ""
    if rating:
        text += f',"rating":{rating}'
    return f'{text},"round":{number}' if number else text


class EventFeeds:
    """Feeds of grid events for `start` to `end` (Unix seconds) and for every 24 hours after it.

    The same pack, plan, seed and end give the same messages, whatever was asked before.
    """

    def __init__(self, pack: Pack, plan: EventPlan, start: int, end: int, seed: int) -> None:
        self._plan, self._zone, self._seed = plan, pack.zone, seed
        self._start, self._end = start, end
        self._kinds = Kinds(pack, plan, Places(pack.areas, seed))
        self._clock = WorkTime(start, end + 500 * DAY, pack.zone)
        self._rhythm = Rhythm(start, end, pack.zone, seed)

    def year(self) -> Feed:
        """The year that comes out as planned, with what its open cases do later."""
        rng = np.random.default_rng((self._seed, 1))
        plan, kinds = self._plan, self._kinds
        surges = rng.uniform(self._start, self._end - 3 * DAY, plan.surges - plan.recent_surges)
        recent = self._end - rng.uniform(8 * HOUR, 36 * HOUR, plan.recent_surges)
        surges = np.concatenate([surges, recent])
        cases = draw_cases(
            kinds, self._rhythm, kinds.yearly(), surges=surges, withdrawn=plan.withdrawn, first=0, rng=rng
        )
        course = draw_course(cases, kinds, self._clock, rng)
        backdate(cases, course, kinds, self._start, rng)
        settle_year(cases, course, kinds, self._end, rng)
        return self._feed(cases, course, self._end, rng)

    def day(self, number: int) -> Feed:
        """The cases reported in the 24 hours that begin `number` days after the end, drawn at the year's rates."""
        rng = np.random.default_rng((self._seed, 2, number))
        begin = self._end + number * DAY
        rhythm = Rhythm(begin, begin + DAY, self._zone, self._seed)
        counts = rng.poisson(self._kinds.yearly() * self._share(rhythm)).astype(np.int64)
        surges = rng.uniform(begin, begin + DAY / 2, rng.poisson(self._plan.surges / 365))
        withdrawn, first = int(rng.poisson(self._plan.withdrawn / 365)), 1_000_000 + 20_000 * number
        cases = draw_cases(
            self._kinds, rhythm, counts, surges=surges, withdrawn=withdrawn, first=first, rng=rng
        )
        course = draw_course(cases, self._kinds, self._clock, rng)
        return self._feed(cases, course, None, rng)

    def _share(self, rhythm: Rhythm) -> Floats:
        """What part of a year of each leaf falls into the span."""
        pairs = [(leaf.rhythm, leaf.season) for leaf in self._kinds.leaves]
        return np.array([rhythm.weights(*pair).sum() / self._rhythm.weights(*pair).sum() for pair in pairs])

    def _feed(self, cases: Cases, course: Course, end: int | None, rng: np.random.Generator) -> Feed:
        extend(cases, course, rng)
        rows = deliver(event_rows(cases, course, self._kinds, rng), end, rng)
        return Feed(rows, EventWriter(self._kinds, cases, course))
