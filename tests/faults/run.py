"""One run of a fault: topics and a store of its own, workers as processes, and at the end the oracle."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from dashboard.queries import StoreReadings
from schemas.clickhouse import Store, migrate
from schemas.contracts import INPUT_TOPICS, Topic
from schemas.errors import StoreError
from schemas.windows import WINDOWS
from streams import produce, rollups
from streams.app import topic_names
from streams.broker import create_topics
from streams.settings import WorkerSettings
from streams.verify import verify
from tests.faults.traffic import LAST, Message, Traffic
from tests.support import small
from tests.support.chain import LATE, records_in, wait_until
from tests.support.child import bound
from tests.support.clickhouse import ClickHouse
from tests.support.compare import assert_as_the_oracle, oracle_of
from tests.support.offsets import committed

ROOT = Path(__file__).parents[2]
#: Figures are compared at these times: amid the reports, at their end, and long after every message.
TIMES = (LAST - timedelta(days=11, hours=5), LAST, datetime(2026, 7, 14, 9, tzinfo=UTC))
PATIENCE = 150.0
#: What identifies a fact: by topic the table, its key columns, and the fields of a message they come from.
FACTS: dict[Topic, tuple[str, tuple[str, ...]]] = {
    "events": ("event_stages", ("source", "id", "reported_at", "stage", "round")),
    "mediation": ("mediation_stages", ("source", "id", "registered_at", "stage", "round")),
    "cameras": ("camera_said", ("device_id", "at")),
}


@dataclass(frozen=True)
class Outcome:
    """What one run came to: `lost` and `doubled` facts and held records, `seconds` from mended to whole."""

    messages: int
    lost: int
    doubled: int
    figures: int
    seconds: float


class WorkerProcess:
    """A worker, or another module, as a process; its log goes to a file."""

    def __init__(
        self, environment: Mapping[str, str], log: Path, command: Sequence[str] = ("tests.faults.worker",)
    ) -> None:
        self._log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                bound(sys.executable, "-m", *command),
                cwd=ROOT,
                env=dict(os.environ) | dict(environment),
                stdout=out,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def code(self) -> int | None:
        return self._process.poll()

    def signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self, seconds: float = 30) -> float:
        """End in order; returns how long that took."""
        begun = time.monotonic()
        self.signal(signal.SIGTERM)
        code = self._process.wait(seconds)
        assert code == 0, f"the worker ended with {code}:\n{self.said()}"
        return time.monotonic() - begun

    def wait_ready(self, seconds: float = 60) -> None:
        """Until it has joined its group and goes on from the committed offsets."""
        wait_until(lambda: "Worker ready" in self._log.read_text(), seconds, self.said, 0.1)

    def wait_dead(self, seconds: float = 60) -> None:
        """Until its fuse has ended it."""
        wait_until(
            lambda: self.code is not None, seconds, lambda: f"the worker lives on:\n{self.said()}", 0.05
        )
        assert self.code == -signal.SIGKILL, f"the worker ended with {self.code}:\n{self.said()}"

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def said(self) -> str:
        return self.log()[-4000:]


class Run:
    """One run over brokers that work already, until the block ends.

    `embedded`: its one worker has the store in its own process; it is read over HTTP when that worker has ended.
    """

    def __init__(
        self,
        brokers: str,
        folder: Path,
        seed: int,
        size: int,
        replication: int = 1,
        embedded: bool = False,
        **settings: Any,
    ) -> None:
        self.embedded = embedded
        self.seed, self.size, self.dice = seed, size, random.Random(seed)
        self.patience = PATIENCE + size / 400
        self.folder = folder
        self.pack = small.pack()
        self.oracle = oracle_of(self.pack)
        self.server = ClickHouse(folder / "store")
        self.settings = WorkerSettings(
            brokers=brokers,
            store=f"chdb://{folder / 'store'}" if embedded else self.server.url,
            topic_prefix=f"f{uuid.uuid4().hex[:8]}.",
            group=f"faults-{uuid.uuid4()}",
            replication=replication,
            **{"session_timeout": 4, "rollup_seconds": 0.2, "rules_seconds": 3600, "retry_max_seconds": 2}
            | settings,
        )
        self.good: dict[Topic, list[Message]] = {"events": [], "mediation": [], "cameras": []}
        self.records: Counter[str] = Counter()
        self.bad = 0
        self.workers: list[WorkerProcess] = []
        self._ends = contextlib.ExitStack()
        self._after: list[tuple[str, ...]] = []

    def __enter__(self) -> Run:
        with contextlib.ExitStack() as ends:
            self.folder.mkdir(parents=True, exist_ok=True)
            ends.callback(self.server.kill)
            self.store = Store(self.server.url)
            ends.callback(self.store.close)
            if not self.embedded:
                self.server.start()
                migrate(self.store)
            create_topics(
                self.settings.brokers,
                topic_names(self.settings),
                self.settings.partitions,
                self.settings.replication,
            )
            ends.callback(self._end_workers)
            self._ends = ends.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()
        for command in self._after:
            subprocess.run(command, check=True)

    def at_end(self, *command: str) -> None:
        """Run a command after everything has ended."""
        self._after.append(command)

    def _end_workers(self) -> None:
        for worker in self.workers:
            worker.signal(signal.SIGCONT)
            worker.kill()

    # What happens in it ------------------------------------------------------------------------------------------

    def worker(self, fault: str = "", **environment: str) -> WorkerProcess:
        """Start a worker, armed with a point it dies at; returns at once."""
        return self.process("tests.faults.worker", FAULT_AT=fault, **environment)

    def process(self, *command: str, **environment: str) -> WorkerProcess:
        """Start a module with the run's settings; returns at once."""
        given = {
            f"GRIDPULSE_{name.upper()}": str(value)
            for name, value in self.settings.model_dump(exclude_none=True).items()
        }
        started = WorkerProcess(given | environment, self.folder / f"process{len(self.workers)}.log", command)
        self.workers.append(started)
        return started

    def produce(self, messages: Traffic, pause: float = 0.0) -> None:
        """Send good messages, one a record, and remember them; with a pause after each hundred."""
        self.keep(messages)
        self.send(messages, pause)

    def keep(self, messages: Traffic) -> None:
        """Remember messages as sent."""
        for topic, said in messages.items():
            self.good[topic] += said

    def send(self, messages: Traffic, pause: float = 0.0) -> None:
        """Send messages, one a record; with a pause after each hundred."""
        producer = produce.Producer(self.settings.brokers, PATIENCE)
        for topic, said in messages.items():
            for start in range(0, len(said), 100 if pause else max(1, len(said))):
                chunk = said[start : start + 100] if pause else said
                self.records[topic] += producer.send(
                    self.settings.topic_prefix + topic, produce.single(chunk)
                )
                time.sleep(pause)
        producer.close()

    def produce_raw(self, topic: Topic, values: Iterable[bytes], bad: int = 0) -> None:
        """Send values as they are, to all partitions, of which so many records are to be found in quarantine."""
        self.bad += bad
        producer = produce.Producer(self.settings.brokers, PATIENCE)
        keyed = ((b"%d" % (number % 64), value) for number, value in enumerate(values))
        self.records[topic] += producer.send(self.settings.topic_prefix + topic, keyed)
        producer.close()

    def committed(self) -> int:
        """Records up to the committed offsets of all partitions."""
        return sum(self._offsets().values())

    def _offsets(self) -> dict[TopicPartition, int]:
        admin = KafkaAdminClient(
            bootstrap_servers=self.settings.brokers.split(","), bootstrap_timeout_ms=20_000
        )
        try:
            return committed(admin, self.settings.group)
        finally:
            admin.close()

    def ends(self) -> dict[TopicPartition, int]:
        """Where the logs of the input topics end."""
        names = [self.settings.topic_prefix + topic for topic in INPUT_TOPICS]
        partitions = [TopicPartition(n, p) for n in names for p in range(self.settings.partitions)]
        consumer = KafkaConsumer(bootstrap_servers=self.settings.brokers.split(","), group_id=None)
        try:
            found: dict[TopicPartition, int] = consumer.end_offsets(partitions)
            return {tp: end for tp, end in found.items() if end > 0}
        finally:
            consumer.close()

    def behind(self) -> dict[TopicPartition, int]:
        """Records not committed yet, by partition."""
        try:
            done, ends = self._offsets(), self.ends()
        except (KafkaError, OSError, KeyError):
            return {TopicPartition("unknown", 0): 1}
        return {tp: end - done.get(tp, 0) for tp, end in ends.items() if done.get(tp, 0) < end}

    def taken(self) -> int:
        """Facts in the store now, or -1 while it does not answer."""
        try:
            counts = [self.store.rows(f"SELECT count() FROM {t} FINAL")[0][0] for t, _ in FACTS.values()]
        except StoreError:
            return -1
        return int(sum(counts))

    def written(self) -> int:
        """Rows of messages that all workers so far say they have written, repeats included."""
        return sum(int(n) for worker in self.workers for n in re.findall(r"wrote (\d+) rows", worker.log()))

    def facts(self) -> int:
        """Facts the good messages make."""
        return sum(len({_identity(m, key) for m in self.good[topic]}) for topic, (_, key) in FACTS.items())

    def recreate_topics(self) -> None:
        """Delete the topics and make them again: their offsets begin at zero."""
        names = topic_names(self.settings)
        admin = KafkaAdminClient(bootstrap_servers=self.settings.brokers.split(","))
        try:
            admin.delete_topics(names)
            wait_until(
                lambda: not set(names) & set(admin.list_topics()),
                30,
                lambda: "the topics are still there",
                0.2,
            )
        finally:
            admin.close()
        create_topics(self.settings.brokers, names, self.settings.partitions, self.settings.replication)

    # What it comes to --------------------------------------------------------------------------------------------

    def settle(self, seconds: float = 0) -> float:
        """Wait until all is committed and recomputed; returns how long that took."""
        begun, seconds = time.monotonic(), seconds or self.patience
        wait_until(lambda: not self.behind(), seconds, lambda: f"behind {self.behind()}\n{self.said()}", 0.25)
        if self.embedded:
            self.workers[-1].wait_ready(self.patience)  # what came before it may have left it nothing to do
            self.workers[-1].stop(60)
            self.server.start()
        facts = self.facts()
        wait_until(
            lambda: self.taken() >= facts, seconds, lambda: f"{self.taken()} of {facts}\n{self.said()}", 0.1
        )
        wait_until(lambda: not self._dirty(), seconds, lambda: f"dirty {self._dirty()}\n{self.said()}", 0.1)
        return time.monotonic() - begun

    def said(self) -> str:
        return self.workers[-1].said() if self.workers else ""

    def _dirty(self) -> list[datetime]:
        """Units still to be recomputed; a worker leaves hours that its clock has not come to for later."""
        try:
            if self.embedded:
                rollups.refresh(self.store, self.pack)
            dirty = [d.unit for rollup in rollups.ROLLUPS for d in rollups.dirty_units(self.store, rollup)]
            return [unit for unit in dirty if unit < LATE]
        except StoreError:
            return [LATE]

    def outcome(self, seconds: float, times: Sequence[datetime] = TIMES) -> Outcome:
        """Compare everything with the messages sent, at these times. Raises `AssertionError` where figures differ."""
        lost = doubled = 0
        for topic, (table, key) in FACTS.items():
            names = ", ".join(key)
            rows = Counter(tuple(row) for row in self.store.rows(f"SELECT {names} FROM {table} FINAL"))
            wanted = {_identity(message, key) for message in self.good[topic]}
            lost += len(wanted - rows.keys())
            doubled += rows.total() - len(wanted & rows.keys())
        ((held,),) = self.store.rows("SELECT count() FROM quarantine FINAL")
        lost, doubled = lost + max(0, self.bad - held), doubled + max(0, held - self.bad)
        for topic, messages in self.good.items():
            self.oracle.add(topic, messages)
        readings = StoreReadings(self.store, self.pack)
        figures = sum(
            assert_as_the_oracle(self.pack, self.oracle, readings, window, at)
            for window in WINDOWS
            for at in times
        )
        verdict = verify(self.store, self.pack)
        assert verdict.differences == ()
        return Outcome(self.records.total(), lost, doubled, figures, seconds)


def _identity(message: Message, key: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(_stored(message[name]) if name.endswith("at") else message.get(name, 0) for name in key)


def _stored(time: str) -> datetime:
    """A time as the store gives it back."""
    at = datetime.fromisoformat(time).astimezone(UTC)
    return at.replace(tzinfo=None, microsecond=at.microsecond // 1000 * 1000)


def records(values: Iterable[bytes]) -> int:
    """Records in values sent as they are."""
    return sum(records_in(value) for value in values)
