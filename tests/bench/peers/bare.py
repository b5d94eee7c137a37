"""The practical limit: a bare aiokafka consumer group, typed decoding and an insert, one after the other."""

from __future__ import annotations

import asyncio
import os

from aiokafka import AIOKafkaConsumer

from tests.bench.peers.work import Stopwatch, asked, fresh_store, insert, pack


async def main() -> None:
    brokers, topic, count, folder = asked()
    store, known, watch = fresh_store(folder), pack(), Stopwatch()
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=brokers,
        group_id=f"bare-{os.getpid()}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    await consumer.start()
    stored = 0
    while stored < count:
        fetched = await consumer.getmany(timeout_ms=500)
        values = [record.value for records in fetched.values() for record in records]
        if values:
            watch.begin()
            await asyncio.to_thread(insert, store, known, values)
            await consumer.commit()
            stored += len(values)
    watch.tell(store, watch.lap())
    await consumer.stop()


asyncio.run(main())
