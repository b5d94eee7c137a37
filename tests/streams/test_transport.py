"""The bulk transport: what is committed is exactly what was stored, in whatever order it is acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import groupby
from types import SimpleNamespace
from typing import Any, cast

import faust
import mode
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from aiokafka.errors import IllegalStateError
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from faust.types import TP
from kafka.admin import KafkaAdminClient

from schemas.clickhouse import Store
from streams.app import topic_name
from streams.transport import (
    FETCH_BEHIND_MS,
    FETCH_LEAST_BYTES,
    FETCH_MOST_BYTES,
    FETCH_WAIT_MS,
    FULL_SECONDS,
    Batch,
    BulkConsumer,
    BulkConsumerThread,
    BulkTransport,
    Waiting,
)
from tests.support import small
from tests.support.chain import Chain, wait_until
from tests.support.failing import FailingStore
from tests.support.offsets import committed
from tests.support.small import Message, event

ONE, TWO = TP("events", 0), TP("events", 1)
#: A worker's settings that make a failing store be tried again at once.
IMPATIENT: dict[str, Any] = {
    "partitions": 1, "session_timeout": 3, "retry_seconds": 0.05, "retry_max_seconds": 0.1,
}  # fmt: skip
CASES = "SELECT uniqExact(id), count() FROM event_newest FINAL"


# Bookkeeping, without a broker ---------------------------------------------------------------------------------------


def test_records_are_taken_as_they_were_read_from_the_wire() -> None:
    made = DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, 1_000_000)
    for offset, value in enumerate((b"a", None, b"c")):
        made.append(offset, 1_772_323_200_000, b"key", value, [])
    state = SimpleNamespace(paused=False, position=0, consumed_to=lambda offset: None)
    assignment = SimpleNamespace(state_value=lambda tp: state)
    read = PartitionRecords(ONE, MemoryRecords(bytes(made.build())), [], 0, None, None, True, 0)
    fetched = FetchResult(ONE, assignment=assignment, partition_records=read, backoff=0)
    fetched.check_assignment = lambda tp: True

    async def fetched_records(*_: Any, **__: Any) -> Any:
        return {ONE: fetched.getall()}

    fetcher = SimpleNamespace(
        _records={ONE: fetched}, _closed=False, fetched_records=fetched_records,
        _subscriptions=SimpleNamespace(fetch_context=contextlib.nullcontext),
    )  # fmt: skip
    read_by = SimpleNamespace(_fetcher=fetcher, _closed=False, highwater=lambda tp: 3)

    async def taken() -> Any:
        loop = asyncio.get_running_loop()
        owner = consumer(Log())
        thread = BulkConsumerThread(owner, loop=loop, thread_loop=loop)
        (records,) = (await thread._fetch_records(read_by, {ONE})).values()
        return records, owner._batch(ONE, records)

    records, batch = asyncio.run(taken())
    assert not any(isinstance(record, ConsumerRecord) for record in records)
    assert batch.records == [(0, b"a"), (1, None), (2, b"c")]
    assert (batch.topic, batch.partition, batch.offset, batch.timestamp) == ("events", 0, 2, 1_772_323_200.0)


@pytest.mark.parametrize(
    ("end", "lying", "wait"),
    [(3, False, FETCH_WAIT_MS), (4, False, FETCH_BEHIND_MS), (3, True, FETCH_BEHIND_MS)],
    ids=["all was taken", "more is at the broker", "more was fetched"],
)
def test_a_fetch_waits_long_only_where_nothing_more_is_known_of(end: int, lying: bool, wait: int) -> None:
    async def fetched_records(*_: Any, **__: Any) -> Any:
        return {ONE: [SimpleNamespace(offset=2)]}

    fetcher = SimpleNamespace(
        _records={TWO: None} if lying else {}, _closed=False, fetched_records=fetched_records,
        _subscriptions=SimpleNamespace(fetch_context=contextlib.nullcontext),
    )  # fmt: skip
    read_by = SimpleNamespace(_fetcher=fetcher, _closed=False, highwater=lambda tp: end)

    async def take() -> None:
        loop = asyncio.get_running_loop()
        thread = BulkConsumerThread(consumer(Log()), loop=loop, thread_loop=loop)
        await thread._fetch_records(read_by, {ONE})

    asyncio.run(take())
    assert fetcher._fetch_max_wait_ms == wait


@pytest.mark.parametrize("held", [{ONE}, {ONE, TWO}], ids=["one of two", "all"])
def test_partitions_held_back_are_asked_for_again_soon(
    held: set[TP], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faust would wait a second for the others, or sleep for one where there are none."""

    async def waits() -> list[float]:
        reading, seconds = consumer(Log()), []

        async def asked(active_partitions: Any, timeout: float) -> Any:
            seconds.append(timeout)
            return {}

        async def slept(n: float) -> None:
            seconds.append(n)

        monkeypatch.setattr(reading, "_getmany", asked)
        monkeypatch.setattr(reading, "sleep", slept)
        monkeypatch.setattr(type(reading), "_wait_next_records", BulkConsumer._wait_next_records)
        reading._set_active_tps({ONE, TWO})
        assert [got async for got in reading.getmany(1.0)] == []
        for tp in held:
            reading.on_buffer_full(tp)
        assert [got async for got in reading.getmany(1.0)] == []
        return seconds

    assert asyncio.run(waits()) == [1.0, FULL_SECONDS]


