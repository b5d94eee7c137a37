"""Quix Streams with a batching sink: a batch is written and its offsets are committed at every checkpoint."""

from __future__ import annotations

import os
import time
from typing import Any

from quixstreams import Application
from quixstreams.sinks import BatchingSink, SinkBatch

from tests.bench.peers.work import Stopwatch, asked, fresh_store, insert, pack

AT_ONCE = 10_000

brokers, topic, count, folder = asked()
store, known, watch = fresh_store(folder), pack(), Stopwatch()


class Insert(BatchingSink):
    """Inserts what came of one partition since the last checkpoint."""

    stored = 0

    def write(self, batch: SinkBatch) -> None:
        values = [item.value for item in batch]
        insert(store, known, values)
        self.stored += len(values)
        if self.stored >= count:
            watch.tell(store, watch.lap())
            app.stop()

    def add(self, **record: Any) -> None:
        watch.begin()
        super().add(**record)


app = Application(
    broker_address=brokers,
    consumer_group=f"quix-{os.getpid()}",
    auto_offset_reset="earliest",
    commit_every=4 * AT_ONCE,
    commit_interval=5.0,
    auto_create_topics=False,
    state_dir=f"{folder}/quix-{os.getpid()}-{time.monotonic_ns()}",
    loglevel="WARNING",
    consumer_extra_config={"fetch.message.max.bytes": 4 * 1024 * 1024, "session.timeout.ms": 6000},
)
app.dataframe(app.topic(topic, value_deserializer="bytes", key_deserializer="bytes")).sink(Insert())
app.run()
