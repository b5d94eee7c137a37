"""Bulk transport: Faust delivers one message a fetched partition batch instead of one a record.

Stock Faust starts two asyncio tasks for every record, whatever the agent does. Here an agent's `event.message` is a
`Batch` that carries the records; acknowledging it acknowledges its whole range of offsets.

Offsets are committed up to the end of the oldest run of acknowledged batches. Only what was handed to an agent
counts: gaps in a log (compaction, transactions) lie inside or between ranges and never hold a commit up, and nothing
beyond a batch that is still being worked on is committed, in whatever order batches are acknowledged.
"""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka.consumer.fetcher import FetchResult, OffsetResetStrategy
from aiokafka.errors import IllegalStateError
from faust.transport.consumer import ensure_TP
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from faust.types import TP
from faust.types.tuples import ConsumerMessage

#: How many bytes a fetch waits for at the broker, and for how many milliseconds at most: fetches of a few records each
#: cost broker and worker more than what they carry. The embedded broker looks again only after half of the time.
FETCH_LEAST_BYTES, FETCH_WAIT_MS = 64 * 1024, 400
#: The same while a partition has more than was taken of it: the next fetch of it waits until the one under way is back,
#: which may be one of partitions that have nothing.
FETCH_BEHIND_MS = 40
#: All that one fetch brings, in bytes as they are sent: the embedded broker gives so much of the first partition that
#: has it, whatever was asked of each.
FETCH_MOST_BYTES = 512 * 1024

#: A fetch waits no longer than this while partitions are held back, their records being still on the way to the store:
#: they are asked for again only by the next one.
FULL_SECONDS = 0.3


def _bare(tp: TP, record: Any) -> Any:
    return record