class Log:
    """What a broker would hand to the consumer: fetches queued by the test, and offsets it was told."""

    def __init__(self) -> None:
        self.fetches: list[dict[TP, list[int]]] = []
        self.committed: dict[TP, int] = {}
        self.end = 1000
        self.produced_ms: int | None = None


def consumer(log: Log) -> BulkConsumer:
    """A bulk consumer over that log, with every partition assigned."""
    loop = asyncio.get_running_loop()
    app = faust.App("rules", loop=loop, broker="kafka://127.0.0.1:1", store="memory://", web_enabled=False)
    app.transport = BulkTransport(app.conf.broker_consumer, app, loop=app.loop)
    app.topics.acks_enabled_for = lambda topic: True  # type: ignore[method-assign]

    class Fed(BulkConsumer):
        flow_active = True

        def _new_consumer_thread(self) -> Any:
            return mode.Service(loop=self.loop, beacon=self.beacon)  # the thread that would talk to a broker

        async def _wait_next_records(self, timeout: float) -> tuple[Any, Any]:
            fetch = log.fetches.pop(0)
            return {
                tp: [record(tp, offset, log.produced_ms) for offset in offsets]
                for tp, offsets in fetch.items()
            }, None

        def highwater(self, tp: TP) -> int:
            return log.end

        async def seek_to_committed(self) -> dict[TP, int]:
            return log.committed

        async def _seek(self, partition: TP, offset: int) -> None:
            pass

    async def nothing(*_: Any) -> None:
        return None

    return Fed(
        app.transport, callback=nothing, on_partitions_revoked=nothing, on_partitions_assigned=nothing, loop=app.loop
    )  # fmt: skip


def record(tp: TP, offset: int, produced_ms: int | None = None) -> Any:
    """A record as the client library gives it."""
    return SimpleNamespace(
        topic=tp.topic, partition=tp.partition, offset=offset, value=b"%d" % offset,
        timestamp=produced_ms, timestamp_type=0,
    )  # fmt: skip


async def fetched(consumer: BulkConsumer, log: Log, fetch: dict[TP, list[int]]) -> list[Batch]:
    """The batches of one fetch."""
    log.fetches.append(fetch)
    return [batch async for _, batch in consumer.getmany(0)]


def rule(test: Callable[[BulkConsumer, Log], Awaitable[None]]) -> Callable[[], None]:
    """A test over a consumer with nothing fetched yet."""

    def run() -> None:
        async def body() -> None:
            log = Log()
            await test(consumer(log), log)

        asyncio.run(body())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


