"""Tells how far this worker is: what waits at the broker, and how old the figures' last recomputation is.

The screens meet the worker only in the store, so it writes that there (table `pipeline`): they can say that history is
still being filled in, or that no worker is at work, instead of showing a low figure as if it were calm.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from faust.types import AppT

from schemas.clickhouse import Store
from schemas.contracts import Topic
from streams.transport import BulkConsumer, Waiting

_TELL = """
    INSERT INTO pipeline (worker, topic, told_at, waiting, waiting_s, rolled_s, filling, broker_s)
    SELECT {worker:String}, row.1, now64(3, 'UTC'), row.2, row.3, {rolled_s:Float64}, {filling:UInt8},
           {broker_s:Float64}
    FROM (SELECT arrayJoin(arrayZip(
        {topics:Array(String)}, {waiting:Array(UInt64)}, {waiting_s:Array(Float64)})) AS row)
"""


def nothing_more() -> bool:
    """No history is on its way: the usual case."""
    return False


@dataclass
class Progress:
    """How far one worker is. `filling` says whether history is still being sent to the topics; `seconds` is real time
    passing."""

    worker: str
    filling: Callable[[], bool] = nothing_more
    seconds: Callable[[], float] = time.monotonic
    _rolled: float = field(init=False)

    def __post_init__(self) -> None:
        self._rolled = self.seconds()

    def rolled(self, begun: float) -> None:
        """Every unit that was touched before `begun` has been recomputed."""
        self._rolled = begun

    @property
    def rolled_seconds(self) -> float:
        """Seconds since the start of the last recomputation of all touched units."""
        return self.seconds() - self._rolled

    def tell(self, store: Store, waiting: Mapping[Topic, Waiting], unanswered: float = 0.0) -> None:
        """Write where the worker stands, and for how many seconds the broker has not answered it. Raises
        `StoreError`."""
        store.command(
            _TELL,
            {
                "worker": self.worker,
                "topics": list(waiting),
                "waiting": [w.messages for w in waiting.values()],
                "waiting_s": [w.seconds for w in waiting.values()],
                "rolled_s": self.rolled_seconds,
                "filling": int(self.filling()),
                "broker_s": unanswered,
            },
        )


def waiting_of(app: AppT, topics: Iterable[Topic], prefix: str) -> dict[Topic, Waiting]:
    """What waits of each topic in the partitions this worker has now."""
    consumer = app.consumer
    found = {topic: Waiting(0, 0.0) for topic in topics}
    if not isinstance(consumer, BulkConsumer) or not consumer.started:
        return found
    for tp in consumer.assignment():
        topic = next((topic for topic in found if prefix + topic == tp.topic), None)
        if topic is not None:
            found[topic] = found[topic] + consumer.waiting(tp)
    return found


def unanswered_of(app: AppT) -> float:
    """Seconds since the broker last answered this worker; 0 before it has begun to ask."""
    consumer = app.consumer
    return consumer.unanswered if isinstance(consumer, BulkConsumer) and consumer.started else 0.0
