"""Quarantine has a cap: a healthy source is never stopped, a misconfigured one before all of it ends there."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from schemas.clickhouse import Store
from schemas.contracts import Quarantined
from schemas.errors import QuarantineFull
from streams.decoding import PAYLOAD_LIMIT, Reject
from streams.quarantine import Cap, quarantined
from tests.support import small
from tests.support.chain import Chain, wait_until
from tests.support.small import event

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def counted(cap: Cap) -> tuple[int, int]:
    return cap.taken, cap.rejected


def test_below_the_cap_records_are_counted() -> None:
    cap = Cap("events", limit=10, share=0.5)
    cap.check(3, 4)
    cap.check(0, 5)
    assert counted(cap) == (3, 9)


def test_at_the_cap_a_source_of_mostly_bad_records_is_stopped_with_what_to_do() -> None:
    cap = Cap("events", limit=10, share=0.5)
    cap.check(9, 9)
    with pytest.raises(QuarantineFull) as error:
        cap.check(0, 1)
    assert str(error.value) == (
        "topic events: 10 of 19 records were rejected, the cap is 10. Nothing is lost: the rest waits in the topic. "
        "See `gridpulse quarantine list` for the reasons, mend the source or its mapping, then start the worker again "
        "(or raise GRIDPULSE_QUARANTINE_CAP)."
    )
    assert counted(cap) == (9, 9)


def test_a_batch_that_passes_the_cap_is_not_counted_so_it_stops_again() -> None:
    cap = Cap("events", limit=10, share=0.5)
    for _ in range(2):
        with pytest.raises(QuarantineFull, match="50 of 50 records"):
            cap.check(0, 50)


def test_at_the_cap_a_mostly_good_source_goes_on_and_is_counted_anew() -> None:
    cap = Cap("events", limit=10, share=0.5)
    cap.check(9, 9)
    cap.check(1, 1)  # 10 of 20: not more than the share
    assert counted(cap) == (0, 0)
    for _ in range(1000):
        cap.check(100, 5)
    assert cap.rejected < 10


def test_rejects_are_told_as_one_message_of_the_contract() -> None:
    (value,) = quarantined(
        "events", 3, [Reject(7, 1, "bad_value", "stage", "{}"), Reject(9, 0, "empty", None, "")], NOW
    )
    assert msgspec.json.decode(value, type=list[Quarantined]) == [
        Quarantined(
            topic="events", partition=3, offset=7, index=1, reason="bad_value", field="stage", at=NOW, payload="{}"
        ),
        Quarantined(topic="events", partition=3, offset=9, index=0, reason="empty", field=None, at=NOW, payload=""),
    ]  # fmt: skip


def test_rejects_of_any_size_fit_into_messages_a_broker_takes() -> None:
    rejects = [Reject(n, 0, "not_json", "x" * 10**6, "\0" * PAYLOAD_LIMIT) for n in range(500)]
    values = list(quarantined("events", 0, rejects, NOW))
    assert max(map(len, values)) < 10**6
    assert [
        told.offset for value in values for told in msgspec.json.decode(value, type=list[Quarantined])
    ] == [*range(500)]
    assert list(quarantined("events", 0, [], NOW)) == []


@pytest.mark.broker
def test_a_full_quarantine_stops_the_topic_keeps_what_waits_and_leaves_others_alone(
    store: Store, brokers: str
) -> None:
    with Chain(
        small.pack(), store, brokers=brokers, partitions=1, session_timeout=3, quarantine_cap=20
    ) as chain:
        intaker = chain.worker.intakers["events"]
        chain.send("events", [event(n, "eaten", "2026-03-01T08:00:00Z") for n in range(30)])
        wait_until(lambda: intaker.stopped is not None, 30, lambda: "not stopped")
        assert (intaker.stopped or "").startswith(
            "topic events: 30 of 30 records were rejected, the cap is 20."
        )
        chain.send("events", [event(n, "reported", "2026-03-01T08:00:00Z") for n in range(5)])
        chain.send("mediation", [small.dispute(1, "registered", "2026-03-01T08:00:00Z")])
        mediation = chain.worker.intakers["mediation"]
        wait_until(lambda: mediation.messages == 1, 30, lambda: "the other topic waits")
        assert (intaker.messages, intaker.rejected) == (0, 0)
        assert store.rows("SELECT count() FROM event_newest") == [(0,)]

        chain.settings = chain.settings.model_copy(update={"quarantine_cap": 100})
        chain.restart_worker()
        chain.settle()
        assert store.rows("SELECT count() FROM event_newest FINAL") == [(5,)]
        assert store.rows("SELECT count(), uniqExact(item) FROM quarantine FINAL") == [(30, 30)]
