"""Fills topics for the benchmarks: simulated messages of the xuecheng pack, single or packed, at full speed."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from zlib import crc32

import orjson
from aiokafka import AIOKafkaProducer

from schemas.contracts import Topic
from schemas.packs import Pack
from streams.simulate import Simulation

#: The benchmarks' year ends here, wherever and whenever they run.
END = datetime(2026, 1, 1, tzinfo=UTC)
PARTITIONS = 4
_BATCH = 512 * 1024

Pairs = Iterable[tuple[bytes, bytes]]


def simulation(pack: Pack, camera_hours: int = 24) -> Simulation:
    """The same simulated year for every benchmark, with the heartbeats of its last hours."""
    return Simulation(pack, END, seed=4, camera_hours=camera_hours)


def singles(packed: Pairs) -> Iterator[tuple[bytes, bytes]]:
    """One message a record, as most upstream systems send them; the key stays."""
    for key, value in packed:
        for record in orjson.loads(value):
            yield key, orjson.dumps(record)


def records(simulated: Simulation, topic: Topic, count: int) -> list[tuple[bytes, bytes]]:
    """The first so many records of a topic's year, one a message."""
    return list(itertools.islice(singles(simulated.packed_batches(topic)), count))


def packs(pairs: Pairs, size: int) -> Iterator[tuple[bytes, bytes]]:
    """The same records, so many of a message."""
    iterator = iter(pairs)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk[0][0], b"[" + b",".join(value for _, value in chunk) + b"]"


def fill(brokers: str, topic: str, pairs: Pairs, partitions: int = PARTITIONS) -> int:
    """Send (key, value) pairs, in order, to the partition of their key; returns how many."""
    return asyncio.run(_fill(brokers, topic, pairs, partitions))


async def _fill(brokers: str, topic: str, pairs: Pairs, partitions: int) -> int:
    producer = AIOKafkaProducer(
        bootstrap_servers=brokers,
        compression_type="zstd",
        max_batch_size=_BATCH,
        max_request_size=16 * 1024 * 1024,
    )
    await producer.start()
    batches = [producer.create_batch() for _ in range(partitions)]
    sent = 0
    try:
        for key, value in pairs:
            partition = crc32(key) % partitions
            if batches[partition].append(key=key, value=value, timestamp=None) is None:
                await producer.send_batch(batches[partition], topic, partition=partition)
                batches[partition] = producer.create_batch()
                batches[partition].append(key=key, value=value, timestamp=None)
            sent += 1
        for partition, batch in enumerate(batches):
            if batch.record_count():
                await producer.send_batch(batch, topic, partition=partition)
        await producer.flush()
    finally:
        await producer.stop()
    return sent
