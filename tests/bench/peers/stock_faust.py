"""A stock Faust agent that takes many events at once and acknowledges them after the insert."""

from __future__ import annotations

import asyncio
import os
import tempfile
import traceback
from typing import Any

import faust

from tests.bench.peers.work import Stopwatch, asked, fresh_store, insert, pack

AT_ONCE = 10_000


async def main() -> None:
    brokers, topic, count, folder = asked()
    store, known, watch, done = fresh_store(folder), pack(), Stopwatch(), asyncio.Event()
    app = faust.App(
        f"stock-{os.getpid()}",
        loop=asyncio.get_running_loop(),
        broker=f"kafka://{brokers}",
        value_serializer="raw",
        store="memory://",
        datadir=tempfile.mkdtemp(dir=folder),
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        stream_buffer_maxsize=AT_ONCE,
        broker_session_timeout=6,
        broker_rebalance_timeout=6,
        broker_heartbeat_interval=1,
        broker_request_timeout=12,
    )
    source = app.topic(topic, key_serializer="raw", value_serializer="raw", value_type=bytes)
    stored = 0
    failures: list[BaseException] = []

    @app.agent(source)
    async def take(stream: Any) -> None:
        nonlocal stored
        async for events in stream.noack_take(AT_ONCE, within=1):
            try:
                await asyncio.to_thread(insert, store, known, [event.value for event in events])
            except Exception as error:
                failures.append(error)
                done.set()
                raise
            for event in events:
                event.ack()
            stored += len(events)
            if stored >= count:
                done.set()

    @app.task
    async def begin() -> None:
        while not app.consumer.assignment():
            await asyncio.sleep(0.01)
        watch.begin()

    starting = asyncio.create_task(app.start())
    await done.wait()
    if failures:
        traceback.print_exception(failures[0])
        os._exit(1)  # Faust would go on without its agent
    watch.tell(store, watch.lap())
    await app.stop()
    starting.cancel()


asyncio.run(main())
