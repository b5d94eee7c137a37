"""The whole chain of the main job: embedded broker, topics, Faust worker, store, readings."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from types import TracebackType
from typing import Any

import msgspec
from kafka import KafkaConsumer, TopicPartition

from dashboard.queries import StoreReadings
from schemas.clickhouse import Store
from schemas.clock import Clock, FixedClock
from schemas.contracts import Topic
from schemas.packs import Pack
from streams import produce, rollups
from streams.app import Worker, create_worker, topic_names
from streams.broker import create_topics, embedded_broker
from streams.settings import WorkerSettings

#: A time after every message of a test: what is evaluated "now" is evaluated when all has happened.
LATE = datetime(2035, 1, 1, tzinfo=UTC)
START_SECONDS, STOP_SECONDS = 60.0, 30.0
_numbers = count(1)


def wait_until(
    holds: Callable[[], bool], seconds: float, otherwise: Callable[[], str], pause: float = 0.02
) -> None:
    """Return once it holds; fails with what `otherwise` says after so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds:.0f} s: {otherwise()}")
        time.sleep(pause)


def records_in(value: bytes) -> int:
    """How many records a message is: the items of an array; everything else is one."""
    try:
        items = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 1
    return len(items) if isinstance(items, list) else 1


class RunningWorker:
    """A Faust worker on an event loop of its own, in a thread, from `start` to `stop`."""

    def __init__(self, store: Store, pack: Pack, clock: Clock, settings: WorkerSettings) -> None:
        self._parts = (store, pack, clock, settings)
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked: asyncio.Event | None = None
        self._worker: Worker | None = None
        self._failure: BaseException | None = None

    def start(self) -> None:
        """Returns when the worker has its partitions."""
        self._thread.start()
        wait_until(self._joined, START_SECONDS, lambda: "the worker has no partitions")

    def _joined(self) -> bool:
        self.check()
        return self._ready.is_set() and bool(self.worker.app.consumer.assignment())

    def _run(self) -> None:
        try:
            asyncio.run(self._work())
        except BaseException as error:  # told by `check` in the test's thread
            self._failure = error

    async def _work(self) -> None:
        self._loop, self._asked = asyncio.get_running_loop(), asyncio.Event()
        self._worker = create_worker(*self._parts)
        app = self._worker.app
        asked = asyncio.create_task(self._asked.wait())
        try:
            await app.start()
            self._ready.set()
            ended = asyncio.create_task(app.wait_until_stopped())
            await asyncio.wait({asked, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self._worker.stop()
        if app.crash_reason is not None:
            raise app.crash_reason

    @property
    def worker(self) -> Worker:
        assert self._worker is not None, "the worker is not started"
        return self._worker

    def check(self) -> None:
        """Raises where the worker has ended or stopped taking a topic."""
        if self._failure is not None:
            raise AssertionError(f"the worker ended: {self._failure!r}") from self._failure
        if self._worker is not None:
            stopped = [intaker.stopped for intaker in self._worker.intakers.values() if intaker.stopped]
            assert not stopped, stopped

    def stop(self) -> None:
        """End as at SIGTERM: what was taken is committed."""
        if self._loop is not None and self._asked is not None and self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # it has ended at this moment
                self._loop.call_soon_threadsafe(self._asked.set)
        self._thread.join(STOP_SECONDS)
        assert not self._thread.is_alive(), "the worker does not end"
        if self._failure is not None:
            raise AssertionError(f"the worker ended: {self._failure!r}") from self._failure


class Chain:
    """Broker, topics and one running worker over a fresh store, for as long as the context lasts."""

    def __init__(
        self,
        pack: Pack,
        store: Store,
        *,
        clock: Clock | None = None,
        brokers: str | None = None,
        **settings: Any,
    ) -> None:
        """`brokers` that run already, else an embedded one of its own; `settings` that differ from a test's usual.

        At brokers that run already the chain has topics and a group of its own.
        """
        self.pack = pack
        self.store = store
        self.clock = clock or FixedClock(LATE)
        self.readings = StoreReadings(store, pack)
        self._brokers = brokers
        own = (
            {} if brokers is None else {"topic_prefix": f"chain{next(_numbers)}.", "group": f"{uuid.uuid4()}"}
        )
        usual = {"session_timeout": 6, "rollup_seconds": 0.2, "rules_seconds": 3600}
        self._given: dict[str, Any] = usual | own | settings
        self._produced: Counter[Topic] = Counter()
        self._before: Counter[Topic] = Counter()
        self._ends = contextlib.ExitStack()

    def __enter__(self) -> Chain:
        with contextlib.ExitStack() as ends:
            self.brokers = self._brokers or ends.enter_context(embedded_broker())
            self.settings = WorkerSettings(brokers=self.brokers, **self._given)
            create_topics(self.brokers, topic_names(self.settings), self.settings.partitions, 1)
            self._producer = produce.Producer(self.brokers)
            ends.callback(self._producer.close)
            self._running = RunningWorker(self.store, self.pack, self.clock, self.settings)
            ends.callback(self._stop)
            self._running.start()
            self._ends = ends.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    @property
    def worker(self) -> Worker:
        return self._running.worker

    def send(
        self, topic: Topic, messages: Iterable[dict[str, Any]], packed: bool = True, size: int = produce.PACK
    ) -> int:
        """Produce records, `size` a message or one by one; returns how many messages that made."""
        pairs = produce.packed(messages, size) if packed else produce.single(messages)
        return self._producer.send(self.settings.topic_prefix + topic, self._counted(topic, pairs))

    def send_raw(self, topic: Topic, *values: bytes, key: bytes = b"") -> None:
        """Produce values as they are."""
        pairs = ((key, value) for value in values)
        self._producer.send(self.settings.topic_prefix + topic, self._counted(topic, pairs))

    def _counted(self, topic: Topic, pairs: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, bytes]]:
        for key, value in pairs:
            self._produced[topic] += records_in(value)
            yield key, value

    def taken(self) -> Counter[Topic]:
        """Records stored or quarantined by topic, by the workers of this chain."""
        now = {t: i.messages + i.rejected for t, i in self.worker.intakers.items()}
        return self._before + Counter(now)

    def settle(self, seconds: float = 180.0) -> None:
        """Wait until all that was produced is stored or quarantined, and all it touched recomputed.

        The worker leaves an hour that is still running for later; those are recomputed here.
        """
        wait_until(self._all_taken, seconds, lambda: f"produced {self._produced}, taken {self.taken()}")
        wait_until(
            lambda: not self._dirty(self.clock.now()),
            seconds,
            lambda: f"still to recompute: {self._dirty()}",
            0.1,
        )
        rollups.refresh(self.store, self.pack)
        assert self._dirty() == []

    def _dirty(self, before: datetime = LATE) -> list[datetime]:
        """Units still to recompute that end before."""
        self._running.check()
        return [
            dirty.unit
            for rollup in rollups.ROLLUPS
            for dirty in rollups.dirty_units(self.store, rollup)
            if not rollup.hourly or dirty.unit + timedelta(hours=1) <= before
        ]

    def _all_taken(self) -> bool:
        self._running.check()
        taken = self.taken()
        return all(taken[topic] >= count for topic, count in self._produced.items())

    def _stop(self) -> None:
        self._running.stop()

    def restart_worker(self) -> None:
        """Stop the worker and start another one of the same group: it goes on where the first one committed."""
        self.stop_worker()
        self.start_worker()

    def stop_worker(self) -> None:
        """End the worker as at SIGTERM."""
        self._running.stop()

    def start_worker(self) -> None:
        """Start another one of the same group."""
        self._before = self.taken()
        self._running = RunningWorker(self.store, self.pack, self.clock, self.settings)
        self._running.start()

    def values(self, topic: Topic) -> list[bytes]:
        """Every value that lies in a topic now: read until nothing has come for a second."""
        name = self.settings.topic_prefix + topic
        consumer = KafkaConsumer(bootstrap_servers=self.brokers, group_id=None)
        try:
            partitions = [TopicPartition(name, n) for n in range(self.settings.partitions)]
            consumer.assign(partitions)
            consumer.seek_to_beginning(*partitions)
            found: list[bytes] = []
            while batches := consumer.poll(1000):
                found += [record.value for batch in batches.values() for record in batch]
            return found
        finally:
            consumer.close()
