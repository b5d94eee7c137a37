"""What a worker says of itself: ready while it takes messages in, with the reasons where it does not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from streams.health import create_health
from tests.support.server import Answer, serving


def worker(joined: bool = True, rolled: float = 0.5, **intaker: Any) -> Any:
    """A worker as its health sees it, of one topic."""
    state = {"stopped": None, "failing": None, "messages": 40, "rejected": 2, "errors": 0} | intaker
    return SimpleNamespace(
        joined=joined,
        app=SimpleNamespace(consumer=None),
        settings=SimpleNamespace(topic_prefix="gridpulse."),
        progress=SimpleNamespace(rolled_seconds=rolled),
        intakers={"events": SimpleNamespace(**state)},
    )


def answer(of: Any, path: str) -> Answer:
    with serving(create_health(of)) as server:
        return server.get(path)


def test_a_worker_that_takes_messages_in_is_ready() -> None:
    found = answer(worker(), "/readyz")
    assert (found.status, found.json) == (200, {"status": "ready", "troubles": []})


@pytest.mark.parametrize(
    ("of", "trouble"),
    [
        (worker(joined=False), "no partitions yet: still joining its group, or no broker"),
        (worker(failing="code: 241"), "events waits for the store: code: 241"),
        (worker(stopped="30 of 30 were rejected"), "events is stopped: 30 of 30 were rejected"),
        (worker(rolled=90), "no recomputation for 90 s"),
    ],
)
def test_a_worker_in_trouble_is_alive_but_not_ready_and_says_why(of: Any, trouble: str) -> None:
    assert answer(of, "/healthz").status == 200
    found = answer(of, "/readyz")
    assert (found.status, found.json["troubles"]) == (503, [trouble])


def test_metrics_tell_each_topic() -> None:
    lines = answer(worker(errors=3), "/metrics").body.decode().splitlines()
    values = {line for line in lines if not line.startswith("#")}
    assert {
        'gridpulse_taken_total{topic="events"} 40',
        'gridpulse_rejected_total{topic="events"} 2',
        'gridpulse_store_errors_total{topic="events"} 3',
        'gridpulse_topic_stopped{topic="events"} 0',
        'gridpulse_waiting_messages{topic="mediation"} 0',
        "gridpulse_rollup_seconds 0.5",
    } <= values
