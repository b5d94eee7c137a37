"""Feeds the topics of a demo: everything before now at once, packed, then each message when its time comes."""

from __future__ import annotations

import contextlib
import itertools
import logging
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from kafka.errors import KafkaError

from schemas.clock import Clock
from schemas.contracts import Topic
from schemas.errors import ConfigError, GridpulseError, PackError
from schemas.packs import Pack
from streams.produce import PACK, Producer, packed, single
from streams.simulate import Simulation
from streams.sources import load_mapping, messages_of

log = logging.getLogger(__name__)

#: Wall seconds between two looks at the clock while live.
LIVE_SECONDS = 0.2
#: A demo's topics in the order they are filled, so that the screens have something of each soon.
SMALL_FIRST: tuple[Topic, ...] = ("statistics", "cameras", "mediation", "events")
#: Where the end of the simulated year is kept, beside the store.
YEAR_END = "simulated-year-end.txt"

Values = Iterator[tuple[bytes, bytes]]
#: A topic's messages of a span of time.
Batches = Callable[[Topic, datetime, datetime], Values]

#: A simulated past is sent newest part first: the shorter windows are full while the rest of the year still comes.
RECENT = (timedelta(days=8), timedelta(days=31), timedelta(days=92))


class Source(Protocol):
    """Where a demo's messages come from: (key, value) pairs ready to send, by topic."""

    def past(self, start: datetime | None, end: datetime) -> Iterator[tuple[Topic, Values]]:
        """Everything with start ≤ at < end, packed; start None is from the beginning. Asked once, before `live`."""
        ...

    def live(self, start: datetime, end: datetime) -> Iterator[tuple[Topic, Values]]:
        """What arrives in start ≤ t < end. Each call goes on where the one before ended."""
        ...


def newest_first(start: datetime | None, end: datetime) -> Iterator[tuple[datetime | None, datetime]]:
    """Cut start ≤ t < end into parts, the newest first; start None is open to the past."""
    last = end
    for span in RECENT:
        first = end - span
        if start is not None and first <= start:
            break
        yield first, last
        last = first
    yield start, last


class Recording:
    """A pack's recorded stream."""

    def __init__(self, pack: Pack) -> None:
        recording = pack.settings.recording
        if recording is None:
            raise PackError(f"pack {pack.name} has no [recording] to replay")
        mapping = load_mapping(pack.folder / recording.mapping)
        messages, _ = messages_of(mapping, [pack.folder / name for name in recording.files], pack)
        self.topic: Topic = mapping.topic
        timed = sorted(((datetime.fromisoformat(m["at"]), m) for m in messages), key=lambda pair: pair[0])
        self._times = [at for at, _ in timed]
        self._messages = [message for _, message in timed]

    def past(self, start: datetime | None, end: datetime) -> Iterator[tuple[Topic, Values]]:
        yield self.topic, packed(self._between(start, end))

    def live(self, start: datetime, end: datetime) -> Iterator[tuple[Topic, Values]]:
        messages = self._between(start, end)
        yield self.topic, packed(messages) if len(messages) > PACK else single(messages)

    def _between(self, start: datetime | None, end: datetime) -> list[dict[str, Any]]:
        first = 0 if start is None else bisect_left(self._times, start)
        return self._messages[first : bisect_left(self._times, end)]


class SimulatedSource:
    """A pack's simulated district: a year that ends at `end`, and how it goes on from there.

    The same pack, `end` and seed give the same messages at any start, so what is sent again is counted once.
    """

    def __init__(self, pack: Pack, end: datetime, seed: int = 1) -> None:
        self._simulation = Simulation(pack, end, seed)

    def past(self, start: datetime | None, end: datetime) -> Iterator[tuple[Topic, Values]]:
        whole, *others = SMALL_FIRST  # a few figures a month: what is compared with lies in the oldest parts
        with self._simulation.telling():
            yield whole, self._told(whole, start, end, self._simulation.missed_batches)
            for first, last in newest_first(start, end):
                for topic in others:
                    yield topic, self._told(topic, first, last, self._simulation.missed_batches)

    def live(self, start: datetime, end: datetime) -> Iterator[tuple[Topic, Values]]:
        for topic in SMALL_FIRST:
            yield topic, self._told(topic, start, end, self._simulation.live_batches)

    def _told(self, topic: Topic, start: datetime | None, end: datetime, later: Batches) -> Values:
        """What happened in the span up to the year's end, and arrives in it after that."""
        year_end = self._simulation.end
        since = year_end if start is None else max(start, year_end)
        if since < end:
            yield from later(topic, since, end)
        if start is None or start < year_end:
            yield from self._simulation.packed_batches(topic, start, end)


