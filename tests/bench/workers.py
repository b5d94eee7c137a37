"""Two workers beside one: the same events from real Kafka into one store over HTTP, each run with a store of its own.

The workers of a run start together and share the topic's four partitions from their first fetch on. Time runs from the
first row in the store until the group has committed the last record. Broker, store and workers share the machine: where
one worker and the store fill it, a second one cannot help, so that the cores they keep busy are told, too.
"""

from __future__ import annotations

import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from kafka.admin import KafkaAdminClient

from schemas.clickhouse import Store, migrate
from streams.app import topic_name, topic_names
from streams.broker import create_topics
from streams.settings import WorkerSettings
from tests.bench.fill import PARTITIONS, fill, records, simulation
from tests.bench.peers.work import PACK, pack
from tests.bench.report import Goal, Result, busy_seconds, machine, row
from tests.faults.run import WorkerProcess
from tests.support.clickhouse import ClickHouse
from tests.support.kafka import kafka_cluster
from tests.support.offsets import committed

_PAUSE = 0.05
_PATIENCE = 900.0


def run(rounds: int, messages: int = 1_500_000) -> Result:
    """`messages` events are taken in by one worker and by two, `rounds` times one after the other."""
    one, two = [], []
    with (
        tempfile.TemporaryDirectory(prefix="gridpulse-bench-") as given,
        kafka_cluster(Path(given) / "kafka") as kafka,
    ):
        names = topic_names(WorkerSettings(brokers=kafka.brokers))
        create_topics(kafka.brokers, names, PARTITIONS, kafka.replication)
        fill(kafka.brokers, "gridpulse.events", records(simulation(pack()), "events", messages))
        for number in range(rounds):
            one.append(_once(kafka.brokers, Path(given) / f"one{number}", 1, messages))
            two.append(_once(kafka.brokers, Path(given) / f"two{number}", 2, messages))
    runs = {"one worker": one, "two workers": two}
    rows = [
        *(row(n, "records/s", [messages / seconds for seconds, _ in found]) for n, found in runs.items()),
        *(
            row(f"busy with {n}", "cores", [busy / seconds for seconds, busy in found])
            for n, found in runs.items()
        ),
    ]
    ratio = rows[1].median / rows[0].median
    goals = {"two_workers": Goal(">= 1.6", ratio, ratio >= 1.6)}
    return Result("workers", machine(), tuple(rows), {"two_workers": ratio}, goals)


def _once(brokers: str, folder: Path, workers: int, messages: int) -> tuple[float, float]:
    """How long it took, and how long all cores together were busy in that time."""
    server = ClickHouse(folder / "store")
    server.start()
    store = Store(server.url)
    migrate(store)
    settings = WorkerSettings(
        brokers=brokers, store=server.url, pack=PACK, group=f"workers-{uuid.uuid4()}", session_timeout=6
    )
    given = {
        f"GRIDPULSE_{name.upper()}": str(value)
        for name, value in settings.model_dump(exclude_none=True, exclude={"webhook_secret"}).items()
    }
    running = [
        WorkerProcess(given, folder / f"worker{number}.log", ("gridpulse", "worker"))
        for number in range(workers)
    ]
    admin = KafkaAdminClient(bootstrap_servers=brokers)
    try:
        _wait(lambda: store.rows("SELECT count() FROM event_stages") != [(0,)], running)
        begun, busy = time.monotonic(), busy_seconds()
        _wait(lambda: _committed(admin, settings) >= messages, running)
        return time.monotonic() - begun, busy_seconds() - busy
    finally:
        admin.close()
        for worker in running:
            worker.stop()
        store.close()
        server.kill()


def _committed(admin: KafkaAdminClient, settings: WorkerSettings) -> int:
    name = topic_name(settings, "events")
    return sum(offset for tp, offset in committed(admin, settings.group).items() if tp.topic == name)


def _wait(holds: Callable[[], bool], running: Sequence[WorkerProcess]) -> None:
    until = time.monotonic() + _PATIENCE
    while not holds():
        ended = [worker.said() for worker in running if worker.code is not None]
        if ended or time.monotonic() > until:
            raise RuntimeError(ended[0] if ended else "the workers did not come to an end")
        time.sleep(_PAUSE)
