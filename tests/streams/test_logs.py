"""What is said of an outage in a worker's log: the first time at once, then now and then."""

from __future__ import annotations

import logging

from streams.logs import SECONDS, Seldom


def record(name: str, text: str, at: float) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.ERROR, "", 0, text, (at,), None)
    made.created = at
    return made


def test_a_library_that_repeats_itself_is_heard_once_in_a_while() -> None:
    seldom = Seldom()
    times = (1000.0, 1000.1, 1000 + SECONDS - 1, 1000 + SECONDS, 1001 + SECONDS)
    assert [seldom.filter(record("aiokafka", "no node %s", at)) for at in times] == [
        True, False, False, True, False,
    ]  # fmt: skip
    assert seldom.filter(record("aiokafka", "another thing %s", 1000.2))
    assert seldom.filter(record("aiokafka.consumer.fetcher", "no node %s", 1000.2))


def test_what_we_say_ourselves_is_never_left_out() -> None:
    seldom = Seldom()
    assert all(seldom.filter(record("streams.agents", "waits %s for the store", 1000.0)) for _ in range(3))
