"""Feeds the topics of a demo: everything before now at once, packed, then each message when its time comes."""

from __future__ import annotations

import logging
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Protocol

from schemas.clock import Clock
from schemas.contracts import Topic
from schemas.errors import GridpulseError, PackError
from schemas.packs import Pack
from streams.produce import PACK, Producer, packed, single
from streams.simulate import Simulation
from streams.sources import load_mapping, messages_of

log = logging.getLogger(__name__)

#: Wall seconds between two looks at the clock while live.
LIVE_SECONDS = 0.2
#: A demo's topics in the order they are filled, so that the screens have something of each soon.
SMALL_FIRST: tuple[Topic, ...] = ("statistics", "mediation", "cameras", "events")


Values = Iterator[tuple[bytes, bytes]]


class Source(Protocol):
    """Where a demo's messages come from: (key, value) pairs ready to send, by topic."""

    def past(self, start: datetime | None, end: datetime) -> Iterator[tuple[Topic, Values]]:
        """Everything with start ≤ at < end, packed; start None is from the beginning. Asked once, before `live`."""
        ...

    def live(self, start: datetime, end: datetime) -> Iterator[tuple[Topic, Values]]:
        """What arrives in start ≤ t < end. Each call goes on where the one before ended."""
        ...


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
    """A pack's simulated district: its year ends at `now`, and it goes on from there."""

    def __init__(self, pack: Pack, now: datetime, seed: int = 1) -> None:
        self._simulation = Simulation(pack, now, seed)

    def past(self, start: datetime | None, end: datetime) -> Iterator[tuple[Topic, Values]]:
        for topic in SMALL_FIRST:
            yield topic, self._simulation.packed_batches(topic, start, end)

    def live(self, start: datetime, end: datetime) -> Iterator[tuple[Topic, Values]]:
        start = max(start, self._simulation.end)
        for topic in SMALL_FIRST:
            if start < end:
                yield topic, self._simulation.live_batches(topic, start, end)


class Feeder(threading.Thread):
    """Feeds one source to the broker in the background until stopped.

    `filled` is set once the past is sent; `sent` counts messages, packed ones as one.
    """

    def __init__(
        self,
        source: Callable[[], Source],
        brokers: str,
        clock: Clock,
        prefix: str,
        backfill: timedelta | bool,
    ) -> None:
        """`source` is made in the background; `backfill`: True all there is, False nothing, or so much before now."""
        super().__init__(name="feeder", daemon=True)
        self._source, self._brokers, self._clock, self._prefix = source, brokers, clock, prefix
        self._backfill = backfill
        self._ended = threading.Event()
        self.filled = threading.Event()
        self.sent = 0

    def run(self) -> None:
        try:
            producer = Producer(self._brokers)
            try:
                self._feed(self._source(), producer)
            finally:
                producer.close()
        except GridpulseError:
            log.exception("the demo's feed ended")

    def _feed(self, source: Source, producer: Producer) -> None:
        until = self._clock.now()
        if self._backfill:
            start = until - self._backfill if isinstance(self._backfill, timedelta) else None
            for topic, values in source.past(start, until):
                self.sent += producer.send(self._prefix + topic, values)
        self.filled.set()
        while not self._ended.wait(LIVE_SECONDS):
            now = self._clock.now()
            for topic, values in source.live(until, now):
                self.sent += producer.send(self._prefix + topic, values)
            until = now

    def stop(self) -> None:
        """End the feed and wait for the messages under way."""
        self._ended.set()
        self.join(10)
