"""The whole chain in one process for the freshness benchmark, with nothing to feed it: prints the broker's address."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import gridpulse
from dashboard.settings import DashboardSettings
from schemas.clickhouse import Store, migrate
from schemas.clock import WallClock
from schemas.contracts import Topic
from schemas.packs import load_pack
from streams.app import topic_names
from streams.broker import create_topics, embedded_broker
from streams.feed import Feeder, Values
from streams.settings import WorkerSettings


class Nothing:
    """A source without messages: the benchmark sends by itself."""

    def past(self, start: datetime | None, end: datetime) -> Iterator[tuple[Topic, Values]]:
        return iter(())

    def live(self, start: datetime, end: datetime) -> Iterator[tuple[Topic, Values]]:
        return iter(())


def main(port: int) -> None:
    """Serve until ended, put together as the demo is."""
    logging.basicConfig(level=logging.WARNING)
    pack = load_pack("xuecheng")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, embedded_broker() as brokers:
        settings = WorkerSettings(brokers=brokers, session_timeout=6)
        create_topics(brokers, topic_names(settings), settings.partitions, settings.replication)
        store = Store(f"chdb://{Path(folder) / 'store'}")
        migrate(store)
        print(brokers, flush=True)
        screens = DashboardSettings(port=port, window="today")
        clock = WallClock()
        feeder = Feeder(lambda _: Nothing(), brokers, clock, settings.topic_prefix, backfill=False)
        asyncio.run(gridpulse.run_together(store, pack, clock, settings, screens, feeder))
        store.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