class Batch(ConsumerMessage):
    """All records of one partition in one fetch. `offset` is the last one's; `records` are (offset, value) pairs,
    `size` is their bytes."""

    def __init__(self, *args: Any, records: Sequence[tuple[int, bytes | None]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.records = records
        self.size = sum(len(value or b"") for _, value in records)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Messages at the broker that are not yet stored, and the age of the oldest fetched one in seconds."""

    messages: int
    seconds: float

    def __add__(self, other: Waiting) -> Waiting:
        return Waiting(self.messages + other.messages, max(self.seconds, other.seconds))


class BulkConsumerThread(AIOKafkaConsumerThread):
    """The thread that talks to the broker for a bulk consumer."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        """With other waits at the broker than Faust's one byte and 1.5 s, and less at once than aiokafka's 50 MB: no
        setting of Faust reaches them."""
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_bytes = FETCH_MOST_BYTES
        consumer._fetch_min_bytes, consumer._fetch_max_wait_ms = FETCH_LEAST_BYTES, FETCH_WAIT_MS
        return consumer

    async def _fetch_records(self, consumer: Any, *args: Any, **kwargs: Any) -> Any:
        """Records as they were read from the wire: for each aiokafka would make another object of eleven fields, of
        which a batch needs none. (Those that come in while it waits are such objects; they answer to the same names.)
        """
        for fetched in consumer._fetcher._records.values():
            if isinstance(fetched, FetchResult) and fetched.has_more():
                fetched._partition_records._consumer_record = _bare
        taken: Mapping[Any, Sequence[Any]] = await super()._fetch_records(consumer, *args, **kwargs)
        if taken:
            more = any(
                records[-1].offset + 1 < (consumer.highwater(tp) or 0) for tp, records in taken.items()
            )
            behind = more or bool(consumer._fetcher._records)
            consumer._fetcher._fetch_max_wait_ms = FETCH_BEHIND_MS if behind else FETCH_WAIT_MS
        return taken

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Go back to the committed offsets, and to the beginning where nothing is committed yet.

        aiokafka leaves a partition without a committed offset where it stands: behind what was fetched and dropped.
        """
        committed: Mapping[TP, int] = await self.call_thread(self._go_back)
        return committed

    async def _go_back(self) -> Mapping[TP, int]:
        consumer = self._ensure_consumer()
        committed: Mapping[TP, int] = await consumer.seek_to_committed()
        there = consumer.assignment()
        new = [tp for tp, offset in committed.items() if not offset and tp in there]
        if new:  # not waited for, as by `seek_to_beginning`: one without a leader would hold up the others
            consumer._fetcher.request_offset_reset(new, OffsetResetStrategy.EARLIEST)
        return committed

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Nothing, for `streams.watchdog` looks: Faust's own alarm knows no batches, and would end the worker where the
        position of a partition is just being asked for."""

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit what is this worker's still; whether it was done.

        A rebalance may begin between Faust's own look at the assignment and this one: while there is none, aiokafka
        takes a commit for a mistake, and the worker would end of it. What is not committed is taken again.
        """
        if not self.assignment():
            self.log.info("a rebalance came before the commit")
            return False
        committed: bool = await super()._commit(offsets)
        return committed


class BulkConsumer(Consumer):
    """A Faust consumer that fetches, delivers and acknowledges partition batches."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Last offsets of the batches handed out and not yet committed, oldest first.
        self._handed_out: dict[TP, deque[int]] = defaultdict(deque)
        #: When the first record of each of those was produced, in seconds of the epoch.
        self._produced_at: dict[TP, dict[int, float]] = defaultdict(dict)
        #: When the broker last answered a fetch, in seconds of the epoch; none yet: when this consumer was made.
        self._answered = time.time()

    def _new_consumer_thread(self) -> BulkConsumerThread:
        return BulkConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _wait_next_records(self, timeout: float) -> tuple[Any, Any]:
        """As Faust does, which sleeps for a second while all partitions are held back."""
        if self.flow_active and self._buffered_partitions and not self._get_active_partitions():
            await self.sleep(timeout)
            return {}, set()
        found: tuple[Any, Any] = await super()._wait_next_records(timeout)
        return found

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Batch]]:
        """Yield one batch a partition of the next fetch; stops early when a rebalance begins."""
        records, active = await self._wait_next_records(
            FULL_SECONDS if self._buffered_partitions else timeout
        )
        if records is None or self.should_stop:
            return
        if not self.flow_active:
            await self.perform_seek()
            return
        generation = self.app.consumer_generation_id
        for key, fetched in records.items():
            tp = ensure_TP(key)
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if not fetched or not (active is None or tp in active or tp in self._buffered_partitions):
                continue
            self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
            read = self._read_offset[tp]
            if read is not None and fetched[-1].offset < read:
                if (self.highwater(tp) or read) >= read:
                    continue
                self._begin_again(tp)
            self._handed_out[tp].append(fetched[-1].offset)
            self._produced_at[tp][fetched[-1].offset] = (fetched[0].timestamp or 0) / 1000.0
            yield tp, self._batch(tp, fetched)

    def _begin_again(self, tp: TP) -> None:
        """The log ends before what was read of it: it was made anew, and what was known of the old one is void."""
        self._forget({tp})
        self._read_offset[tp] = self._committed_offset[tp] = None

    def _batch(self, tp: TP, fetched: Sequence[Any]) -> Batch:
        last = fetched[-1]
        return Batch(
            tp.topic,
            tp.partition,
            last.offset,
            (last.timestamp or 0) / 1000.0,
            last.timestamp_type,
            (),
            None,
            b"",
            None,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
            records=[(record.offset, record.value) for record in fetched],
        )

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Ranges take care of gaps."""

    async def _commit_offsets(self, offsets: Mapping[TP, int], start_new_transaction: bool = True) -> bool:
        """Commit; whether it was done. Faust notes them as committed also where it was not."""
        before = {tp: self._committed_offset[tp] for tp in offsets}
        done: bool = await super()._commit_offsets(offsets, start_new_transaction)
        if not done:
            self._committed_offset.update(before)
        return done

    def _new_offset(self, tp: TP) -> int | None:
        """The offset to commit: one past the last of the oldest batches that are all acknowledged, or that a commit
        which came through after they were read again has passed: Faust takes no acknowledgement of those."""
        acked = set(self._acked[tp])
        waiting = self._handed_out[tp]
        passed = self._committed_offset[tp] or 0
        done: int | None = None
        while waiting and (waiting[0] in acked or waiting[0] < passed):
            done = waiting.popleft()
            self._produced_at[tp].pop(done, None)
            acked.discard(done)
        self._acked[tp] = sorted(acked)
        self._acked_index[tp] = acked
        return None if done is None else done + 1

    def waiting(self, tp: TP) -> Waiting:
        """What is not yet committed of a partition, as far as the last fetch knew its end."""
        end, committed = self.highwater(tp), self._committed_offset[tp]
        handed_out = self._handed_out.get(tp)
        oldest = self._produced_at[tp].get(handed_out[0]) if handed_out else None
        seconds = max(0.0, time.time() - oldest) if oldest else 0.0
        return Waiting(max(0, (end or 0) - (committed or 0)), seconds)

    @property
    def unanswered(self) -> float:
        """Seconds since the broker last answered a fetch, be it with nothing. While all that was fetched waits to be
        taken no more is asked for, and this grows, too."""
        fetcher = self._thread._ensure_consumer()
        for tp in self.assignment():
            with contextlib.suppress(AssertionError, IllegalStateError):  # it moves away at this moment
                self._answered = max(self._answered, (fetcher.last_poll_timestamp(tp) or 0) / 1000)
        return max(0.0, time.time() - self._answered)

    async def perform_seek(self) -> None:
        """Go back to the committed offsets: what was handed out before no longer counts.

        Where partitions move away meanwhile, the rebalance that moves them goes back again once it is done.
        """
        self._forget(set(self._handed_out))
        try:
            await super().perform_seek()
        except IllegalStateError as error:
            self.log.info("a rebalance came while going back: %s", error)

    async def seek(self, partition: TP, offset: int) -> None:
        """Read a partition from another offset on."""
        self._forget({ensure_TP(partition)})
        await super().seek(partition, offset)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Forget what was handed out of partitions that move away."""
        await super().on_partitions_revoked(revoked)
        self._forget({ensure_TP(tp) for tp in revoked})

    def _forget(self, tps: set[TP]) -> None:
        for tp in tps:
            self._handed_out.pop(tp, None)
            self._produced_at.pop(tp, None)
            self._acked.pop(tp, None)
            self._acked_index.pop(tp, None)


class BulkTransport(Transport):
    """The aiokafka transport with the bulk consumer."""

    Consumer = BulkConsumer
