"""One agent a topic: fetched batches become rows of the store, and are acknowledged once they are stored.

While one insert runs, the batches that arrive meanwhile are gathered for the next: the busier it is, the larger the
inserts, and a quiet topic is written at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, Sequence
from datetime import UTC, datetime
from typing import Any

from faust.types import AppT

from schemas.clickhouse import Store
from schemas.contracts import Topic
from schemas.errors import QuarantineFull, StoreError
from schemas.packs import Pack
from streams.quarantine import Cap, quarantined
from streams.rows import INTAKES, Decoded, decode
from streams.settings import WorkerSettings
from streams.sink import store_batches
from streams.transport import Batch

log = logging.getLogger(__name__)

#: Fetched batches that may wait for the store before fetching waits too.
BATCHES_WAITING = 16
#: Values gathered for one insert, in bytes: bounds its memory.
BYTES_AT_ONCE = 16 * 1024 * 1024


class Intaker:
    """Takes the batches of one topic.

    Errors never leave it: a bad record is quarantined, a failing store is tried again with growing pauses while the
    partitions wait and `failing` says why, a full quarantine stops the topic for good and says so in `stopped`.
    """

    def __init__(self, topic: Topic, store: Store, pack: Pack, settings: WorkerSettings) -> None:
        self.topic = topic
        self.store = store
        self.pack = pack
        self.settings = settings
        self.cap = Cap(topic, settings.quarantine_cap, settings.quarantine_share)
        self.stopped: str | None = None
        self.failing: str | None = None
        self.errors = 0
        self.messages = 0
        self.rejected = 0

    async def take(self, app: AppT, batches: Sequence[Batch]) -> list[tuple[Batch, Decoded]]:
        """Store batches together; returns those that are stored and may be acknowledged.

        Left out are batches whose partition has moved to another worker, and all of them once the quarantine is full.
        """
        if self.stopped is not None:
            return []
        parts = [(batch, await asyncio.to_thread(self._decode, batch)) for batch in batches]
        try:
            self.cap.check(sum(len(d.messages) for _, d in parts), sum(len(d.rejects) for _, d in parts))
        except QuarantineFull as error:
            self.stopped = str(error)
            log.critical("%s", error)
            return []  # not acknowledged: the topic stays where it is
        pause = self.settings.retry_seconds
        while not app.should_stop:
            parts = [(batch, d) for batch, d in parts if batch.generation_id == app.consumer_generation_id]
            try:
                await asyncio.to_thread(self._write, parts)
            except StoreError as error:
                self.failing, self.errors = str(error), self.errors + 1
                log.warning("%s waits %.1f s for the store: %s", self.topic, pause, error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, self.settings.retry_max_seconds)
            else:
                self.failing = None
                self.messages += sum(len(d.messages) for _, d in parts)
                self.rejected += sum(len(d.rejects) for _, d in parts)
                return parts
        return []

    def _decode(self, batch: Batch) -> Decoded:
        return decode(self.topic, batch.records, self.pack.areas)

    def _write(self, parts: Sequence[tuple[Batch, Decoded]]) -> None:
        decoded = [(batch.partition, d) for batch, d in parts]
        store_batches(self.store, self.pack.areas, self.topic, decoded, datetime.now(UTC))


async def gather(waiting: asyncio.Queue[Any]) -> list[Any]:
    """The next event and those that wait behind it, up to `BYTES_AT_ONCE`."""
    events = [await waiting.get()]
    size = events[0].message.size
    while size < BYTES_AT_ONCE and not waiting.empty():
        events.append(waiting.get_nowait())
        size += events[-1].message.size
    return events


def declare_agents(app: AppT, store: Store, pack: Pack, settings: WorkerSettings) -> dict[Topic, Intaker]:
    """Declare the agents of every topic gridpulse takes in; returns what each one counts."""
    rejects = app.topic(settings.topic_prefix + "quarantine", key_serializer="raw", value_serializer="raw")
    intakers = {topic: Intaker(topic, store, pack, settings) for topic in INTAKES}

    async def fetch(stream: Any, waiting: asyncio.Queue[Any]) -> None:
        async for event in stream.noack().events():
            await waiting.put(event)

    async def write(intaker: Intaker, waiting: asyncio.Queue[Any]) -> None:
        while True:
            events = await gather(waiting)
            stored = {id(b): d for b, d in await intaker.take(app, [event.message for event in events])}
            for event in events:
                decoded = stored.get(id(event.message))
                if decoded is None:
                    continue
                if decoded.rejects:
                    partition = event.message.partition
                    value = quarantined(intaker.topic, partition, decoded.rejects, datetime.now(UTC))
                    await rejects.send(key=intaker.topic.encode(), value=value)
                event.ack()

    def declare(intaker: Intaker) -> None:
        source = app.topic(
            settings.topic_prefix + intaker.topic,
            key_serializer="raw",
            value_serializer="raw",
            value_type=bytes,
        )

        @app.agent(source, name=f"take_{intaker.topic}")
        async def take(stream: AsyncIterable[Any]) -> None:
            waiting: asyncio.Queue[Any] = asyncio.Queue(BATCHES_WAITING)
            async with asyncio.TaskGroup() as both:
                both.create_task(fetch(stream, waiting))
                both.create_task(write(intaker, waiting))

    for intaker in intakers.values():
        declare(intaker)
    return intakers