def committable(consumer: BulkConsumer, tps: Iterable[TP] = (ONE, TWO)) -> dict[TP, int]:
    """What would be committed now; each is told once."""
    offsets = {tp: consumer._new_offset(tp) for tp in tps}
    return {tp: offset for tp, offset in offsets.items() if offset is not None}


@rule
async def test_a_fetch_gives_one_batch_a_partition_with_all_its_records(it: BulkConsumer, log: Log) -> None:
    one, two = await fetched(it, log, {ONE: [3, 4, 5], TWO: [0]})
    assert (one.tp, one.offset, one.records) == (ONE, 5, [(3, b"3"), (4, b"4"), (5, b"5")])
    assert (two.tp, two.offset, two.records) == (TWO, 0, [(0, b"0")])


@rule
async def test_nothing_is_committed_before_it_is_acknowledged(it: BulkConsumer, log: Log) -> None:
    await fetched(it, log, {ONE: [0, 1]})
    assert committable(it) == {}


@rule
async def test_what_is_not_committed_waits_up_to_the_end_of_the_log(it: BulkConsumer, log: Log) -> None:
    (batch,) = await fetched(it, log, {ONE: [0, 1, 2]})
    assert it.waiting(ONE) == Waiting(1000, 0.0)
    it.ack(batch)
    it._committed_offset.update(committable(it))
    assert it.waiting(ONE) == Waiting(997, 0.0)


@rule
async def test_the_oldest_record_handed_out_tells_since_when_it_waits(it: BulkConsumer, log: Log) -> None:
    log.produced_ms = int((time.time() - 100) * 1000)
    (first,) = await fetched(it, log, {ONE: [0, 1]})
    log.produced_ms = int((time.time() - 50) * 1000)
    (second,) = await fetched(it, log, {ONE: [2]})
    assert 100 <= it.waiting(ONE).seconds < 110
    it.ack(first)
    committable(it)
    assert 50 <= it.waiting(ONE).seconds < 60
    it.ack(second)
    committable(it)
    assert it.waiting(ONE).seconds == 0.0


@rule
async def test_acknowledging_a_batch_commits_one_past_its_last_record(it: BulkConsumer, log: Log) -> None:
    (batch,) = await fetched(it, log, {ONE: [0, 1, 2]})
    it.ack(batch)
    assert committable(it) == {ONE: 3}
    assert committable(it) == {}


@rule
async def test_only_the_run_from_the_oldest_batch_on_is_committed(it: BulkConsumer, log: Log) -> None:
    batches = [(await fetched(it, log, {ONE: [2 * n, 2 * n + 1]}))[0] for n in range(4)]
    told = []
    for n in (2, 1, 0, 3):
        it.ack(batches[n])
        told.append(committable(it))
    assert told == [{}, {}, {ONE: 6}, {ONE: 8}]


@rule
async def test_partitions_do_not_wait_for_each_other(it: BulkConsumer, log: Log) -> None:
    _, two = await fetched(it, log, {ONE: [0, 1], TWO: [0, 1, 2]})
    it.ack(two)
    assert committable(it) == {TWO: 3}


@rule
async def test_gaps_in_the_log_hold_nothing_up(it: BulkConsumer, log: Log) -> None:
    first = (await fetched(it, log, {ONE: [5, 9]}))[0]
    second = (await fetched(it, log, {ONE: [40, 41]}))[0]
    await it._add_gap(ONE, 10, 40)
    it.ack(second)
    assert committable(it) == {}
    it.ack(first)
    assert committable(it) == {ONE: 42}


@rule
async def test_a_batch_acknowledged_twice_counts_once(it: BulkConsumer, log: Log) -> None:
    (batch,) = await fetched(it, log, {ONE: [0]})
    assert (it.ack(batch), it.ack(batch)) == (True, False)
    assert committable(it) == {ONE: 1}


