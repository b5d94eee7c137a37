"""The store over ClickHouse's HTTP interface: the same rows in and out as in process, and errors that are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from schemas.clickhouse import Store, migrate
from schemas.errors import StoreError
from streams import rollups
from streams.verify import verify
from tests.support import small
from tests.support.clickhouse import MEMORY_LIMIT, ClickHouse, Trouble
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


def test_long_bound_values_come_back_whole(clickhouse: ClickHouse) -> None:
    store = Store(clickhouse.url)
    given = [f"第{n}个\r\n--it's\\" for n in range(5000)]
    assert store.rows("SELECT {given:Array(String)}, {text:String}", {"given": given, "text": "格"}) == [
        (given, "格")
    ]
    store.close()


def test_the_same_messages_give_the_same_tables_as_in_process(clickhouse: ClickHouse, store: Store) -> None:
    over_http, pack = Store(clickhouse.url), small.pack()
    migrate(over_http)
    for each in (store, over_http):
        small.stored(each, "events", MESSAGES, pack)
        assert rollups.refresh(each, pack) == 1
        assert verify(each, pack).differences == ()
    for query in (
        "SELECT * FROM event_cases FINAL ORDER BY id",
        "SELECT * FROM event_stages FINAL ORDER BY ALL",
    ):
        assert over_http.rows(query) == store.rows(query)
    assert len(over_http.rows("SELECT * FROM event_cases FINAL")) == 50
    over_http.close()


def test_a_server_killed_and_started_again_has_what_it_had(clickhouse: ClickHouse) -> None:
    store = Store(clickhouse.url)
    migrate(store)
    small.stored(store, "events", MESSAGES, small.pack())
    clickhouse.kill()
    with pytest.raises(StoreError, match="Connection refused"):
        store.rows("SELECT 1")
    clickhouse.start()
    assert store.rows("SELECT count() FROM event_cases FINAL") == [(50,)]
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
