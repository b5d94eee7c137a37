"""One agent a topic: fetched batches become rows of the store, and are acknowledged once they are stored."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable
from datetime import UTC, datetime
from typing import Any

from faust.types import AppT

from schemas.clickhouse import Store
from schemas.clock import Clock
from schemas.contracts import Topic
from schemas.errors import QuarantineFull, StoreError
from schemas.packs import Pack
from streams.quarantine import Cap, quarantined
from streams.rows import INTAKES, Decoded, decode
from streams.settings import WorkerSettings
from streams.sink import store_batch
from streams.transport import Batch

log = logging.getLogger(__name__)


class Intaker:
    """Takes the batches of one topic, one after the other.

    Errors never leave it: a bad record is quarantined, a failing store is tried again with growing pauses while the
    partition waits, a full quarantine stops the topic for good and says so in `stopped`.
    """

    def __init__(self, topic: Topic, store: Store, pack: Pack, settings: WorkerSettings) -> None:
        self.topic = topic
        self.store = store
        self.pack = pack
        self.settings = settings
        self.cap = Cap(topic, settings.quarantine_cap, settings.quarantine_share)
        self.stopped: str | None = None
        self.messages = 0
        self.rejected = 0

    async def take(self, app: AppT, batch: Batch) -> Decoded | None:
        """Store a batch; None where it must not be acknowledged because its partition has moved away."""
        if self.stopped is not None:
            return None
        decoded = await asyncio.to_thread(decode, self.topic, batch.records, self.pack.areas)
        try:
            self.cap.check(len(decoded.messages), len(decoded.rejects))
        except QuarantineFull as error:
            self.stopped = str(error)
            log.critical("%s", error)
            return None  # not acknowledged: the topic stays where it is
        pause = self.settings.retry_seconds
        while not app.should_stop and batch.generation_id == app.consumer_generation_id:
            try:
                await asyncio.to_thread(self._write, batch, decoded)
            except StoreError as error:
                log.warning("%s waits %.1f s for the store: %s", self.topic, pause, error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, self.settings.retry_max_seconds)
            else:
                self.messages += len(decoded.messages)
                self.rejected += len(decoded.rejects)
                return decoded
        return None

    def _write(self, batch: Batch, decoded: Decoded) -> None:
        now = datetime.now(UTC)
        store_batch(self.store, self.pack.areas, self.topic, batch.partition, decoded, now)


def declare_agents(
    app: AppT, store: Store, pack: Pack, clock: Clock, settings: WorkerSettings
) -> dict[Topic, Intaker]:
    """Declare the agents of every topic gridpulse takes in; returns what each one counts."""
    rejects = app.topic(settings.topic_prefix + "quarantine", key_serializer="raw", value_serializer="raw")
    intakers = {topic: Intaker(topic, store, pack, settings) for topic in INTAKES}

    def declare(intaker: Intaker) -> None:
        source = app.topic(
            settings.topic_prefix + intaker.topic,
            key_serializer="raw",
            value_serializer="raw",
            value_type=bytes,
        )

        @app.agent(source, name=f"take_{intaker.topic}")
        async def take(stream: AsyncIterable[Any]) -> None:
            async for event in stream.noack().events():  # type: ignore[attr-defined]
                batch: Batch = event.message
                decoded = await intaker.take(app, batch)
                if decoded is None:
                    continue
                if decoded.rejects:
                    value = quarantined(intaker.topic, batch.partition, decoded.rejects, datetime.now(UTC))
                    await rejects.send(key=intaker.topic.encode(), value=value)
                event.ack()

    for intaker in intakers.values():
        declare(intaker)
    return intakers