@rule
async def test_after_a_seek_what_was_handed_out_before_no_longer_counts(it: BulkConsumer, log: Log) -> None:
    (before,) = await fetched(it, log, {ONE: [0, 1]})
    await it.seek(ONE, 0)
    (again,) = await fetched(it, log, {ONE: [0, 1, 2]})
    it.ack(again)
    assert committable(it) == {ONE: 3}
    it.ack(before)
    assert committable(it) == {}


@rule
async def test_going_back_to_the_committed_offsets_forgets_every_partition(
    it: BulkConsumer, log: Log
) -> None:
    await fetched(it, log, {ONE: [4], TWO: [7]})
    log.committed = {ONE: 4, TWO: 7}
    await it.perform_seek()
    one, two = await fetched(it, log, {ONE: [4, 5], TWO: [7, 8]})
    it.ack(two)
    it.ack(one)
    assert committable(it) == {ONE: 6, TWO: 9}


@rule
async def test_a_rebalance_that_comes_while_it_goes_back_ends_nothing(it: BulkConsumer, log: Log) -> None:
    await fetched(it, log, {ONE: [0, 1]})

    async def moved() -> Any:
        raise IllegalStateError("No current assignment for partition")

    it.seek_to_committed = moved  # type: ignore[method-assign]
    await it.perform_seek()
    assert committable(it) == {}


@rule
async def test_a_partition_that_moves_away_is_forgotten_and_the_others_are_not(
    it: BulkConsumer, log: Log
) -> None:
    one, two = await fetched(it, log, {ONE: [0], TWO: [0]})
    await it.on_partitions_revoked({ONE})
    it.ack(one)
    it.ack(two)
    assert committable(it) == {TWO: 1}


@rule
async def test_records_before_the_offset_read_from_are_not_handed_out_again(
    it: BulkConsumer, log: Log
) -> None:
    await it.seek(ONE, 10)
    assert await fetched(it, log, {ONE: [8, 9]}) == []
    (batch,) = await fetched(it, log, {ONE: [9, 10]})
    it.ack(batch)
    assert committable(it) == {ONE: 11}


@rule
async def test_a_log_made_anew_is_read_and_committed_from_its_beginning(it: BulkConsumer, log: Log) -> None:
    await it.seek(ONE, 500)
    it._committed_offset[ONE] = 500
    log.end = 2
    (batch,) = await fetched(it, log, {ONE: [0, 1]})
    it.ack(batch)
    assert committable(it) == {ONE: 2}
    assert it._committed_offset[ONE] is None


@rule
async def test_a_commit_that_was_refused_is_not_taken_for_done(it: BulkConsumer, log: Log) -> None:
    async def nothing() -> None:
        return None

    async def refused(offsets: Mapping[TP, int]) -> bool:
        return False

    it.app._producer = SimpleNamespace(flush=nothing)  # type: ignore[attr-defined]
    it.assignment = lambda: {ONE}  # type: ignore[method-assign]
    it._commit = refused  # type: ignore[method-assign]
    (batch,) = await fetched(it, log, {ONE: [0, 1]})
    it.ack(batch)
    assert not await it._commit_offsets(committable(it))
    await it.perform_seek()
    (again, beside) = await fetched(it, log, {ONE: [0, 1], TWO: [0]})
    it.ack(beside)
    assert it._new_offset(ONE) is None, "what is read again is stored again first"
    it.ack(again)
    assert it._new_offset(ONE) == 2


@rule
async def test_a_commit_that_comes_through_after_going_back_holds_nothing_up(
    it: BulkConsumer, log: Log
) -> None:
    (again,) = await fetched(it, log, {ONE: [0, 1]})
    it._committed_offset[ONE] = 2
    it.ack(again)
    (later,) = await fetched(it, log, {ONE: [2, 3]})
    it.ack(later)
    assert committable(it) == {ONE: 4}


