"""Quarantine as an operator handles it: list what is held, show one, send again what can be taken after a fix."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

import msgspec
import pyarrow as pa
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from schemas.clickhouse import Store
from schemas.contracts import Topic
from schemas.errors import ConfigError
from streams.columns import Milliseconds
from streams.decoding import WHOLE_MESSAGE, decode
from streams.produce import Producer
from streams.settings import WorkerSettings

#: Records so far ahead are read up to; those farther off are sought.
NEAR = 1000

_HELD = """
    SELECT topic, partition, offset, item, reason, field, at, payload FROM quarantine FINAL
    WHERE NOT replayed AND ({topic:String} = '' OR topic = {topic:String})
    ORDER BY at DESC, topic, partition, offset, item LIMIT {limit:UInt64}
"""
_REASONS = """
    SELECT topic, reason, field, count(), max(at) FROM quarantine FINAL
    WHERE NOT replayed GROUP BY topic, reason, field ORDER BY count() DESC, topic, reason, field
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A record in quarantine: where it stands in its topic, and why it was not taken."""

    topic: str
    partition: int
    offset: int
    item: int
    reason: str
    field: str
    at: datetime
    payload: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did: records sent again, still bad, and no longer in their topic."""

    sent: int
    still_bad: int
    gone: int


def held(store: Store, topic: str = "", limit: int = 100) -> list[Held]:
    """The newest records in quarantine, of one topic or all."""
    rows = store.rows(_HELD, {"topic": topic, "limit": limit})
    return [
        Held(topic, partition, offset, item, reason, field, at.replace(tzinfo=UTC), payload)
        for topic, partition, offset, item, reason, field, at, payload in rows
    ]


def reasons(store: Store) -> list[tuple[Any, ...]]:
    """(topic, reason, field, records, newest) of what is held, most first."""
    return [tuple(row) for row in store.rows(_REASONS)]


def replay(store: Store, settings: WorkerSettings, topic: str = "") -> Replayed:
    """Read the held records' messages again from their topics and send those items that are good now.

    A replayed record counts once however often it is sent, like any message. Records whose message the broker no
    longer has stay in quarantine. Raises `ConfigError` where no broker answers.
    """
    records = [r for r in held(store, topic, 10**9) if r.topic in get_args(Topic)]
    values = asyncio.run(_read(settings, {(r.topic, r.partition, r.offset) for r in records}))
    good: list[tuple[Held, bytes]] = []
    still_bad = gone = 0
    for record in records:
        place = (record.topic, record.partition, record.offset)
        if place not in values:
            gone += 1
        elif (again := _again(record, values[place])) is None:
            still_bad += 1
        else:
            good.append((record, again))
    _send(settings, good)
    if good:
        store.insert("quarantine", _marked([record for record, _ in good]))
    return Replayed(len(good), still_bad, gone)


def _again(record: Held, value: bytes | None) -> bytes | None:
    """What to send for a held record, None where it is still bad; a message refused whole is sent whole."""
    if record.reason in WHOLE_MESSAGE:
        return value if decode(record.topic, [(record.offset, value)]).messages else None  # type: ignore[arg-type]
    try:
        decoded = msgspec.json.decode(value or b"")
    except (msgspec.DecodeError, RecursionError):
        return None
    items = decoded if isinstance(decoded, list) else [decoded]
    if record.item >= len(items):
        return None
    item = msgspec.json.encode(items[record.item])
    return None if decode(record.topic, [(record.offset, item)]).rejects else item  # type: ignore[arg-type]


def _send(settings: WorkerSettings, good: Sequence[tuple[Held, bytes]]) -> None:
    if not good:
        return
    producer = Producer(settings.brokers)
    try:
        for topic in sorted({record.topic for record, _ in good}):
            values = ((b"", item) for record, item in good if record.topic == topic)
            producer.send(settings.topic_prefix + topic, values)
    finally:
        producer.close()


def _marked(records: Sequence[Held]) -> pa.Table:
    return pa.table(
        {
            "topic": [r.topic for r in records],
            "partition": pa.array([r.partition for r in records], pa.int32()),
            "offset": pa.array([r.offset for r in records], pa.int64()),
            "item": pa.array([r.item for r in records], pa.uint32()),
            "reason": [r.reason for r in records],
            "field": [r.field for r in records],
            "at": pa.array([r.at for r in records], Milliseconds),
            "payload": [r.payload for r in records],
            "replayed": pa.array([1] * len(records), pa.uint8()),
        }
    )


async def _read(
    settings: WorkerSettings, wanted: set[tuple[str, int, int]], patience: float = 5.0
) -> dict[tuple[str, int, int], bytes | None]:
    """The values at these (topic, partition, offset); missing where the broker no longer has them."""
    found: dict[tuple[str, int, int], bytes | None] = {}
    if not wanted:
        return found
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.brokers,
        enable_auto_commit=False,
        auto_offset_reset="none",
        max_partition_fetch_bytes=32 * 1024 * 1024,
    )
    try:
        await consumer.start()
        for topic, partition in sorted({(t, p) for t, p, _ in wanted}):
            at = TopicPartition(settings.topic_prefix + topic, partition)
            offsets = sorted(o for t, p, o in wanted if (t, p) == (topic, partition))
            found |= {
                (topic, partition, offset): value
                for offset, value in (await _values(consumer, at, offsets, patience)).items()
            }
    except KafkaError as error:
        raise ConfigError(
            f"no broker answers at {settings.brokers}: {error}; set GRIDPULSE_BROKERS"
        ) from error
    finally:
        await consumer.stop()
    return found


async def _values(
    consumer: AIOKafkaConsumer, at: TopicPartition, offsets: Sequence[int], patience: float
) -> dict[int, bytes | None]:
    """The values at these ascending offsets of one partition.

    The end of the log is taken from what a fetch says: the embedded broker's own answer for it can be too low.
    """
    found: dict[int, bytes | None] = {}
    wanted = set(offsets)
    consumer.assign([at])
    first, end = (await consumer.beginning_offsets([at]))[at], (await consumer.end_offsets([at]))[at]
    if first == end:
        return found
    reached: int | None = None
    for offset in offsets:
        if offset < first or offset >= (consumer.highwater(at) or offset + 1):
            continue
        if reached is None or offset > reached + NEAR:
            consumer.seek(at, offset)
            reached = None
        with contextlib.suppress(TimeoutError, OffsetOutOfRangeError):
            while reached is None or reached < offset:
                record = await asyncio.wait_for(consumer.getone(at), patience)
                reached = int(record.offset)
                if reached in wanted:
                    found[reached] = record.value
    return found
