"""One agent a topic: fetched batches become rows of the store, and are acknowledged once they are stored.

While one insert runs, the batches that arrive meanwhile are gathered and decoded for the next: the busier it is, the
larger the inserts; a quiet topic is written at once, a trickle a few times a second.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from faust.exceptions import ProducerSendError
from faust.types import AppT, TopicT

from schemas.clickhouse import Store
from schemas.contracts import Topic
from schemas.errors import QuarantineFull, StoreError
from schemas.packs import Pack
from streams.decoding import Decoded, Reject, decode_runs
from streams.ledger import Ledger
from streams.quarantine import Cap, quarantined
from streams.rollups import ROLLED_TOPICS
from streams.rows import INTAKES
from streams.settings import WorkerSettings
from streams.sink import rows_of, write
from streams.transport import Batch
from streams.turns import Turns

log = logging.getLogger(__name__)

#: Values gathered for one insert, in bytes, and values that may wait for the next: they bound a worker's memory.
BYTES_AT_ONCE = BYTES_WAITING = 8 * 1024 * 1024
#: A small insert costs about as much as a large one: less than so many bytes wait until the last lies so long back,
#: and until figures are made of what was stored, but no longer than that.
LITTLE_BYTES, LITTLE_SECONDS, LONGEST_SECONDS = 1024 * 1024, 0.4, 1.0
#: A worker is behind for some seconds after it found so many bytes waiting at once.
MUCH_BYTES, BEHIND_SECONDS = 2 * 1024 * 1024, 3.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """A group of batches ready for the store: rows of their good records, and each batch's partition and rejects."""

    generation: int
    rows: pa.Table | None
    rejects: Sequence[tuple[int, list[Reject]]]

    @property
    def taken(self) -> int:
        """How many records are good."""
        return 0 if self.rows is None else int(self.rows.num_rows)


class Waiting(asyncio.Queue[Any]):
    """Fetched batches on their way to the store. It is full once their values are `BYTES_WAITING`."""

    def _init(self, maxsize: int) -> None:
        super()._init(maxsize)
        self._bytes = 0

    def _put(self, item: Any) -> None:
        super()._put(item)
        self._bytes += item.message.size

    def _get(self) -> Any:
        item = super()._get()
        self._bytes -= item.message.size
        return item

    def full(self) -> bool:
        return self._bytes >= BYTES_WAITING


class Intaker:
    """Takes the batches of one topic.

    Errors never leave it: a bad record is quarantined, a failing store is tried again with growing pauses while the
    partitions wait and `failing` says why, a full quarantine stops the topic for good and says so in `stopped`.
    """

    def __init__(
        self, topic: Topic, store: Store, pack: Pack, settings: WorkerSettings, ledger: Ledger
    ) -> None:
        self.topic = topic
        self.ledger = ledger
        self.store = store
        self.pack = pack
        self.settings = settings
        self.cap = Cap(topic, settings.quarantine_cap, settings.quarantine_share)
        self.stopped: str | None = None
        self.failing: str | None = None
        self.ending = False
        self.storing = asyncio.Lock()
        self.errors = 0
        self.messages = 0
        self.rejected = 0
        self._much_at = self._stored_at = -BEHIND_SECONDS

    @property
    def behind(self) -> bool:
        """Whether much waited at once, now or some seconds ago."""
        return time.monotonic() - self._much_at < BEHIND_SECONDS

    @property
    def busy(self) -> bool:
        """Whether anything was stored, now or some seconds ago."""
        return time.monotonic() - self._stored_at < BEHIND_SECONDS

    def prepare(self, generation: int, batches: Sequence[Batch]) -> Prepared:
        """Decode batches of one generation of the group. Busy: for a thread of its own."""
        if sum(batch.size for batch in batches) >= MUCH_BYTES:
            self._much_at = time.monotonic()
        rejects: list[tuple[int, list[Reject]]] = [(batch.partition, []) for batch in batches]

        def runs() -> Iterator[Decoded]:
            for batch, (_, found) in zip(batches, rejects, strict=True):
                for run in decode_runs(self.topic, batch.records, self.pack.areas):
                    found.extend(run.rejects)
                    yield run

        return Prepared(generation, rows_of(self.topic, self.pack.areas, runs()), rejects)

    async def drain(self) -> None:
        """Begin no more inserts; returns once the one under way, if any, is acknowledged."""
        self.ending = True
        async with self.storing:
            pass

    async def store_all(self, app: AppT, prepared: Prepared) -> bool:
        """Store what is prepared; True once it may be acknowledged.

        False where the partitions moved meanwhile (they come again, here or at another worker), once the quarantine
        is full, and at the end of the worker.
        """
        if self.stopped is not None or self.ending:
            return False
        rejected = sum(len(found) for _, found in prepared.rejects)
        try:
            self.cap.check(prepared.taken, rejected)
        except QuarantineFull as error:
            self.stopped = str(error)
            log.critical("%s", error)
            return False  # not acknowledged: the topic stays where it is
        pause = self.settings.retry_seconds
        while not app.should_stop and prepared.generation == app.consumer_generation_id:
            try:
                await asyncio.to_thread(self._write, prepared)
            except StoreError as error:
                self.failing, self.errors = str(error), self.errors + 1
                if self.ending:
                    return False
                log.warning("%s waits %.1f s for the store: %s", self.topic, pause, error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, self.settings.retry_max_seconds)
            else:
                self.failing = None
                self._stored_at = time.monotonic()
                self.messages += prepared.taken
                self.rejected += rejected
                return True
        return False

    def _write(self, prepared: Prepared) -> None:
        write(self.store, self.topic, prepared.rows, prepared.rejects, datetime.now(UTC), self.ledger)


