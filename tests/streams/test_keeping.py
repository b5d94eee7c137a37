"""The loops of a running worker: rollups follow what is stored, and what they supersede is removed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from schemas.clickhouse import Store
from streams import app
from streams.verify import verify
from tests.support import small
from tests.support.chain import Chain, wait_until
from tests.support.small import dispute


@pytest.mark.broker
def test_a_worker_removes_the_rows_its_rollups_superseded(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "CLEAN_SECONDS", 0.2)

    def versions() -> tuple[int, int]:
        """Current versions of disputes' days, and versions that have rows."""
        ((current,),) = store.rows("SELECT uniqExact(unit) FROM rollup_current WHERE topic = 'mediation'")
        ((held,),) = store.rows("SELECT uniqExact(day, version) FROM mediation_history")
        return current, held

    with Chain(small.pack(), store, rollup_seconds=0.05) as chain:
        for n in range(3):
            chain.send("mediation", [dispute(n, "registered", "2026-03-01T08:00:00+08:00")])
            chain.settle()
        wait_until(lambda: versions() == (1, 1), 30, lambda: f"{versions()} of disputes' days")
        assert verify(store, small.pack()).differences == ()
    marked, told = store.rows("SELECT sum(marks) FROM rollup_marks"), versions()
    assert (marked, told) == ([(3,)], (1, 1))


def asked_while_resting(took: float, behind: list[bool]) -> list[bool]:
    """What is left to answer of whether the worker is behind, once a rest after work that took so long is over."""
    answers = list(behind)
    asyncio.run(app.rest(took, lambda: answers.pop(0)))
    return answers


def test_after_long_work_a_loop_rests_until_the_worker_is_no_longer_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app, "REST_SECONDS", 0.001)
    assert asked_while_resting(600.0, [True, True, True, False, True]) == [True]
    assert asked_while_resting(600.0, [False, True]) == [True]


@pytest.mark.parametrize(
    ("behind", "busy", "left", "expected"),
    [
        (True, True, 0, True),
        (False, True, 5, True),
        (False, True, 0, False),
        (False, False, 5, False),
    ],
)
def test_much_comes_in_while_a_topic_is_behind_or_units_are_left_of_what_is_stored(
    behind: bool, busy: bool, left: int, expected: bool
) -> None:
    quiet = SimpleNamespace(behind=False, busy=False)
    told = SimpleNamespace(behind=True, busy=True)  # the worker's own warnings make no unit
    intakers: Any = {
        "events": SimpleNamespace(behind=behind, busy=busy), "cameras": quiet, "warnings": told,
    }  # fmt: skip
    assert app.much(intakers, left) is expected


@pytest.mark.broker
def test_a_worker_that_is_not_behind_has_not_much_to_recompute(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest, told = app.rest, set()

    async def noted(took: float, much: Callable[[], bool]) -> None:
        told.add(much())
        await rest(took, much)

    monkeypatch.setattr(app, "rest", noted)
    monkeypatch.setattr(app, "_every", lambda *_: asyncio.sleep(0))
    with Chain(small.pack(), store, rollup_seconds=0.05) as chain:
        chain.send("mediation", [dispute(1, "registered", "2026-03-01T08:00:00+08:00")])
        chain.settle()
    assert told == {False}


@pytest.mark.broker
def test_a_topic_is_busy_once_something_of_it_is_stored(store: Store) -> None:
    with Chain(small.pack(), store, rollup_seconds=0.05) as chain:
        chain.send("mediation", [dispute(1, "registered", "2026-03-01T08:00:00+08:00")])
        chain.settle()
        intakers = chain.worker.intakers
        assert (intakers["mediation"].busy, intakers["cameras"].busy) == (True, False)
        assert not intakers["mediation"].behind


def test_after_short_work_a_loop_rests_for_a_moment_though_the_worker_is_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app, "REST_SECONDS", 0.001)
    assert asked_while_resting(app.SHORT_SECONDS, [True, True, True]) == [True, True]
