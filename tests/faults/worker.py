"""A worker as a process of its own that dies at a named point: `python -m tests.faults.worker`, settings GRIDPULSE_*.

`FAULT_AT=point:n` kills it as `kill -9` would when it comes to that point for the n-th time; `FAULT_AT=hang:n` makes
its consumer wait for ever after the n-th fetch, once. `FAULT_STRICT` makes it refuse some good messages. The points are
laid around the product's seams (store, consumer, decoding), never inside it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Container, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import compress
from typing import Any

import pyarrow as pa
from faust.types import TP

from schemas.clickhouse import Store, migrate
from schemas.clock import FixedClock
from schemas.contracts import Topic
from streams import agents
from streams.app import create_worker
from streams.decoding import Decoded, Reject, decode
from streams.logs import begin_log
from streams.rollups import ROLLUPS
from streams.running import serve_worker
from streams.settings import WorkerSettings
from streams.transport import Batch, BulkConsumer
from tests.support import small
from tests.support.chain import LATE

log = logging.getLogger("faults")

POINTS = (
    "after_fetch",
    "before_insert",
    "after_insert",
    "after_mark",
    "before_rollup",
    "after_rollup",
    "before_commit",
    "in_rebalance",
)
_DERIVED = tuple(f"INSERT INTO {derived.table} " for rollup in ROLLUPS for derived in rollup.tables)


class Fuse:
    """Ends the process at the n-th passage of one point."""

    def __init__(self, text: str) -> None:
        point, _, times = text.partition(":")
        self._point, self._times = point, int(times or 1)
        self._passed: Counter[str] = Counter()

    def blows(self, point: str) -> bool:
        """Whether this is the n-th passage of the point."""
        self._passed[point] += 1
        return point == self._point and self._passed[point] == self._times

    def at(self, point: str) -> None:
        if self.blows(point):
            os.kill(os.getpid(), signal.SIGKILL)


class FusedStore(Store):
    """A store with points around facts, marks and rollups."""

    def __init__(self, url: str, fuse: Fuse) -> None:
        super().__init__(url)
        self._fuse = fuse

    def insert(self, table: str, rows: pa.Table) -> None:
        facts = table.endswith("_messages")
        if facts:
            log.info("writing %d rows", rows.num_rows)
            self._fuse.at("before_insert")
        super().insert(table, rows)
        if facts:
            log.info("wrote %d rows", rows.num_rows)
            self._fuse.at("after_insert")

    def command(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        if sql.startswith(_DERIVED):
            self._fuse.at("before_rollup")
        super().command(sql, parameters)
        if sql.startswith("INSERT INTO rollup_marks"):
            self._fuse.at("after_mark")
        if sql.startswith("INSERT INTO rollup_current"):
            self._fuse.at("after_rollup")


def fused_consumer(fuse: Fuse) -> type[BulkConsumer]:
    """A consumer with points after a fetch, before a commit and where partitions are taken away."""

    class FusedConsumer(BulkConsumer):
        async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Batch]]:
            async for fetched in super().getmany(timeout):
                fuse.at("after_fetch")
                if fuse.blows("hang"):
                    del os.environ["FAULT_AT"]  # it starts again without
                    await asyncio.Event().wait()
                yield fetched

        async def _commit(self, offsets: Mapping[TP, int]) -> bool:
            fuse.at("before_commit")
            committed: bool = await super()._commit(offsets)
            return committed

        async def on_partitions_revoked(self, revoked: set[TP]) -> None:
            if revoked:
                fuse.at("in_rebalance")
            await super().on_partitions_revoked(revoked)

    return FusedConsumer


def strict(
    topic: Topic, records: Iterable[tuple[int, bytes | None]], codes: Container[str] = ()
) -> Iterator[Decoded]:
    """As a worker would decode that refuses by mistake what `refused` names."""
    for offset, value in records:
        decoded = decode(topic, [(offset, value)], codes)
        taken = [not refused(getattr(message, "id", "")) for message in decoded.messages]
        yield Decoded(
            list(compress(decoded.messages, taken)),
            list(compress(decoded.canonical, taken)),
            [Reject(offset, 0, "bad_value", "id", "")] * taken.count(False) + decoded.rejects,
        )


def refused(case: str) -> bool:
    """About one case in a hundred."""
    return case.endswith("77")


class JumpingClock:
    """A clock that is decades off about every other time it is read."""

    replay: float | None = None

    def __init__(self) -> None:
        self._dice = random.Random(1)

    def now(self) -> datetime:
        return self._dice.choice((LATE, datetime(2001, 1, 1, tzinfo=UTC)))


async def run(settings: WorkerSettings, store: Store, fuse: Fuse) -> None:
    clock = JumpingClock() if os.environ.get("FAULT_CLOCK") == "jumps" else FixedClock(LATE)
    worker = create_worker(store, small.pack(), clock, settings)
    worker.app.transport.Consumer = fused_consumer(fuse)  # type: ignore[misc]
    await serve_worker(worker)


def main() -> None:
    begin_log()
    if os.environ.get("FAULT_STRICT"):
        agents.decode_runs = strict  # type: ignore[attr-defined]
    settings, fuse = WorkerSettings(), Fuse(os.environ.get("FAULT_AT", ""))
    store = FusedStore(settings.store, fuse)
    migrate(store)
    asyncio.run(run(settings, store, fuse))
    store.close()


if __name__ == "__main__":
    main()
