"""Quarantine for an operator: what is held and why, and sending it again after a fix, which counts once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from schemas.clickhouse import Store
from schemas.contracts import Topic
from schemas.errors import ConfigError
from streams import held
from streams.decoding import Reject
from streams.held import Held, Replayed
from streams.settings import WorkerSettings
from streams.sink import quarantine_rows
from tests.support import small
from tests.support.chain import Chain, wait_until
from tests.support.small import event

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def hold(store: Store, topic: Topic, *rejects: Reject, at: datetime = NOW) -> None:
    """Records put into quarantine as a worker does."""
    store.insert("quarantine", quarantine_rows(topic, 0, list(rejects), at))


def test_what_is_held_is_listed_newest_first(store: Store) -> None:
    hold(store, "events", Reject(7, 1, "bad_value", "stage", "{}"), Reject(7, 0, "empty", None, ""))
    hold(store, "cameras", Reject(1, 0, "not_json", None, "{"), at=NOW.replace(hour=9))
    camera = Held("cameras", 0, 1, 0, "not_json", "", NOW.replace(hour=9), "{")
    first = Held("events", 0, 7, 0, "empty", "", NOW, "")
    assert held.held(store) == [camera, first, Held("events", 0, 7, 1, "bad_value", "stage", NOW, "{}")]
    assert held.held(store, "events", 1) == [first]
    assert held.held(store, "it's nothing") == []


def test_a_record_rejected_again_is_held_once(store: Store) -> None:
    for _ in range(3):
        hold(store, "events", Reject(7, 0, "bad_value", "stage", "{}"))
    assert [(r.offset, r.reason) for r in held.held(store)] == [(7, "bad_value")]


def test_reasons_are_counted_most_first(store: Store) -> None:
    hold(
        store,
        "events",
        *(Reject(n, 0, "bad_value", "stage", "{}") for n in range(3)),
        Reject(9, 0, "empty", None, ""),
    )
    assert held.reasons(store) == [
        ("events", "bad_value", "stage", 3, NOW.replace(tzinfo=None)),
        ("events", "empty", "", 1, NOW.replace(tzinfo=None)),
    ]


def test_replay_of_nothing_asks_no_broker(store: Store) -> None:
    assert held.replay(store, WorkerSettings(brokers="127.0.0.1:1")) == Replayed(0, 0, 0)


def test_replay_says_where_no_broker_answers_and_keeps_what_is_held(store: Store) -> None:
    hold(store, "events", Reject(7, 0, "empty", None, ""))
    with pytest.raises(ConfigError, match=r"^no broker answers at 127\.0\.0\.1:1: .*set GRIDPULSE_BROKERS"):
        held.replay(store, WorkerSettings(brokers="127.0.0.1:1"))
    assert len(held.held(store)) == 1


@pytest.mark.broker
def test_replay_after_a_fix_counts_once_however_often(store: Store, brokers: str) -> None:
    def reported(number: int, **fields: Any) -> dict[str, Any]:
        return event(number, "reported", "2026-03-01T08:00:00+08:00") | fields

    with Chain(small.pack(), store, brokers=brokers, partitions=1, session_timeout=3) as chain:
        chain.send("events", [reported(1), reported(2, stage="eaten"), reported(3, id="13812345678")])
        chain.send_raw("events", b"{", b"")
        chain.settle()
        assert sorted((r.offset, r.item, r.reason) for r in held.held(store)) == [
            (0, 1, "bad_value"), (0, 2, "personal_number"), (1, 0, "not_json"), (2, 0, "empty"),
        ]  # fmt: skip
        assert held.replay(store, chain.settings) == Replayed(0, 4, 0)

        # The fix: what was refused is good now. Seen from here, the records were refused for a reason that is no more.
        good = msgspec.json.encode([reported(4), reported(5), reported(1)])
        chain.send_raw("events", good)
        chain.settle()
        hold(
            store, "events", Reject(3, 0, "bad_value", "stage", ""), Reject(3, 2, "bad_value", "stage", ""),
            Reject(3, 9, "bad_value", "stage", ""), Reject(500, 0, "bad_value", "stage", ""),
        )  # fmt: skip
        hold(store, "cameras", Reject(0, 0, "too_large", None, ""))
        assert held.replay(store, chain.settings) == Replayed(2, 5, 2)
        assert held.replay(store, chain.settings) == Replayed(0, 5, 2)
        hold(store, "events", Reject(3, 0, "bad_value", "stage", ""))  # the same message delivered once more
        assert held.replay(store, chain.settings) == Replayed(0, 5, 2)

        taken = chain.worker.intakers["events"]
        wait_until(lambda: taken.messages == 6, 30, lambda: f"{taken.messages} messages")
        assert store.rows("SELECT groupArray(id) FROM (SELECT id FROM event_newest FINAL ORDER BY id)") == [
            (["1", "4", "5"],)
        ]
        chain.settle()
        assert sum(day.reported for day in chain.readings.trend("370403", small.NOW)) == 3


def test_a_message_refused_whole_is_sent_whole() -> None:
    value = msgspec.json.encode(
        [event(1, "reported", "2026-03-01T08:00:00Z"), event(2, "eaten", "2026-03-01T08:00:00Z")]
    )
    record = Held("events", 0, 0, 0, "too_large", "", NOW, "")
    assert held._again(record, value) == value
    assert held._again(replace(record, reason="bad_value"), value) == msgspec.json.encode(
        msgspec.json.decode(value)[0]
    )
    assert held._again(replace(record, item=1, reason="bad_value"), value) is None
    assert held._again(record, None) is None
    assert held._again(replace(record, reason="bad_value"), b"\xff") is None
