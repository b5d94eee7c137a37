"""The watchdog: starts a worker again whose consumer is stuck while messages wait.

It looks at the broker with a client and a thread of its own, so it sees what a stuck consumer or a blocked event loop
does not. A partition is stuck when messages wait in it and its committed offset has not moved for `patience` seconds:
as set, and never sooner than a worker that was killed and started at once may lawfully need to join its group.
That the store is away or a quarantine full is no reason to start again: those topics wait on purpose. Starting again
is safe at any time, as `kill -9` is.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from schemas.contracts import INPUT_TOPICS
from streams.app import Worker
from streams.settings import WorkerSettings

log = logging.getLogger(__name__)

#: Committed offsets of the partitions in which messages wait.
Behind = Mapping[TopicPartition, int]
#: Milliseconds a broker may take to answer a look; one that does not is looked at again later.
_ANSWER_MS = 10_000
#: Sessions until a worker that starts has its partitions at the latest: the dead one before it is still in the group
#: for one, and the embedded broker leaves a member that joined behind it without an answer for the two of a request.
_JOINING_SESSIONS = 4.0


@dataclass
class Stillness:
    """Tells since when partitions stand still; time comes in as an argument, in seconds."""

    _since: dict[TopicPartition, tuple[int, float]] = field(default_factory=dict)

    def look(self, behind: Behind, now: float) -> dict[TopicPartition, float]:
        """How long each partition with waiting messages has not moved."""
        self._since = {
            tp: self._since[tp] if self._since.get(tp, (None, 0))[0] == offset else (offset, now)
            for tp, offset in behind.items()
        }
        return {tp: now - since for tp, (_, since) in self._since.items()}


def look_behind(settings: WorkerSettings) -> dict[TopicPartition, int]:
    """The group's committed offset of every input partition in which messages wait. Raises `KafkaError`."""
    servers = settings.brokers.split(",")
    admin = KafkaAdminClient(bootstrap_servers=servers, bootstrap_timeout_ms=_ANSWER_MS)
    try:
        offsets = admin.list_group_offsets({settings.group: None})[settings.group]
    finally:
        admin.close()
    committed = {tp: meta.offset for tp, meta in offsets.items() if meta.offset >= 0}
    consumer = KafkaConsumer(bootstrap_servers=servers, group_id=None, bootstrap_timeout_ms=_ANSWER_MS)
    try:
        topics = [settings.topic_prefix + topic for topic in INPUT_TOPICS]
        every = [TopicPartition(t, p) for t in topics for p in consumer.partitions_for_topic(t) or ()]
        begins, ends = consumer.beginning_offsets(every), consumer.end_offsets(every)
    finally:
        consumer.close()
    return {tp: committed.get(tp, -1) for tp in every if ends[tp] > max(committed.get(tp, 0), begins[tp])}


class Watchdog:
    """Watches one worker from a thread until `stop`; `restart` is called once where it is stuck."""

    def __init__(
        self,
        worker: Worker,
        restart: Callable[[], None],
        look: Callable[[WorkerSettings], Behind] = look_behind,
    ) -> None:
        self._worker, self._restart, self._look = worker, restart, look
        self._patience = max(
            worker.settings.stuck_seconds, _JOINING_SESSIONS * worker.settings.session_timeout
        )
        self._stillness = Stillness()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        faulthandler.cancel_dump_traceback_later()

    def _run(self) -> None:
        while not self._ended.wait(self._patience / 4):
            # Where not even this thread comes to run, an alarm outside of Python ends the process.
            faulthandler.dump_traceback_later(4 * self._patience + 2 * _ANSWER_MS / 1000, exit=True)
            try:
                behind = self._look(self._worker.settings)
            except (KafkaError, OSError, KeyError) as error:
                log.info("the watchdog cannot see the broker: %s", error)
                continue
            stuck = self.stuck(behind, time.monotonic())
            if stuck and not self._ended.is_set():
                where = ", ".join(f"{tp.topic}/{tp.partition}" for tp in stuck)
                log.critical(
                    "stuck for %.0f s while messages wait in %s: starting again", self._patience, where
                )
                faulthandler.dump_traceback(all_threads=True)
                self._restart()
                return

    def stuck(self, behind: Behind, now: float) -> list[TopicPartition]:
        """Partitions of this worker, or of nobody it knows of, that stand still and should not."""
        app = self._worker.app
        mine = {(tp.topic, tp.partition) for tp in app.consumer.assignment()} if app.started else set()
        prefix = self._worker.settings.topic_prefix
        waiting = {prefix + t for t, i in self._worker.intakers.items() if i.stopped or i.failing}
        return sorted(
            tp
            for tp, seconds in self._stillness.look(behind, now).items()
            if seconds >= self._patience and tp.topic not in waiting and (not mine or tuple(tp) in mine)
        )


def start_again() -> None:
    """Replace this process by a new start of the same command: sockets close, threads end, the store's lock is free."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - this very command