async def gather(waiting: asyncio.Queue[Any], last: float, turns: Turns) -> list[Any]:
    """The next event and those that wait behind it, up to `BYTES_AT_ONCE`; of little, what comes for a while, too.

    `last`: when the group before was gathered, in monotonic seconds.
    """
    events = [await waiting.get()]
    size: int = events[0].message.size

    def take() -> None:
        nonlocal size
        while size < BYTES_AT_ONCE and not waiting.empty():
            events.append(waiting.get_nowait())
            size += events[-1].message.size

    take()
    if size < LITTLE_BYTES:
        await asyncio.sleep(last + LITTLE_SECONDS - time.monotonic())
        await turns.until_shown(last + LONGEST_SECONDS - time.monotonic())
        take()
    return events


class Line:
    """The way of one topic from the broker to the store, in steps side by side: fetched, prepared, stored. `turns` is
    told of every insert that figures are to be made of; `rejects` is the quarantine topic."""

    def __init__(self, app: AppT, intaker: Intaker, rejects: TopicT, turns: Turns) -> None:
        self._app, self._intaker, self._rejects, self._turns = app, intaker, rejects, turns
        self._waiting = Waiting()
        self._ready: asyncio.Queue[tuple[Sequence[Any], Prepared]] = asyncio.Queue(1)

    async def run(self, stream: Any) -> None:
        """Take in a stream until it ends."""
        async with asyncio.TaskGroup() as steps:
            steps.create_task(self._fetch(stream))
            steps.create_task(self._prepare())
            steps.create_task(self._store())

    async def _fetch(self, stream: Any) -> None:
        async for event in stream.noack().events():
            await self._waiting.put(event)

    async def _prepare(self) -> None:
        last = -LITTLE_SECONDS
        while True:
            gathered = await gather(self._waiting, last, self._turns)
            last = time.monotonic()
            now = self._app.consumer_generation_id
            events = [event for event in gathered if event.message.generation_id == now]
            if events:
                batches = [event.message for event in events]
                await self._ready.put((events, await asyncio.to_thread(self._intaker.prepare, now, batches)))

    async def _store(self) -> None:
        while True:
            events, prepared = await self._ready.get()
            async with self._intaker.storing:
                if not await self._intaker.store_all(self._app, prepared):
                    continue
                if self._intaker.topic in ROLLED_TOPICS:
                    self._turns.stored()
                for event, (partition, found) in zip(events, prepared.rejects, strict=True):
                    told = quarantined(self._intaker.topic, partition, found, datetime.now(UTC))
                    if all([await self._tell(value) for value in told]):
                        event.ack()

    async def _tell(self, value: bytes) -> bool:
        """Send to the quarantine topic, whose table has it already; False at the end of the worker. An error that left
        here would end the agent, and stop its topic."""
        topic, pause = self._intaker.topic, self._intaker.settings.retry_seconds
        while not self._app.should_stop:
            try:
                await self._rejects.send(key=topic.encode(), value=value)
            except ProducerSendError as error:
                log.warning("%s waits %.1f s for the quarantine topic: %s", topic, pause, error)
                await asyncio.sleep(pause)
            else:
                return True
        return False


def declare_agents(
    app: AppT, store: Store, pack: Pack, settings: WorkerSettings, ledger: Ledger, turns: Turns
) -> dict[Topic, Intaker]:
    """Declare the agents of every topic gridpulse takes in; returns what each one counts. `turns` is told of every
    insert that figures are to be made of."""
    rejects = app.topic(settings.topic_prefix + "quarantine", key_serializer="raw", value_serializer="raw")
    intakers = {topic: Intaker(topic, store, pack, settings, ledger) for topic in INTAKES}
    for topic, intaker in intakers.items():
        source = app.topic(
            settings.topic_prefix + topic, key_serializer="raw", value_serializer="raw", value_type=bytes
        )
        app.agent(source, name=f"take_{topic}")(_taking(app, intaker, rejects, turns))
    return intakers


def _taking(app: AppT, intaker: Intaker, rejects: TopicT, turns: Turns) -> Callable[[Any], Awaitable[None]]:
    async def take(stream: AsyncIterable[Any]) -> None:
        await Line(app, intaker, rejects, turns).run(stream)

    return take
