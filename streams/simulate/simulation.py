"""The simulated district: a year of messages up to a given end, and everything after it as time goes on."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from schemas.contracts import Topic
from schemas.packs import Pack
from streams.simulate.cameras import CameraFeeds
from streams.simulate.events import EventFeeds
from streams.simulate.feed import Feed, Packed
from streams.simulate.mediation import MediationFeeds
from streams.simulate.plan import load_plan
from streams.simulate.rhythm import DAY, HOUR
from streams.simulate.yearbook import Yearbook

#: The topics that are simulated, in the order a back-fill sends them.
SIMULATED: tuple[Topic, ...] = ("statistics", "mediation", "events", "cameras")

#: Heartbeats that nobody told for so long are made up for: half a million an hour in a district of eight thousand.
MISSED_HOURS = 6


def year_before(end: datetime, zone: Any) -> datetime:
    """The same local time one calendar year before (29 February becomes the 28th)."""
    local = end.astimezone(zone).replace(tzinfo=None)
    day = 28 if (local.month, local.day) == (2, 29) else local.day
    return local.replace(year=local.year - 1, day=day, tzinfo=zone).astimezone(UTC)


class Simulation:
    """The year that ends at `end`: its figures come out as the pack's `simulation.toml` says, to the digit, when
    evaluated at `end`. `end` is cut down to the whole second; `start` is one calendar year before.

    Mediation and statistics begin one more year before, for comparison. Devices tell their heartbeats from
    `cameras_since` on (so many whole hours that are over at the end), before that only those that are down.
    The same pack, end and seed give the same messages in the same order.
    """

    def __init__(self, pack: Pack, end: datetime, seed: int = 1, camera_hours: int = 1) -> None:
        plan = load_plan(pack)
        self.pack, self.seed = pack, seed
        self.end = end.astimezone(UTC).replace(microsecond=0)
        self.start = year_before(self.end, pack.zone)
        self.before = year_before(self.start, pack.zone)
        self._stop = int(self.end.timestamp())
        self.cameras_since = datetime.fromtimestamp((self._stop // HOUR - camera_hours) * HOUR, UTC)
        spans = (int(self.before.timestamp()), int(self.start.timestamp()), self._stop)
        self._events = EventFeeds(pack, plan.events, spans[1], self._stop, seed)
        self._mediation = MediationFeeds(pack, plan.mediation, spans, seed)
        self._cameras = CameraFeeds(pack, plan.cameras, int(self.cameras_since.timestamp()), seed)
        self._statistics = Yearbook(pack, plan, self.end, seed)
        self._lock, self._tellers = threading.RLock(), 0
        self._years: dict[Topic, Feed] = {}
        self._rest: dict[Topic, Feed] = {}
        self._days: dict[tuple[Topic, int], Feed] = {}

    @classmethod
    def of_year(cls, pack: Pack, year: int, seed: int = 1) -> Simulation:
        """The simulation of a calendar year of the pack's zone."""
        return cls(pack, datetime(year + 1, 1, 1, tzinfo=pack.zone), seed)

    def _source(self, topic: Topic) -> Feed | CameraFeeds | Yearbook:
        if topic == "cameras":
            return self._cameras
        if topic == "statistics":
            return self._statistics
        with self._lock:
            year = self._years.get(topic)
            if year is None:
                year = self._years[topic] = (
                    self._events.year() if topic == "events" else self._mediation.years()
                )
            return year

    @contextlib.contextmanager
    def telling(self) -> Iterator[None]:
        """Keeps the year at hand, which is large, while its messages are asked for part by part, perhaps beside what
        comes after it; outside it is let go once it is known what its cases do later. For any thread."""
        with self._lock:
            self._tellers += 1
        try:
            yield
        finally:
            with self._lock:
                self._tellers -= 1
                if not self._tellers:
                    self._years.clear()

    def _later(self, topic: Topic) -> Feed:
        """What the year's cases do after its end."""
        with self._lock:
            if topic not in self._rest:
                source = self._source(topic)
                assert isinstance(source, Feed)  # noqa: S101 - for the type checker
                self._rest[topic] = source.since(self._stop)
                if not self._tellers:
                    self._years.clear()
            return self._rest[topic]

    def _span(self, start: datetime | None, end: datetime | None) -> tuple[int, int]:
        low = self.before if start is None else start
        high = self.end if end is None else min(end, self.end)
        return -int(-low.timestamp() // 1), -int(-high.timestamp() // 1)

    def count(self, topic: Topic, start: datetime | None = None, end: datetime | None = None) -> int:
        """How many records `packed_batches` yields (of cameras: about)."""
        return self._source(topic).count(*self._span(start, end))

    def packed_batches(
        self, topic: Topic, start: datetime | None = None, end: datetime | None = None
    ) -> Iterator[Packed]:
        """What happened in start ≤ at < end, no later than `self.end`, in order of delivery: (key, JSON array)."""
        yield from self._source(topic).happened(*self._span(start, end))

    def year_messages(
        self, topic: Topic, start: datetime | None = None, end: datetime | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """The same as lists of dictionaries."""
        for _, value in self.packed_batches(topic, start, end):
            yield orjson.loads(value)

    def live_batches(self, topic: Topic, start: datetime, end: datetime) -> Iterator[Packed]:
        """What is delivered in start ≤ t < end, after the year: its open cases go on and new ones come.

        Any cut of the time after `self.end` into spans yields the same messages. Of devices and statistics what
        happened in the span. Raises `ValueError` for a span that begins before the year's end.
        """
        low, high = self._span_after(start, end)
        if topic in ("cameras", "statistics"):
            yield from self._source(topic).happened(low, high)
            return
        yield from self._later(topic).delivered(low, high)
        for number in range((high - 1 - self._stop) // DAY + 1):
            yield from self._day(topic, number).delivered(low, high)

    def missed_batches(self, topic: Topic, start: datetime, end: datetime) -> Iterator[Packed]:
        """The same as `live_batches`, for a time that is over: of devices the heartbeats of its last `MISSED_HOURS`
        hours alone, and before those only the ones that are down then."""
        if topic == "cameras":
            low, high = self._span_after(start, end)
            yield from self._cameras.happened(low, high, max(low, high - MISSED_HOURS * HOUR))
        else:
            yield from self.live_batches(topic, start, end)

    def live_messages(self, topic: Topic, start: datetime, end: datetime) -> Iterator[list[dict[str, Any]]]:
        """The same as lists of dictionaries."""
        for _, value in self.live_batches(topic, start, end):
            yield orjson.loads(value)

    def _span_after(self, start: datetime, end: datetime) -> tuple[int, int]:
        if start < self.end:
            raise ValueError(
                f"the time after the year begins at {self.end.isoformat()}, not at {start.isoformat()}"
            )
        return -int(-start.timestamp() // 1), -int(-end.timestamp() // 1)

    def _day(self, topic: Topic, number: int) -> Feed:
        """The cases of one day after the end; kept, as they go on for long."""
        if (topic, number) not in self._days:
            source = self._events if topic == "events" else self._mediation
            self._days[topic, number] = source.day(number)
        return self._days[topic, number]