def simulated_end(folder: Path, now: datetime) -> datetime:
    """When the simulated year ends whose messages the store in this folder is filled with: `now` at the first start,
    which is kept beside the store, and the same at every later one. Raises `ConfigError` where that is not readable."""
    path = folder / YEAR_END
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.write_text(now.isoformat() + "\n", "utf-8")
        fresh.replace(path)
    try:
        return datetime.fromisoformat(path.read_text("utf-8").strip()).astimezone(UTC)
    except ValueError as error:
        raise ConfigError(
            f"{path} does not say when the simulated year ends, such as {now.isoformat()}; start with a new folder"
        ) from error


class Feeder:
    """Feeds one source to the broker in the background until stopped: the past and the present side by side, so that
    devices are heard of while history still fills in.

    `filled` is set once the past is sent; `sent` counts messages, packed ones as one; `failure` is what ended the feed
    before its time.
    """

    def __init__(
        self,
        source: Callable[[datetime], Source],
        brokers: str,
        clock: Clock,
        prefix: str,
        backfill: timedelta | datetime | bool,
    ) -> None:
        """`source` is made in the background for the time of `start`. `backfill`: True all there is, False nothing, so
        much before the start, or all since a time."""
        self._source, self._brokers, self._clock, self._prefix = source, brokers, clock, prefix
        self._backfill = backfill
        self._made, self._ended = threading.Event(), threading.Event()
        self._threads = [threading.Thread(target=self._start, name="feeder", daemon=True)]
        self.filled = threading.Event()
        self.sent = 0
        self.failure: GridpulseError | KafkaError | None = None

    def start(self) -> None:
        """Begin to feed from the clock's time on."""
        self._from = self._clock.now()
        self._threads[0].start()

    def filling(self) -> bool:
        """Whether history is still being sent."""
        return not (self.filled.is_set() or self._ended.is_set())

    def wait(self, seconds: float | None) -> None:
        """Wait until the feed ends, or so many seconds."""
        self._ended.wait(seconds)

    def stop(self) -> None:
        """End the feed and wait for the messages under way; a source that is still being made is left behind."""
        self._ended.set()
        if self._made.is_set():
            for thread in self._threads:
                thread.join(10)

    def _start(self) -> None:
        try:
            source = self._source(self._from)
        except GridpulseError as error:
            self._fail(error)
            return
        self._made.set()
        if self._ended.is_set():
            return
        live = threading.Thread(target=self._run, args=(self._live, source), name="feeder-live", daemon=True)
        self._threads.append(live)
        live.start()
        self._run(self._past, source)

    def _run(self, part: Callable[[Source, Producer], None], source: Source) -> None:
        try:
            with contextlib.closing(Producer(self._brokers)) as producer:
                part(source, producer)
        except (GridpulseError, KafkaError) as error:
            if not self._ended.is_set():
                self._fail(error)

    def _fail(self, error: GridpulseError | KafkaError) -> None:
        log.error("the feed ended: %s", error)
        self.failure = error
        self._ended.set()

    @property
    def _first(self) -> datetime | None:
        """Where the back-fill begins, None with all there is."""
        if isinstance(self._backfill, timedelta):
            return self._from - self._backfill
        return self._backfill if isinstance(self._backfill, datetime) else None

    def _past(self, source: Source, producer: Producer) -> None:
        if self._backfill:
            for topic, values in source.past(self._first, self._from):
                self._send(producer, topic, itertools.takewhile(lambda _: not self._ended.is_set(), values))
        self.filled.set()

    def _live(self, source: Source, producer: Producer) -> None:
        since = self._from
        while not self._ended.wait(LIVE_SECONDS):
            now = self._clock.now()
            for topic, values in source.live(since, now):
                self._send(producer, topic, values)
            since = now

    def _send(self, producer: Producer, topic: Topic, values: Values) -> None:
        self.sent += producer.send(self._prefix + topic, values)
