"""The store: migrations applied once and in order, values bound, errors that say what and where."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from schemas.clickhouse import Store, migrate, migrations, redacted, statements
from schemas.contracts import Topic
from schemas.errors import ConfigError, StoreError
from streams.rows import INTAKES
from streams.sink import rows_of
from tests.support import small
from tests.support.failing import FailingStore

_numbers = count()
NAMES = [f"{number:04d}_{name}" for number, name, _ in migrations()]
EVERYWHERE = {name: name for name in ("MergeTree", "AggregatingMergeTree", "ReplacingMergeTree")}


@pytest.fixture
def blank(engine: Path) -> Iterator[str]:
    """The URL of a store without any table."""
    name = f"blank_{next(_numbers)}"
    url = f"chdb://{engine}?database={name}"
    yield url
    store = Store(url)
    store.command("DROP DATABASE {name:Identifier}", {"name": name})
    store.close()


def tables(store: Store) -> set[str]:
    return {
        name for (name,) in store.rows("SELECT name FROM system.tables WHERE database = currentDatabase()")
    }


# Migrations ----------------------------------------------------------------------------------------------------------


def test_no_two_migrations_have_one_number() -> None:
    numbers = [number for number, _, _ in migrations()]
    assert numbers == sorted(set(numbers))


def test_every_statement_of_a_migration_can_be_run_again_after_a_stop() -> None:
    """It creates one thing, drops what a later table supersedes, adds a column that is not there yet, or copies states,
    which stay the same when they are written twice, from tables that no statement of the same migration drops."""
    for _, name, sql in migrations():
        every = statements(sql, EVERYWHERE | {"SummingMergeTree": "SummingMergeTree"})
        for statement in every:
            if statement.startswith("DROP TABLE IF EXISTS "):
                continue
            if copied := re.fullmatch(r"INSERT INTO .*\sFROM (\w+) AS old", statement, re.DOTALL):
                assert f"DROP TABLE IF EXISTS {copied[1]}" not in every, name
                continue
            if statement.startswith("ALTER TABLE "):
                assert statement.count("ADD COLUMN IF NOT EXISTS ") == statement.count("ADD COLUMN") == 1, (
                    name
                )
                continue
            assert statement.startswith(("CREATE TABLE ", "CREATE MATERIALIZED VIEW ")), name
            assert statement.count("CREATE ") == 1, name


def test_statements_end_at_a_semicolon_at_the_end_of_a_line() -> None:
    sql = "-- a comment; with a semicolon\nCREATE TABLE a (x String DEFAULT ';') ENGINE = ${MergeTree};\n\nSELECT 1;\n"
    assert statements(sql, {"MergeTree": "ReplicatedMergeTree"}) == [
        "CREATE TABLE a (x String DEFAULT ';') ENGINE = ReplicatedMergeTree",
        "SELECT 1",
    ]


def test_migrations_are_applied_in_order_and_once(blank: str) -> None:
    store = Store(blank)
    assert migrate(store) == NAMES
    found = tables(store)
    assert migrate(store) == []
    assert tables(store) == found
    assert [f"{number:04d}_{name}" for number, name in store.rows(
        "SELECT number, name FROM migrations ORDER BY number"
    )] == NAMES  # fmt: skip
    store.close()


@pytest.mark.parametrize("broken_at", [1, 3, 12, 20, 60])
def test_a_migration_that_broke_half_way_is_continued_where_it_stopped(
    blank: str, store: Store, broken_at: int
) -> None:
    breaking = FailingStore(blank, failing=1, when=_nth(broken_at))
    with pytest.raises(StoreError, match="the store is away"):
        migrate(breaking)
    assert tables(breaking) != tables(store)
    migrate(breaking)
    assert tables(breaking) == tables(store)
    assert migrate(breaking) == []
    breaking.close()


def _nth(number: int) -> Callable[[str], bool]:
    made = count(1)
    return lambda what: next(made) == number


# Facts of an earlier version -----------------------------------------------------------------------------------------

_EIGHT, _NINE = "2026-03-01T08:00:00+08:00", "2026-03-01T09:00:00+08:00"
MANY: tuple[tuple[Topic, small.Message], ...] = (
    ("events", small.event(1, "reported", _EIGHT)),
    ("events", small.event(1, "closed", _NINE, handling_level="grid", category="b")),
    ("events", small.event(1, "closed", _NINE, handling_level="town", category="a", due_at=_NINE)),
    ("events", small.event(2, "verified", _NINE, rating=4, area="370403002", urgency="urgent")),
    ("mediation", small.dispute(1, "registered", _EIGHT, triage="red", due_at=_NINE)),
    ("mediation", small.dispute(1, "succeeded", _NINE, body_level="town")),
    ("cameras", small.beat("a", _EIGHT, network="sky")),
    ("cameras", small.beat("a", _EIGHT, "offline")),
    ("cameras", small.beat("b", _NINE, kind="terminal")),
)
#: Of two messages of one instant an earlier version kept what weighs more, and whether one of them said online.
SAID = """(
    SELECT hour, device_id, at, max(state), max(startsWith(substring(state, 2), 'online')) FROM camera_said
    GROUP BY hour, device_id, at
)"""
STATES = ("event_newest FINAL", "mediation_newest FINAL", SAID, "camera_newest FINAL")


@pytest.mark.parametrize("broken_at", [None, *range(1, 44, 3)])
def test_facts_stored_by_an_earlier_version_are_those_of_this_one(
    blank: str, store: Store, monkeypatch: pytest.MonkeyPatch, broken_at: int | None
) -> None:
    """Wherever the migration broke, and though an old worker went on writing meanwhile."""
    every = migrations()
    old = FailingStore(blank, failing=1, when=_nth(broken_at or 0))
    with monkeypatch.context() as patched:
        patched.setattr("schemas.clickhouse.migrations", lambda: [one for one in every if one[0] < 12])
        old.failing = 0
        migrate(old)
    _store_as_before(old, MANY[:4])
    old.failing = 1
    if broken_at is not None:
        with pytest.raises(StoreError, match="the store is away"):
            migrate(old)
    gone = not old.rows(
        "SELECT 1 FROM system.tables WHERE name = 'camera_messages' AND database = currentDatabase()"
    )
    (_store if gone else _store_as_before)(old, MANY[4:])
    migrate(old)
    _store(store, MANY)
    for table in STATES:
        assert _all(old, table) == _all(store, table), table
    old.close()


def _store(store: Store, messages: Iterable[tuple[Topic, small.Message]]) -> None:
    for topic, message in messages:
        small.stored(store, topic, [message], small.pack())


def _store_as_before(store: Store, messages: Iterable[tuple[Topic, small.Message]]) -> None:
    """As a worker of an earlier version does: heartbeats word by word, events without telling which are at the edge."""
    for topic, message in messages:
        rows = rows_of(topic, small.pack().areas, [small.decoded(topic, [message])])
        assert rows is not None
        if topic == "cameras":
            (said,) = rows["state"].to_pylist()
            rank, (status, area, network, kind) = ord(said[0]), said[1:].split("\0")
            words = {
                "rank": pa.array([rank], pa.uint8()),
                "status": [status],
                "area": [area],
                "network": [network],
            }
            rows = pa.table(rows.select(["hour", "device_id", "at"]).to_pydict() | words | {"kind": [kind]})
            store.insert("camera_messages", rows)
        else:
            store.insert(INTAKES[topic].into, rows.drop_columns(["edge"]) if topic == "events" else rows)


def _all(store: Store, table: str) -> Sequence[Sequence[Any]]:
    found = store.rows(f"SELECT * FROM {table} ORDER BY ALL")
    assert found, table
    return found


def test_a_store_of_a_newer_version_is_refused(blank: str) -> None:
    store = Store(blank)
    migrate(store)
    store.command("INSERT INTO migrations (number, name) VALUES (9001, 'of_tomorrow')")
    with pytest.raises(
        StoreError, match=r"migration 9001, which this version does not know: upgrade gridpulse"
    ):
        migrate(store)
    store.close()


# Values and errors ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "it's",
        'a "quoted" \\ word',
        "'); DROP TABLE events; --",
        "{name:String}",
        "%(name)s %s %%",
        "第1区\t\n",
        "",
    ],
)
def test_a_value_comes_back_as_it_was_bound(store: Store, value: str) -> None:
    before = tables(store)
    assert store.rows("SELECT {value:String}", {"value": value}) == [(value,)]
    assert store.rows("SELECT arrayJoin({all:Array(String)})", {"all": [value, "x"]}) == [(value,), ("x",)]
    assert store.table("SELECT {value:String} AS it", {"value": value}).to_pylist() == [{"it": value}]
    assert tables(store) == before


def test_writes_of_one_process_to_a_folder_are_counted_together_and_a_servers_are_not(
    blank: str, engine: Path
) -> None:
    store, same = Store(blank), Store(f"chdb://{engine / '..' / engine.name}")
    before = store.writes
    store.command("CREATE TABLE one (n UInt8) ENGINE = MergeTree ORDER BY n")
    same.command("SELECT 1")
    store.insert("one", pa.table({"n": pa.array([1], pa.uint8())}))
    store.rows("SELECT n FROM one")
    with pytest.raises(StoreError):
        same.insert("one", pa.table({"m": pa.array([1], pa.uint8())}))
    assert before is not None
    assert (store.writes, same.writes) == (before + 4, before + 4)
    assert Store("http://127.0.0.1:1").writes is None
    store.close()
    same.close()


def test_rows_inserted_are_the_rows_read(store: Store) -> None:
    rows = pa.table(
        {"topic": ["events", "it's"], "unit": pa.array([0, 86_400], pa.uint32()), "marks": [1, 2]}
    )
    store.insert("rollup_marks", rows)
    found = store.table(
        "SELECT topic, toUInt32(unit) AS unit, toInt64(marks) AS marks FROM rollup_marks ORDER BY unit"
    )
    assert found.to_pylist() == rows.to_pylist()
    assert pa.types.is_dictionary(found["topic"].type)


def test_an_error_names_the_statement_and_the_reason(store: Store) -> None:
    with pytest.raises(StoreError, match=r"^SELECT nope FROM event_days: .*nope"):
        store.rows("SELECT nope\n  FROM event_days")
    with pytest.raises(StoreError, match=r"^SELECT \* FROM nowhere: .*nowhere"):
        store.table("SELECT * FROM nowhere")
    with pytest.raises(StoreError, match=r"^DROP TABLE nowhere: .*nowhere"):
        store.command("DROP TABLE nowhere")
    with pytest.raises(StoreError, match=r"^insert into event_days: "):
        store.insert("event_days", pa.table({"nope": [1]}))


def test_a_store_may_be_used_again_after_it_was_closed_and_from_any_thread(store: Store) -> None:
    found: list[Any] = []
    threads = [threading.Thread(target=lambda n=n: found.extend(store.rows(f"SELECT {n}"))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [(0,), (1,), (2,), (3,)]
    store.close()
    assert store.rows("SELECT 5") == [(5,)]


def test_an_embedded_store_of_another_process_says_what_to_do(store: Store, engine: Path) -> None:
    code = "import sys; from schemas.clickhouse import Store; Store(sys.argv[1]).rows('SELECT 1')"
    url = f"chdb://{engine}"
    done = subprocess.run(
        [sys.executable, "-c", code, url], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"schemas.errors.StoreError: the store {url} is in use by another process; stop it, or ask its API"
    )


@pytest.mark.parametrize("use", ["rows", "table", "command"])
def test_a_server_that_does_not_answer_is_a_store_error_without_its_password(use: str) -> None:
    store = Store("http://desk:secret@127.0.0.1:1/gridpulse")
    with pytest.raises(
        StoreError, match=r"^cannot open the store http://desk:\*\*\*@127\.0\.0\.1:1/"
    ) as error:
        getattr(store, use)("SELECT 1")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("url", ["", "store", "ftp://host/db", "chdb://", "chdb:///", "http://", "/folder"])
def test_a_url_that_names_no_store_is_refused_at_once(url: str) -> None:
    with pytest.raises(ConfigError, match=r"names no store: chdb:///folder, or http\(s\)://"):
        Store(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://desk:secret@host:8123/db", "http://desk:***@host:8123/db"),
        ("https://desk:p:a@host/db", "https://desk:***@host/db"),
        ("http://host:8123/db", "http://host:8123/db"),
        ("chdb:///folder?database=a", "chdb:///folder?database=a"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert redacted(url) == shown
