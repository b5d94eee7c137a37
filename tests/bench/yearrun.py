"""One run of `bench year` in a process of its own; prints the time of every stage, CPU, memory and what verify says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import resource
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer
from kafka.admin import KafkaAdminClient

import gridpulse
from dashboard.settings import DashboardSettings
from schemas.clickhouse import Store, migrate
from schemas.clock import Clock, FixedClock, WallClock
from schemas.contracts import Topic
from schemas.packs import Pack
from schemas.process import begin_work
from streams import rollups
from streams.app import topic_name, topic_names
from streams.broker import create_topics, embedded_broker, free_port
from streams.feed import Feeder
from streams.rows import INTAKES
from streams.settings import WorkerSettings
from streams.verify import verify
from tests.bench.fill import END
from tests.bench.peers.work import fresh_store, pack
from tests.bench.report import peak_mb
from tests.support.chain import RunningWorker
from tests.support.offsets import committed, ends

_PAUSE = 0.1


class Stages:
    """Seconds since the start at which each stage was over."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self.done: dict[str, float] = {}

    def wait(self, name: str, holds: Callable[[], bool]) -> None:
        """Until it holds."""
        while not holds():
            time.sleep(_PAUSE)
        self.done[name] = time.monotonic() - self._begun


def tell(store: Store, known: Pack, stages: Stages, records: int) -> None:
    """Print what was measured; then, not measured, the number of cases and of differences found by verify."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    told: dict[str, Any] = {
        "stages": stages.done,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_mb": peak_mb(),
        "records": records,
    }
    ((events,),) = store.rows("SELECT uniqExact(source, id, reported_at) FROM event_newest")
    told |= {"events": int(events), "differences": len(verify(store, known).differences)}
    print(json.dumps(told), flush=True)


def settled(store: Store, now: Clock) -> bool:
    """Nothing is left to recompute but hours that are still running."""
    return not any(
        not rollup.hourly or dirty.unit.timestamp() + 3600 <= now.now().timestamp()
        for rollup in rollups.ROLLUPS
        for dirty in rollups.dirty_units(store, rollup)
    )


def filled(brokers: str, prefix: str, counts: dict[str, int], folder: str) -> None:
    """The worker over filled topics."""
    store, known, clock = fresh_store(folder), pack(), FixedClock(END)
    stages = Stages()
    settings = WorkerSettings(
        brokers=brokers, topic_prefix=prefix, group=f"year-{os.getpid()}", session_timeout=6
    )
    running = RunningWorker(store, known, clock, settings)
    begin_work()
    running.start()
    stages.wait("joined", lambda: True)
    topics: tuple[Topic, ...] = ("mediation", "events", "cameras")
    for topic in topics:
        stages.wait(f"{topic} stored", partial(_stored, running, topic, counts[topic]))
    stages.wait("last figure", lambda: settled(store, clock))
    running.stop()
    tell(store, known, stages, sum(counts.values()))


def _stored(running: RunningWorker, topic: Topic, count: int) -> bool:
    running.check()
    return running.worker.intakers[topic].messages >= count


def nothing(folder: str) -> None:
    """The demo: broker, feed, worker and screens in this process."""
    known, clock = pack(), WallClock()
    screens = DashboardSettings(port=free_port())
    store = Store(f"chdb://{Path(tempfile.mkdtemp(dir=folder)) / 'store'}")
    stages = Stages()
    with embedded_broker() as brokers:
        settings = WorkerSettings(brokers=brokers, session_timeout=6)
        create_topics(brokers, topic_names(settings), settings.partitions, settings.replication)
        migrate(store)
        source = partial(gridpulse.demo_source, known, Path(folder))
        feeder = Feeder(source, brokers, clock, settings.topic_prefix, True)
        watching = threading.Thread(
            target=_watch, args=(stages, store, clock, feeder, brokers, settings), daemon=True
        )
        watching.start()
        asyncio.run(gridpulse.run_together(store, known, clock, settings, screens, feeder))
        watching.join()
    ((records,),) = store.rows(
        "SELECT (SELECT count() FROM event_stages) + (SELECT count() FROM camera_said)"
    )
    tell(store, known, stages, int(records))


def _watch(
    stages: Stages, store: Store, clock: Clock, feeder: Feeder, brokers: str, settings: WorkerSettings
) -> None:
    stages.wait("first message sent", lambda: feeder.sent > 0)
    stages.wait("all sent", feeder.filled.is_set)
    with (
        contextlib.closing(KafkaConsumer(bootstrap_servers=brokers, group_id=None)) as consumer,
        contextlib.closing(KafkaAdminClient(bootstrap_servers=brokers)) as admin,
    ):
        sent = ends(consumer, [topic_name(settings, topic) for topic in INTAKES])

        def stored() -> bool:
            """All that was sent by then: the feed goes on, live, and that nothing waits is a matter of luck."""
            reached = committed(admin, settings.group)
            return all(reached.get(tp, 0) >= end for tp, end in sent.items())

        stages.wait("all stored", stored)
    stages.wait("last figure", lambda: settled(store, clock))
    os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("kafka").setLevel(logging.ERROR)
    if sys.argv[1] == "filled":
        filled(sys.argv[2], sys.argv[3], json.loads(sys.argv[4]), sys.argv[5])
    else:
        nothing(sys.argv[2])
