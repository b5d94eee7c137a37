"""The loops of a running worker: rollups follow what is stored, and what they supersede is removed."""

from __future__ import annotations

import pytest

from schemas.clickhouse import Store
from streams import app
from streams.verify import verify
from tests.support import small
from tests.support.chain import Chain, wait_until
from tests.support.small import dispute


@pytest.mark.broker
def test_a_worker_that_is_not_behind_has_not_much_to_recompute(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest, told = app.rest_after, set()

    def noted(took: float, much: bool) -> float:
        told.add(much)
        return rest(took, much)

    monkeypatch.setattr(app, "rest_after", noted)
    with Chain(small.pack(), store, rollup_seconds=0.05) as chain:
        chain.send("mediation", [dispute(1, "registered", "2026-03-01T08:00:00+08:00")])
        chain.settle()
    assert False in told


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


def test_after_long_work_with_much_to_do_a_loop_rests_about_as_long() -> None:
    assert [app.rest_after(took, True) for took in (0.0, 0.55, 4.0)] == [0.1, 0.1, 3.5]
    assert [app.rest_after(took, False) for took in (0.0, 0.55, 4.0)] == [0.1, 0.1, 0.1]
