"""A few touched cases are patched upon their unit: the figures are those of a whole recomputation, whoever writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.clickhouse import Store
from schemas.errors import StoreError
from streams import ledger as knowledge
from streams import rollups, sink
from streams.ledger import Ledger
from streams.rollups import ROLLUPS
from streams.sink import rows_of, write
from streams.verify import verify
from tests.support import small
from tests.support.failing import FailingStore
from tests.support.small import NOW, event
from tests.support.store import fresh_store

PACK = small.pack()
EVENTS = ROLLUPS[0]
UNIT = datetime(2026, 3, 1, tzinfo=UTC)
REPORTED = "2026-03-01T08:00:00+08:00"


def take(store: Store, messages: Sequence[dict[str, Any]], ledger: Ledger | None) -> None:
    """What an agent does with a batch."""
    decoded = small.decoded("events", list(messages))
    assert decoded.rejects == []
    write(store, "events", rows_of("events", PACK.areas, [decoded]), [], NOW, ledger)


def current(store: Store) -> dict[datetime, list[int]]:
    """The versions that count, by unit."""
    rows = store.rows(
        "SELECT unit, max(current).versions FROM rollup_current WHERE topic = 'events' GROUP BY unit"
    )
    return {unit.replace(tzinfo=UTC): list(versions) for unit, versions in rows}


def unproved(store: Store) -> list[object]:
    """What is left to do, and where a derived row is not what the facts say."""
    return [*rollups.dirty_units(store, EVENTS), *verify(store, PACK).differences]


def test_the_first_round_is_whole_and_the_next_ones_are_patches_upon_it(store: Store) -> None:
    ledger, sizes = Ledger(), []
    for n in range(4):
        take(
            store,
            [event(n, "reported", REPORTED), event(0, "closed", f"2026-03-0{2 + n}T08:00:00+08:00")],
            ledger,
        )
        assert rollups.refresh(store, PACK, ledger=ledger) == 1
        sizes.append(len(current(store)[UNIT]))
        assert unproved(store) == []
    assert sizes == [1, 2, 3, 4]


def test_a_mark_of_another_worker_makes_the_next_round_whole(store: Store) -> None:
    mine, other = Ledger(), Ledger()
    take(store, [event(1, "reported", REPORTED)], mine)
    rollups.refresh(store, PACK, ledger=mine)
    take(store, [event(1, "closed", REPORTED)], other)
    take(store, [event(2, "reported", REPORTED)], mine)
    rollups.refresh(store, PACK, ledger=mine)
    assert len(current(store)[UNIT]) == 1
    assert unproved(store) == []


def test_a_large_batch_makes_the_days_it_is_about_whole_and_patches_those_it_hardly_touches(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, earlier = Ledger(), "2026-02-20T08:00:00+08:00"
    old = [event(n, "reported", earlier, reported_at=earlier) for n in range(10, 14)]
    take(store, [*old, *(event(n, "reported", REPORTED) for n in range(4))], ledger)
    rollups.refresh(store, PACK, ledger=ledger)
    monkeypatch.setattr(sink, "CASES_AT_ONCE", 2)
    monkeypatch.setattr(sink, "ROWS_FEW", 1)
    closed = "2026-03-02T08:00:00+08:00"
    rows = [event(n, "closed", closed) for n in (0, 1)]
    take(store, [*rows, event(10, "closed", closed, reported_at=earlier)], ledger)
    rollups.refresh(store, PACK, ledger=ledger)
    assert sorted(map(len, current(store).values())) == [1, 2]
    assert len(current(store)[UNIT]) == 1, "two rows of a large batch: whole"
    assert unproved(store) == []
    take(store, [event(3, "closed", closed)], ledger)
    rollups.refresh(store, PACK, ledger=ledger)
    assert len(current(store)[UNIT]) == 2, "patched again"
    assert unproved(store) == []


def test_a_version_of_another_worker_makes_the_next_round_whole(store: Store) -> None:
    mine, other = Ledger(), Ledger()
    take(store, [event(1, "reported", REPORTED)], mine)
    rollups.refresh(store, PACK, ledger=mine)
    take(store, [event(2, "reported", REPORTED)], mine)
    rollups.refresh(store, PACK, ledger=other)
    take(store, [event(3, "reported", REPORTED)], mine)
    rollups.refresh(store, PACK, ledger=mine)
    assert len(current(store)[UNIT]) == 1
    assert unproved(store) == []


class Asleep(Store):
    """A store whose writer sleeps before it tells a version, while `meanwhile` happens."""

    meanwhile: Any = None

    def command(self, sql: str, parameters: Any = None) -> None:
        if sql.startswith("INSERT INTO rollup_current") and self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        super().command(sql, parameters)


def test_a_patch_that_comes_after_another_workers_version_and_clean_up_is_not_told(store: Store) -> None:
    mine, asleep = Ledger(), Asleep(store.url)
    take(store, [event(1, "reported", REPORTED)], mine)
    rollups.refresh(asleep, PACK, ledger=mine)
    take(store, [event(2, "reported", REPORTED)], mine)

    def meanwhile() -> None:
        rollups.refresh(store, PACK)
        rollups.clean(store, worth=0)

    asleep.meanwhile = meanwhile
    rollups.refresh(asleep, PACK, ledger=mine)
    assert unproved(store) == []
    take(store, [event(1, "closed", REPORTED)], mine)
    rollups.refresh(asleep, PACK, ledger=mine)
    assert unproved(store) == []
    asleep.close()


@pytest.mark.parametrize(
    "at", ["INSERT INTO event_history", "INSERT INTO event_days", "INSERT INTO rollup_current"]
)
def test_a_patch_that_breaks_off_is_a_whole_version_at_the_next_round(store: Store, at: str) -> None:
    ledger = Ledger()
    take(store, [event(1, "reported", REPORTED)], ledger)
    rollups.refresh(store, PACK, ledger=ledger)
    take(store, [event(2, "reported", REPORTED)], ledger)
    dying = FailingStore(store.url, failing=1, when=lambda what: what.startswith(at))
    with pytest.raises(StoreError, match="the store is away"):
        rollups.refresh(dying, PACK, ledger=ledger)
    dying.close()
    rollups.refresh(store, PACK, ledger=ledger)
    assert len(current(store)[UNIT]) == 1
    assert unproved(store) == []
    rollups.clean(store, worth=0)
    assert unproved(store) == []


def test_a_mark_of_which_nobody_knows_whether_it_was_stored_is_no_harm(store: Store) -> None:
    ledger = Ledger()
    take(store, [event(1, "reported", REPORTED)], ledger)
    rollups.refresh(store, PACK, ledger=ledger)
    rollups.mark(store, "events", [UNIT])  # stored, and the answer lost
    take(store, [event(2, "reported", REPORTED)], ledger)
    rollups.refresh(store, PACK, ledger=ledger)
    assert len(current(store)[UNIT]) == 1
    assert unproved(store) == []


def test_a_case_is_patched_whatever_its_id_is_made_of(store: Store) -> None:
    ledger = Ledger()
    odd = ["it's", 'a "b"', "back\\slash", "tab\tnew\nline", "格", "{}[],", "x" * 128]
    take(store, [event(each, "reported", REPORTED) for each in odd], ledger)
    rollups.refresh(store, PACK, ledger=ledger)
    take(store, [event(each, "closed", "2026-03-02T08:00:00+08:00") for each in odd], ledger)
    rollups.refresh(store, PACK, ledger=ledger)
    assert len(current(store)[UNIT]) == 2
    assert unproved(store) == []
    assert store.rows("SELECT sum(n) FROM event_days WHERE closed AND basis = 'cohort'") == [(len(odd),)]


def test_many_patches_become_one_whole_version_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowledge, "PATCHES_MOST", 2)
    ledger, sizes = Ledger(), []
    for n in range(5):
        take(store, [event(n, "reported", REPORTED)], ledger)
        rollups.refresh(store, PACK, ledger=ledger)
        sizes.append(len(current(store)[UNIT]))
    assert sizes == [1, 2, 3, 1, 2]
    assert unproved(store) == []


def test_a_unit_of_which_most_rows_cancel_each_other_is_a_whole_version_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knowledge, "CASES_FREE", 0)
    ledger, sizes = Ledger(), []
    take(store, [event(n, "reported", REPORTED) for n in range(3)], ledger)
    rollups.refresh(store, PACK, ledger=ledger)
    for n in range(8):
        area = ["370403001", "370403002"][n % 2]
        take(store, [event(n % 3, "dispatched", f"2026-03-02T08:{n:02d}:00+08:00", area=area)], ledger)
        rollups.refresh(store, PACK, ledger=ledger)
        sizes.append(len(current(store)[UNIT]))
        assert unproved(store) == []
    # Three cases reported are six rows; a case that moves has two taken and two more.
    assert sizes == [2, 3, 4, 1, 2, 3, 4, 1]


def test_a_day_that_grows_is_not_rewritten_for_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowledge, "CASES_FREE", 0)
    ledger, sizes = Ledger(), []
    for n in range(12):
        take(store, [event(n, "reported", REPORTED)], ledger)
        rollups.refresh(store, PACK, ledger=ledger)
        sizes.append(len(current(store)[UNIT]))
    assert sizes == list(range(1, 13))
    assert unproved(store) == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["one", "other", "nobody"]),
        st.lists(
            st.tuples(
                st.integers(0, 4),
                st.sampled_from(["reported", "dispatched", "closed", "reopened", "withdrawn"]),
                st.integers(1, 5),
                st.sampled_from(["370403001", "370403002"]),
                st.integers(1, 2),
            ),
            max_size=4,
        ),
        st.booleans(),
    ),
    max_size=8,
)


@settings(max_examples=12, deadline=None)
@given(STEPS)
def test_any_course_of_batches_of_two_workers_leaves_what_the_facts_say(
    engine: Path, steps: list[tuple[str, list[tuple[int, str, int, str, int]], bool]]
) -> None:
    with fresh_store(engine) as store:
        ledgers = {"one": Ledger(), "other": Ledger(), "nobody": None}
        for who, said, rolled in steps:
            if said:
                messages = [
                    event(
                        n, stage, f"2026-03-{day:02d}T09:00:00+08:00", area=area,
                        reported_at=f"2026-03-0{first}T08:00:00+08:00",
                    )
                    for n, stage, day, area, first in said
                ]  # fmt: skip
                take(store, messages, ledgers[who])
            if rolled:
                rollups.refresh(store, PACK, ledger=ledgers[who])
        rollups.refresh(store, PACK, ledger=ledgers["one"])
        assert unproved(store) == []
