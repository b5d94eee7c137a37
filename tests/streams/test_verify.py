"""`verify` finds every row that was added, lost or changed in a derived table, and names its unit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.clickhouse import Store
from streams import rollups
from streams.rollups import ROLLUPS
from streams.verify import Verdict, verify
from tests.support import small
from tests.support.small import beat, dispute, event
from tests.support.store import fresh_store

PACK = small.pack()
REPORTED = "2026-03-01T08:00:00+08:00"
DAYS = [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2)]
HOURS = [datetime(2026, 3, 1, hour, tzinfo=UTC) for hour in (0, 5)]
TABLES = [(derived.table, rollup.unit_column) for rollup in ROLLUPS for derived in rollup.tables]


@pytest.fixture(scope="module")
def filled(engine: Path) -> Iterator[Store]:
    """Cases of two days and a device of two hours, rolled up."""
    with fresh_store(engine) as store:
        days = [REPORTED, "2026-03-02T08:00:00+08:00"]
        small.stored(
            store, "events", [event(n, "reported", day, reported_at=day) for n, day in enumerate(days)], PACK
        )
        small.stored(
            store,
            "mediation",
            [dispute(n, "registered", day, registered_at=day) for n, day in enumerate(days)],
            PACK,
        )
        small.stored(store, "cameras", [beat("a", REPORTED), beat("a", "2026-03-01T13:00:00+08:00")], PACK)
        rollups.refresh(store, PACK)
        yield store


def test_a_store_that_nobody_touched_is_proved(filled: Store) -> None:
    told: list[tuple[int, int]] = []
    verdict = verify(filled, PACK, lambda done, total: told.append((done, total)))
    assert verdict == Verdict(units=6, rows=14, differences=())
    assert told == [(2, 6), (4, 6), (6, 6)]


def test_an_empty_store_is_proved(store: Store) -> None:
    assert verify(store, PACK) == Verdict(0, 0, ())


def test_what_is_still_to_do_is_rolled_up_first(store: Store) -> None:
    small.stored(store, "events", [event(1, "reported", REPORTED)], PACK)
    assert verify(store, PACK) == Verdict(units=1, rows=3, differences=())


@pytest.mark.parametrize(("table", "column"), TABLES)
@pytest.mark.parametrize("harm", ["added", "lost", "changed"])
def test_a_harmed_row_is_found_with_its_unit(filled: Store, table: str, column: str, harm: str) -> None:
    units = HOURS if column == "hour" else DAYS
    kind = "DateTime('UTC')" if column == "hour" else "Date"
    unit = {"unit": units[1] if column == "hour" else units[1].date()}
    where = f"WHERE {column} = {{unit:{kind}}}"
    filled.command(f"CREATE TABLE saved AS {table}")
    filled.command(f"INSERT INTO saved SELECT * FROM {table}")
    changed = "* REPLACE ('370403002' AS area)"
    harmed = {
        "added": f"INSERT INTO {table} SELECT * FROM saved {where} LIMIT 1",
        "changed": f"INSERT INTO {table} SELECT {changed} FROM saved {where}",
        "lost": None,
    }[harm]
    try:
        if harm != "added":
            filled.command(f"DELETE FROM {table} {where}", unit)
        if harmed is not None:
            filled.command(harmed, unit)
        found = verify(filled, PACK).differences
        # Days are counted from the history: harm to the history shows there too only where the counts are recomputed.
        assert {(d.table, d.unit) for d in found} >= {(table, units[1])}
        assert {d.unit for d in found} == {units[1]}
        (difference,) = [d for d in found if d.table == table]
        rows = difference.recomputed[0]
        assert difference.stored[0] == {"added": rows + 1, "lost": 0, "changed": rows}[harm]
        assert difference.stored[1] != difference.recomputed[1]
    finally:
        filled.command(f"TRUNCATE TABLE {table}")
        filled.command(f"INSERT INTO {table} SELECT * FROM saved")
        filled.command("DROP TABLE saved")
    assert verify(filled, PACK).differences == ()


def test_rows_of_superseded_versions_are_no_difference(filled: Store) -> None:
    for topic, unit in (("events", DAYS[0]), ("cameras", HOURS[0])):
        rollups.mark(filled, topic, [unit])
    rollups.refresh(filled, PACK)
    ((rows,),) = filled.rows("SELECT count() FROM event_history")
    assert rows > 4
    assert verify(filled, PACK).differences == ()