@rule
async def test_while_a_rebalance_is_under_way_nothing_is_handed_out(it: BulkConsumer, log: Log) -> None:
    it.flow_active = False
    assert await fetched(it, log, {ONE: [0]}) == []
    it.flow_active = True
    (batch,) = await fetched(it, log, {ONE: [0]})
    it.ack(batch)
    assert committable(it) == {ONE: 1}


# With the embedded broker --------------------------------------------------------------------------------------------


def events(count: int, start: int = 0) -> list[Message]:
    return [event(n, "reported", "2026-03-01T08:00:00+08:00") for n in range(start, start + count)]


def committed_of(chain: Chain) -> dict[int, int]:
    """The committed offset of each partition of the events topic that has one."""
    admin = KafkaAdminClient(bootstrap_servers=chain.brokers)
    try:
        found = committed(admin, chain.settings.group)
    finally:
        admin.close()
    name = topic_name(chain.settings, "events")
    return {tp.partition: offset for tp, offset in found.items() if tp.topic == name}


def test_a_commit_that_meets_a_rebalance_is_left_undone_and_ends_nothing() -> None:
    async def rules() -> tuple[bool, BaseException | None]:
        made = AIOKafkaConsumer(bootstrap_servers="127.0.0.1:1", group_id="rules")
        made.subscribe(["events"])  # and given no partitions yet
        with pytest.raises(IllegalStateError, match="No partitions assigned"):
            await made.commit({TopicPartition("events", 0): 5})
        loop = asyncio.get_running_loop()
        thread = BulkConsumerThread(consumer(Log()), loop=loop, thread_loop=loop)
        thread._consumer = made
        done = await thread._commit({ONE: 5})
        await made.stop()
        return done, thread.crash_reason

    assert asyncio.run(rules()) == (False, None)


@pytest.mark.broker
def test_a_restarted_worker_goes_on_at_the_committed_offset(store: Store, brokers: str) -> None:
    with Chain(small.pack(), store, brokers=brokers, partitions=1, session_timeout=3) as chain:
        chain.send("events", events(40), packed=False)
        chain.send_raw(
            "events", msgspec.json.encode(events(3000, 1000))
        )  # one record, larger than one fetch asks for
        assert chain.worker.intakers["events"].messages <= 3040
        chain.settle()
        assert store.rows(CASES) == [(3040, 3040)]
        own = chain.worker.app.conf.datadir
        assert own.is_dir()
        chain.restart_worker()
        assert not own.exists(), "a worker that ends leaves no folder behind"
        assert committed_of(chain) == {0: 41}
        chain.send("events", events(5, 9000), packed=False)
        chain.settle()
        assert chain.worker.intakers["events"].messages == 5
        assert store.rows(CASES) == [(3045, 3045)]


@pytest.mark.broker
def test_the_waits_and_the_size_of_a_fetch_are_those_of_the_transport(store: Store, brokers: str) -> None:
    with Chain(small.pack(), store, brokers=brokers, partitions=1, session_timeout=3) as chain:
        thread = cast(BulkConsumer, chain.worker.app.consumer)._thread
        fetcher = cast(BulkConsumerThread, thread)._ensure_consumer()._fetcher
        assert (fetcher._fetch_min_bytes, fetcher._fetch_max_wait_ms) == (FETCH_LEAST_BYTES, FETCH_WAIT_MS)
        assert fetcher._fetch_max_bytes == FETCH_MOST_BYTES


