"""Apache Kafka for the tests: KRaft brokers on loopback with folders of their own, to be killed, paused, started again.

The jars come from Maven Central (`pom.xml`, fetched by `.ci/system kafka`) into a cache outside the repository.
"""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import signal
import socket
import subprocess
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from streams.broker import free_port
from tests.support.child import bound
from tests.support.require import require

#: Where `.ci/system kafka` puts the jars.
JARS = Path(os.environ.get("GRIDPULSE_KAFKA", Path.home() / ".cache" / "gridpulse" / "kafka"))
_CLUSTER = "Z3JpZHB1bHNlLXRlc3RzAA"  # 16 bytes in base64, as Kafka wants its ids
_START_SECONDS = 90.0
#: Small and quick to start: a test's broker lives for seconds.
_JAVA = ("-Xms64m", "-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")


def require_kafka() -> None:
    """Skip at a desk without Java or the jars; fail where CI=true."""
    require(shutil.which("java"), "Java, for Apache Kafka: .ci/system java")
    require(any(JARS.glob("kafka_*.jar")), f"Apache Kafka in {JARS}: .ci/system kafka")


class Node:
    """One broker, controller as well, with a folder of its own. `address` stays the same over restarts."""

    def __init__(self, number: int, folder: Path, port: int, controllers: Sequence[int], copies: int) -> None:
        self.address = f"127.0.0.1:{port}"
        self._folder = folder
        self._controller = controllers[number - 1]
        self._process: subprocess.Popen[bytes] | None = None
        voters = ",".join(f"{n}@127.0.0.1:{p}" for n, p in enumerate(controllers, start=1))
        data = folder / "data"
        data.mkdir(parents=True)
        # What formatting a folder leaves in it, without the two seconds of a Java start for it.
        (data / "meta.properties").write_text(f"version=1\ncluster.id={_CLUSTER}\nnode.id={number}\n")
        settings = {
            "process.roles": "broker,controller",
            "node.id": number,
            "controller.quorum.voters": voters,
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://127.0.0.1:{self._controller}",
            "advertised.listeners": f"PLAINTEXT://{self.address}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": data,
            "offsets.topic.replication.factor": copies,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": 1,
            "min.insync.replicas": 1,
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 1000,
            "message.max.bytes": 20 * 1024 * 1024,
            "replica.lag.time.max.ms": 4000,
            # Short where others take over; a single broker on a busy machine is not to lose itself.
            "broker.session.timeout.ms": 3000 if copies > 1 else 30_000,
            "broker.heartbeat.interval.ms": 500,
            "controller.quorum.election.timeout.ms": 500,
            "controller.quorum.fetch.timeout.ms": 1500,
            "log.cleaner.enable": "false",
            "num.network.threads": 2,
            "num.io.threads": 2,
            "controlled.shutdown.enable": "true",
        }
        self._settings = folder / "server.properties"
        self._settings.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))

    def start(self) -> None:
        """Start, or start again with the same data; returns at once."""
        assert self._process is None, f"{self.address} runs already"
        log4j = Path(__file__).with_name("log4j2.yaml")
        with (self._folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                bound(
                    "java", *_JAVA, f"-Dlog4j2.configurationFile={log4j}",
                    "-cp", f"{JARS}/*", "kafka.Kafka", str(self._settings),
                ),
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )  # fmt: skip

    def answers(self) -> bool:
        """Whether it takes connections. Raises `AssertionError` with its log where it ended."""
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "log.txt").read_text()[-3000:]
        host, port = self.address.split(":")
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 0.2):
            return True
        return False

    def pause(self) -> None:
        """Stop it in the middle of what it does; clients wait."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """As a power cut; what the operating system has of the log stays."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """In order."""
        self._end(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, f"{self.address} does not run"
        self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(number)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Cluster:
    """Some Kafka brokers. `brokers` is what clients bootstrap from."""

    def __init__(self, folder: Path, size: int = 1) -> None:
        controllers = [free_port() for _ in range(size)]
        self.nodes = [
            Node(number, folder / f"broker{number}", free_port(), controllers, min(size, 3))
            for number in range(1, size + 1)
        ]
        self.replication = min(size, 3)

    @property
    def brokers(self) -> str:
        return ",".join(node.address for node in self.nodes)

    def start(self) -> None:
        """Start every broker and wait until all answer."""
        for node in self.nodes:
            node.start()
        self.wait()

    def wait(self) -> None:
        """Wait until every broker answers."""
        deadline = time.monotonic() + _START_SECONDS
        while not all(node.answers() for node in self.nodes):
            assert time.monotonic() < deadline, f"Kafka did not answer at {self.brokers}"
            time.sleep(0.1)

    def kill(self) -> None:
        for node in self.nodes:
            node.kill()


@contextlib.contextmanager
def kafka_cluster(folder: Path, size: int = 1) -> Iterator[Cluster]:
    """Brokers that run until the block ends; skips or fails where Kafka is absent."""
    require_kafka()
    cluster = Cluster(folder, size)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.kill()
        with warnings.catch_warnings():  # client libraries leave sockets to a broker that was killed
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
