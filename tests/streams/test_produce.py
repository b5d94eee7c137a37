"""Producing: records packed some hundred a message or one by one, keyed by their area."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.broker import create_topics, embedded_broker
from streams.produce import PACK, Producer, packed, single
from tests.support.small import beat

records = st.lists(st.fixed_dictionaries({"area": st.text(max_size=3), "n": st.integers(0, 9)}), max_size=30)


@given(records, st.integers(1, 10))
def test_packed_messages_hold_every_record_once_in_order(messages: list[dict[str, Any]], size: int) -> None:
    values = list(packed(messages, size))
    chunks = [msgspec.json.decode(value) for _, value in values]
    assert [record for chunk in chunks for record in chunk] == messages
    assert all(len(chunk) == size for chunk in chunks[:-1])
    assert [key for key, _ in values] == [chunk[0]["area"].encode() for chunk in chunks]


@given(records)
def test_single_messages_are_one_record_each_under_its_area(messages: list[dict[str, Any]]) -> None:
    assert list(single(messages)) == [(m["area"].encode(), msgspec.json.encode(m)) for m in messages]


def test_a_record_without_an_area_has_an_empty_key() -> None:
    assert list(single([{"warning_id": "w"}])) == [(b"", b'{"warning_id":"w"}')]
    assert [key for key, _ in packed([{"warning_id": "w"}] * 3)] == [b""]


def test_nothing_makes_no_message() -> None:
    assert (list(packed([])), list(single([]))) == ([], [])


def test_a_packed_message_holds_some_hundred_records() -> None:
    sizes = [
        len(msgspec.json.decode(value)) for _, value in packed(beat("a", "x") for _ in range(2 * PACK + 1))
    ]
    assert sizes == [PACK, PACK, 1]


@pytest.mark.parametrize(
    "call",
    [
        "from streams.produce import Producer; Producer('127.0.0.1:1', patience=0.2)",
        "from streams.broker import create_topics; create_topics('127.0.0.1:1', ['a'], 1, 1, patience=0.2)",
    ],
)
def test_no_broker_is_said_with_the_setting_to_mend(call: str) -> None:
    # In a process of its own: where none answers, the client library leaves sockets behind.
    done = subprocess.run(
        [sys.executable, "-c", call], capture_output=True, text=True, timeout=60, check=False
    )
    assert re.fullmatch(
        r"schemas\.errors\.ConfigError: no broker answers at 127\.0\.0\.1:1: .*; set GRIDPULSE_BROKERS",
        done.stderr.splitlines()[-1],
    )


@pytest.mark.broker
def test_topics_are_created_once_and_send_tells_the_running_count() -> None:
    with embedded_broker() as brokers:
        assert create_topics(brokers, ["b", "a"], 2, 1) == ["a", "b"]
        assert create_topics(brokers, ["a", "c"], 2, 1) == ["c"]
        producer = Producer(brokers)
        counts: list[int] = []
        assert producer.send("a", ((b"", b"%d" % n) for n in range(2100)), counts.append) == 2100
        assert producer.send("a", iter(())) == 0
        assert counts == list(range(1, 2101))
        producer.close()
