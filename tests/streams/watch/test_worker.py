"""The watch in a worker: what it says comes back through the topic and goes to the receiver, what operators do reaches
it, one worker leads."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import msgspec
import pytest

from schemas.clickhouse import Store
from schemas.clock import ReplayClock
from schemas.contracts import Warning
from streams.app import leads
from tests.support import small
from tests.support.chain import Chain, wait_until
from tests.support.receiver import Received, receiver
from tests.support.small import event

AT = datetime(2026, 3, 10, 8, tzinfo=UTC)


@pytest.mark.broker
def test_a_warning_goes_its_way_through_the_topics_and_survives_a_restart(store: Store) -> None:
    due = {"due_at": "2026-03-10T15:00:00+08:00"}
    late = [event(n, "reported", "2026-03-10T15:59:00+08:00", **due) for n in range(5)]
    clock = ReplayClock(AT, 1.0, time.time())
    received = Received()
    with (
        receiver(received) as url,
        Chain(
            small.pack(), store, clock=clock, rules_seconds=0.3, webhook_url=url, webhook_secret="between us"
        ) as chain,
    ):

        def states() -> list[str]:
            return [row.state for row in chain.readings.warnings("370403", clock.now())]

        chain.send("events", late)
        wait_until(lambda: states() == ["raised"], 30, lambda: str(states()))
        assert leads(chain.worker.app, chain.settings)
        (row,) = chain.readings.warnings("370403", clock.now())
        before = {"warning_id": row.warning_id, "by": "desk", "at": clock.now().isoformat()}
        chain.send("actions", [before | {"action": "acknowledge"}] * 2)
        chain.settle()
        wait_until(lambda: states() == ["acknowledged"], 30, lambda: str(states()))
        wait_until(lambda: len(chain.values("warnings")) == 2, 60, lambda: str(chain.values("warnings")))
        wait_until(lambda: received.states == ["raised", "acknowledged"], 30, lambda: str(received.states))
        chain.restart_worker()
        told = [msgspec.json.decode(value, type=Warning) for value in chain.values("warnings")]
        chain.send("events", late)
        chain.settle()
        again = [msgspec.json.decode(value, type=Warning) for value in chain.values("warnings")]
    assert {w.warning_id for w in told} == {row.warning_id}
    assert [w.state for w in told] == ["raised", "acknowledged"]
    assert again == told
