"""The watchdog: what stands still while messages wait, and who is to start again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from kafka import TopicPartition

from streams.settings import WorkerSettings
from streams.watchdog import Stillness, Watchdog

EVENTS, CAMERAS = TopicPartition("gridpulse.events", 0), TopicPartition("gridpulse.cameras", 1)


def test_a_partition_stands_still_from_when_it_was_first_seen_at_its_offset() -> None:
    stillness = Stillness()
    assert stillness.look({EVENTS: 5}, 100) == {EVENTS: 0}
    assert stillness.look({EVENTS: 5, CAMERAS: -1}, 130) == {EVENTS: 30, CAMERAS: 0}
    assert stillness.look({EVENTS: 6, CAMERAS: -1}, 150) == {EVENTS: 0, CAMERAS: 20}


def test_a_partition_without_waiting_messages_is_forgotten() -> None:
    stillness = Stillness()
    stillness.look({EVENTS: 5}, 100)
    assert stillness.look({}, 130) == {}
    assert stillness.look({EVENTS: 5}, 160) == {EVENTS: 0}


def watchdog(
    mine: set[TopicPartition], started: bool = True, session: float = 10, **intaker: Any
) -> Watchdog:
    """A watchdog over a worker with these partitions, patient for a minute."""
    state = {"stopped": None, "failing": None} | intaker
    worker: Any = SimpleNamespace(
        settings=WorkerSettings(stuck_seconds=60, session_timeout=session),
        app=SimpleNamespace(started=started, consumer=SimpleNamespace(assignment=lambda: mine)),
        intakers={"events": SimpleNamespace(**state)},
    )
    return Watchdog(worker, lambda: None)


@pytest.mark.parametrize(
    ("dog", "stuck"),
    [
        pytest.param(watchdog({EVENTS}), [EVENTS], id="mine"),
        pytest.param(watchdog({CAMERAS}), [], id="another-worker's"),
        pytest.param(watchdog(set()), [EVENTS], id="of-nobody"),
        pytest.param(watchdog({CAMERAS}, started=False), [EVENTS], id="not-joined"),
        pytest.param(watchdog({EVENTS}, failing="the store is away"), [], id="the-store-is-away"),
        pytest.param(watchdog({EVENTS}, stopped="the cap"), [], id="quarantine-full"),
    ],
)
def test_a_worker_is_stuck_where_its_own_or_nobodys_messages_wait_without_reason(
    dog: Watchdog, stuck: list[TopicPartition]
) -> None:
    assert dog.stuck({EVENTS: 5}, 100) == []
    assert dog.stuck({EVENTS: 5}, 159) == []
    assert dog.stuck({EVENTS: 5}, 160) == stuck


def test_a_worker_is_given_the_time_that_joining_its_group_takes() -> None:
    dog = watchdog(set(), started=False, session=30)
    assert dog.stuck({EVENTS: -1}, 100) == []
    assert dog.stuck({EVENTS: -1}, 219) == []
    assert dog.stuck({EVENTS: -1}, 220) == [EVENTS]
