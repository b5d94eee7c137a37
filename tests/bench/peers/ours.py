"""The whole worker, as `gridpulse worker` runs it: quarantine, facts, marks, rollups, rules."""

from __future__ import annotations

import os
import sys
import time

from schemas.clock import WallClock
from schemas.contracts import Topic
from schemas.process import begin_work
from streams import rollups
from streams.settings import WorkerSettings
from tests.bench.peers.work import Stopwatch, fresh_store, pack
from tests.support.chain import RunningWorker

_PAUSE = 0.01


def main(brokers: str, prefix: str, topic: Topic, count: int, folder: str) -> None:
    """Take `count` records of one topic; tells the seconds to the last stored and to the last figure."""
    store, known, watch = fresh_store(folder), pack(), Stopwatch()
    settings = WorkerSettings(
        brokers=brokers, topic_prefix=prefix, group=f"ours-{os.getpid()}", session_timeout=6
    )
    running = RunningWorker(store, known, WallClock(), settings)
    begin_work()
    running.start()
    watch.begin()
    intaker = running.worker.intakers[topic]
    while intaker.messages < count:
        running.check()
        time.sleep(_PAUSE)
    taken = watch.lap()
    while any(rollups.dirty_units(store, rollup) for rollup in rollups.ROLLUPS if not rollup.hourly):
        time.sleep(10 * _PAUSE)
    figures = {f"figures_{name}": value for name, value in watch.lap().items()}
    watch.tell(store, taken | figures)
    running.stop()


if __name__ == "__main__":
    _, brokers, prefix, topic, count, folder = sys.argv
    main(brokers, prefix, topic, int(count), folder)  # type: ignore[arg-type]