@pytest.mark.broker
def test_while_more_lies_at_the_broker_no_fetch_waits_long(
    store: Store, brokers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[int] = []

    def request(wait: int, *rest: Any, **more: Any) -> Any:
        waits.append(wait)
        return FetchRequest(wait, *rest, **more)

    with Chain(small.pack(), store, brokers=brokers, partitions=1, session_timeout=3) as chain:
        chain.stop_worker()
        for first in (
            1000,
            3000,
            5000,
        ):  # each record is larger than one fetch asks for, however well it is packed
            padded = [event | {"zeta": secrets.token_hex(200)} for event in events(2000, first)]
            chain.send_raw("events", msgspec.json.encode(padded))
        monkeypatch.setattr(fetcher, "FetchRequest", request)
        chain.start_worker()
        chain.settle()
        wait_until(lambda: waits[-1] == FETCH_WAIT_MS, 10, lambda: f"{waits}")
    assert [wait for wait, _ in groupby(waits)] == [FETCH_WAIT_MS, FETCH_BEHIND_MS, FETCH_WAIT_MS]


@pytest.mark.broker
def test_what_is_stored_is_committed_before_the_app_ends(store: Store, brokers: str) -> None:
    with Chain(small.pack(), store, brokers=brokers, partitions=1, session_timeout=3) as chain:
        app = chain.worker.app
        end = app.stop

        async def end_in_a_rebalance() -> None:
            await app.consumer.perform_seek()  # as a rebalance does that comes at this moment
            await end()

        app.stop = end_in_a_rebalance  # type: ignore[method-assign]
        chain.send("events", events(40), packed=False)
        chain.settle()
        chain.restart_worker()
        assert committed_of(chain) == {0: 40}
        chain.settle()
        assert chain.worker.intakers["events"].messages == 0


@pytest.mark.broker
def test_what_a_rebalance_leaves_is_taken_again_though_nothing_was_committed_yet(
    store: Store, brokers: str
) -> None:
    with Chain(small.pack(), store, brokers=brokers, partitions=1, session_timeout=3) as chain:
        consumer, loop = cast(BulkConsumer, chain.worker.app.consumer), chain.worker.app.loop
        fetch, fetching, dropped = consumer._getmany, threading.Event(), threading.Event()

        async def noted(*args: Any, **kwargs: Any) -> Any:
            fetching.set()
            found = await fetch(*args, **kwargs)
            if found and not consumer.flow_active:
                dropped.set()
            return found

        consumer._getmany = noted  # type: ignore[method-assign]
        sent = 0
        while not dropped.is_set() and sent < 100:  # a fetch may end at the very moment
            assert fetching.wait(30)
            loop.call_soon_threadsafe(consumer.stop_flow)  # as a rebalance does, amid a fetch that waits
            sent += chain.send("events", events(5, sent), packed=False)
            dropped.wait(1.5)
            fetching.clear()
            loop.call_soon_threadsafe(consumer.resume_flow)
        assert dropped.is_set()
        sent += chain.send("events", events(5, 9000), packed=False)
        chain.settle()
        assert store.rows(CASES) == [(sent, sent)]


@pytest.mark.broker
def test_nothing_is_acknowledged_before_it_is_stored(store: Store, brokers: str) -> None:
    away = FailingStore(store.url, failing=10**9, when=lambda what: what == "event_messages")
    with Chain(small.pack(), away, brokers=brokers, **IMPATIENT) as chain:
        chain.send("events", events(20), packed=False)
        wait_until(lambda: away.failed >= 3, 30, lambda: f"{away.failed} tries")
        assert chain.worker.intakers["events"].messages == 0
        chain.restart_worker()
        assert committed_of(chain).get(0, 0) == 0
        assert store.rows(CASES) == [(0, 0)]
        away.failing = 0
        chain.settle()
        assert store.rows(CASES) == [(20, 20)]
    away.close()


@pytest.mark.broker
def test_a_store_that_fails_a_few_times_is_tried_again_until_it_takes_the_batch(
    store: Store, brokers: str
) -> None:
    away = FailingStore(store.url, failing=3, when=lambda what: "rollup_marks" in what)
    with Chain(small.pack(), away, brokers=brokers, **IMPATIENT) as chain:
        chain.send("events", events(20), packed=False)
        chain.settle()
        assert away.failed == 3
        assert store.rows(CASES) == [(20, 20)]
        assert chain.worker.intakers["events"].messages == 20
    away.close()
