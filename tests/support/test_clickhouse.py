"""The store over ClickHouse's HTTP interface: the same rows in and out as in process, and errors that are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from schemas.clickhouse import Store, migrate
from schemas.errors import StoreError
from streams import rollups
from streams.ledger import Ledger
from streams.sink import rows_of, write
from streams.verify import verify
from tests.support import small
from tests.support.clickhouse import MEMORY_LIMIT, VALUE_BYTES, ClickHouse, Trouble
from tests.support.small import event

AT = datetime(2026, 3, 1, 8, 0, 0, 123000, tzinfo=UTC)
MESSAGES = [
    event(n, stage, "2026-03-01T08:00:00+08:00") for n in range(50) for stage in ("reported", "closed")
]


def test_bound_values_come_back_as_they_were_given(clickhouse: ClickHouse) -> None:
    store = Store(clickhouse.url)
    words = ["it's", "tab\tand\nline", "back\\slash", "格脉", ""]
    sql = "SELECT {text:String}, {words:Array(String)}, {at:DateTime64(3, 'UTC')}, {none:Nullable(String)}"
    bound = {"text": "'; DROP", "words": words, "at": AT, "none": None}
    assert store.rows(sql, bound) == [("'; DROP", words, AT.replace(tzinfo=None), None)]
    store.close()


WORDS = [f"第{n}个\r\n--it's\\" for n in range(20_000)]
DAYS = [(date(1970, 1, 1) + timedelta(days=n), n) for n in range(20_000)]
LONG = [
    ("String", "".join(WORDS)),
    ("Array(String)", WORDS),
    ("Array(String)", ["x" * 30_000] * 12),
    ("Array(Tuple(Date, UInt64))", DAYS),
    ("Array(Array(UInt64))", [list(range(2**62, 2**62 + 1000))] * 40),
]


@pytest.mark.parametrize(("kind", "given"), LONG, ids=[kind for kind, _ in LONG])
def test_values_longer_than_a_server_takes_in_one_come_back_whole(
    kind: str, given: Any, clickhouse: ClickHouse
) -> None:
    assert len(str(given).encode()) > 2 * VALUE_BYTES
    store = Store(clickhouse.url)
    ((back, again, short),) = store.rows(
        f"SELECT {{given:{kind}}}, {{ given:{kind} }} = {{given:{kind}}}, {{given_name:String}}",
        {"given": given, "given_name": "格"},
    )
    assert (back, again, short) == (given, 1, "格")
    store.close()


def test_a_single_text_in_a_list_longer_than_a_server_takes_is_told(clickhouse: ClickHouse) -> None:
    store = Store(clickhouse.url)
    with pytest.raises(StoreError, match="Field value too long"):
        store.rows("SELECT {given:Array(String)}", {"given": ["x" * VALUE_BYTES]})
    store.close()


def test_a_batch_over_a_year_of_hours_and_a_patch_of_thousands_of_cases_are_taken(
    clickhouse: ClickHouse,
) -> None:
    store, pack, ledger = Store(clickhouse.url), small.pack(), Ledger()
    migrate(store)
    first = datetime(2025, 1, 1, tzinfo=UTC)
    beats = [small.beat("a", (first + timedelta(hours=n)).isoformat()) for n in range(7000)]
    small.stored(store, "cameras", beats, pack)
    assert len(rollups.dirty_units(store)) == 7000
    store.command("TRUNCATE TABLE rollup_marks")
    many = [event(n, "reported", "2026-03-01T08:00:00+08:00") for n in range(12_000)]
    few = [event(n, "closed", "2026-03-02T08:00:00+08:00") for n in range(5000)]
    for messages in (many, few):
        rows = rows_of("events", pack.areas, [small.decoded("events", messages)])
        write(store, "events", rows, [], small.NOW, ledger)
        assert rollups.refresh(store, pack, ledger=ledger) == 1
    ((versions,),) = store.rows("SELECT length(max(current).versions) FROM rollup_current")
    assert versions == 2, "the second round was not a patch"
    assert verify(store, pack).differences == ()
    store.close()


def test_the_same_messages_give_the_same_tables_as_in_process(clickhouse: ClickHouse, store: Store) -> None:
    over_http, pack = Store(clickhouse.url), small.pack()
    migrate(over_http)
    for each in (store, over_http):
        small.stored(each, "events", MESSAGES, pack)
        assert rollups.refresh(each, pack) == 1
        assert verify(each, pack).differences == ()
    for query in (
        "SELECT * FROM event_newest FINAL ORDER BY id",
        "SELECT * FROM event_stages FINAL ORDER BY ALL",
    ):
        assert over_http.rows(query) == store.rows(query)
    assert len(over_http.rows("SELECT * FROM event_newest FINAL")) == 50
    over_http.close()


def test_a_server_killed_and_started_again_has_what_it_had(clickhouse: ClickHouse) -> None:
    store = Store(clickhouse.url)
    migrate(store)
    small.stored(store, "events", MESSAGES, small.pack())
    clickhouse.kill()
    with pytest.raises(StoreError, match="Connection refused"):
        store.rows("SELECT 1")
    clickhouse.start()
    assert store.rows("SELECT count() FROM event_newest FINAL") == [(50,)]
    store.close()


def test_an_error_has_its_code_and_an_answer_cut_off_is_an_error(clickhouse: ClickHouse) -> None:
    store = Store(clickhouse.url)
    migrate(store)
    rows = pa.table({"topic": ["t"], "unit": pa.array([1], pa.uint32()), "marks": pa.array([1], pa.uint64())})
    with pytest.raises(StoreError, match="code: 47"):
        store.rows("SELECT nothing_of_this_name")
    for trouble in (replace(MEMORY_LIMIT, where="INSERT", times=1), Trouble("INSERT", times=1, cut=True)):
        clickhouse.trouble(trouble)
        with pytest.raises(StoreError):
            store.insert("rollup_marks", rows)
        store.insert("rollup_marks", rows)
    assert store.rows("SELECT count() FROM rollup_marks FINAL") == [(1,)]
    store.close()
