"""Readings told again for a while: nobody waits for a renewal, and none is told for longer than it may be."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.queries.holding import Lately

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Reading:
    """Counts how often it is read; a renewal goes on once it is let."""

    def __init__(self) -> None:
        self.times, self.go, self.done = 0, threading.Event(), threading.Event()

    def renew(self) -> int:
        self.go.wait(10)
        self.times += 1
        self.done.set()
        return self.times

    def fail(self) -> int:
        self.done.set()
        raise OSError("no store")


def first() -> int:
    return 0


def test_a_young_one_is_told_again() -> None:
    lately, reading = Lately(MINUTE), Reading()
    assert lately.tell("a", AT, first) == 0
    assert lately.tell("a", AT + 0.6 * MINUTE, reading.renew) == 0
    assert reading.times == 0


def test_an_old_one_is_told_while_it_is_renewed_behind_the_scenes() -> None:
    lately, reading = Lately(MINUTE), Reading()
    lately.tell("a", AT, first)
    for _ in range(3):
        assert lately.tell("a", AT + 0.7 * MINUTE, reading.renew) == 0
    reading.go.set()
    eventually(lambda: lately.tell("a", AT + 0.7 * MINUTE, reading.renew) == 1)
    assert reading.times == 1


def test_one_too_old_is_read_at_once_and_tells_what_is_wrong() -> None:
    lately, reading = Lately(MINUTE), Reading()
    lately.tell("a", AT, first)
    assert lately.tell("a", AT + 0.7 * MINUTE, reading.fail) == 0
    assert reading.done.wait(10)
    assert lately.tell("a", AT + 0.9 * MINUTE, reading.fail) == 0
    with pytest.raises(OSError, match="no store"):
        lately.tell("a", AT + MINUTE, reading.fail)


def test_what_changes_seldom_is_told_some_times_as_long() -> None:
    lately, reading = Lately(MINUTE), Reading()
    reading.go.set()
    lately.tell("a", AT, first, times=4)
    assert lately.tell("a", AT + 1.9 * MINUTE, reading.renew, times=4) == 0
    assert reading.times == 0
    assert lately.tell("a", AT + 4 * MINUTE, reading.renew, times=4) == 1


def test_nothing_is_kept_where_nothing_may_be() -> None:
    lately = Lately(timedelta())
    assert lately.tell("a", AT, first) == 0
    assert lately.tell("a", AT, lambda: 1) == 1


def eventually(holds: Callable[[], bool]) -> None:
    waited = threading.Event()
    for _ in range(1000):
        if holds():
            return
        waited.wait(0.01)
    raise AssertionError("never")
