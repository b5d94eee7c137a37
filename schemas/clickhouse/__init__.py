"""The store: one seam to chDB in process or a ClickHouse server, and its numbered migrations."""

from __future__ import annotations

import fcntl
import re
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import parse_qs, urlsplit

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.clickhouse.binding import in_pieces
from schemas.errors import ConfigError, StoreError

#: Session settings the tables rely on.
_SETTINGS = {
    "max_partitions_per_insert_block": 0,  # a late record of another year is no error
    "session_timezone": "UTC",
}
#: Words of few kinds as they lie in the engine, as dictionaries: spelt out, one takes as long as the rest of a row.
_AS_DICTIONARIES = {"output_format_arrow_low_cardinality_as_dictionary": 1}
_ENGINES = ("MergeTree", "AggregatingMergeTree", "ReplacingMergeTree", "SummingMergeTree")

Parameters = Mapping[str, Any]
#: How often this process has written to each folder: the engine keeps other processes out.
_WRITES: Counter[str] = Counter()
_COUNTING = threading.Lock()


class Store:
    """A ClickHouse store named by a URL: `chdb:///folder` in process, `http(s)://user:password@host:port/database`.

    One process has one folder open at a time; `chdb:///folder?database=name` keeps several stores apart in it, each in
    a database of its own, made on first use.
    One client a thread, made on first use; safe to share between threads. Every call blocks. Values are bound
    (`{name:Type}` in the SQL), never formatted in; they may be of any length. Raises `StoreError` where the store
    cannot be reached or answers with an error; its `retryable` is for the caller to judge.
    """

    def __init__(self, url: str) -> None:
        """Connects to nothing yet. Raises `ConfigError` for a URL of neither form."""
        if not re.match(r"chdb:///.|https?://.", url):
            raise ConfigError(
                f"{redacted(url)!r} names no store: chdb:///folder, or http(s)://user:password@host:port/database"
            )
        self.url = url
        self._folder = str(Path(urlsplit(url).path).resolve())
        self._local = threading.local()
        self._clients: list[Client] = []
        self._lock = threading.Lock()

    @property
    def embedded(self) -> bool:
        return self.url.startswith("chdb:")

    @property
    def writes(self) -> int | None:
        """How many writes to the store are over, where all of them are this process's; None of a server. Equal numbers,
        equal rows: a write that is going on counts once it is over, and may be seen before."""
        return _WRITES[self._folder] if self.embedded else None

    def _written(self) -> None:
        if self.embedded:
            with _COUNTING:
                _WRITES[self._folder] += 1

    def _connect(self) -> Client:
        try:
            if self.embedded:
                return self._connect_embedded()
            return clickhouse_connect.get_client(
                dsn=self.url, settings=_SETTINGS, autogenerate_session_id=False
            )
        except ClickHouseError as error:
            if self.embedded and _in_use(Path(urlsplit(self.url).path)):
                raise StoreError(
                    f"the store {self.url} is in use by another process; stop it, or ask its API"
                ) from error
            reason = str(error).partition(", Stack trace")[0]
            raise StoreError(f"cannot open the store {redacted(self.url)}: {reason}") from error

    def _connect_embedded(self) -> Client:
        parts = urlsplit(self.url)
        client = clickhouse_connect.get_client(interface="chdb", path=parts.path, settings=_SETTINGS)
        for database in parse_qs(parts.query).get("database", []):
            client.command("CREATE DATABASE IF NOT EXISTS {name:Identifier}", parameters={"name": database})
            client.database = database
        return client

    def _client(self) -> Client:
        client: Client | None = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = self._connect()
            with self._lock:
                self._clients.append(client)
        return client

    def command(self, sql: str, parameters: Parameters | None = None) -> None:
        """Run a statement that returns nothing."""
        try:
            statement, bound = in_pieces(sql, parameters or {})
            self._client().raw_query(statement, parameters=bound)
        except ClickHouseError as error:
            raise StoreError(f"{_first_line(sql)}: {error}") from error
        finally:
            self._written()

    def rows(self, sql: str, parameters: Parameters | None = None) -> Sequence[Sequence[Any]]:
        """The result as rows of Python values: for small results."""
        try:
            statement, bound = in_pieces(sql, parameters or {})
            result = self._client().query(statement, parameters=bound)
        except ClickHouseError as error:
            raise StoreError(f"{_first_line(sql)}: {error}") from error
        rows: Sequence[Sequence[Any]] = result.result_rows
        return rows

    def table(self, sql: str, parameters: Parameters | None = None) -> pa.Table:
        """The result as an Arrow table: for large results. Columns of words of low cardinality are dictionaries."""
        try:
            statement, bound = in_pieces(sql, parameters or {})
            return self._client().query_arrow(
                statement, parameters=bound, settings=_AS_DICTIONARIES, use_strings=True
            )
        except ClickHouseError as error:
            raise StoreError(f"{_first_line(sql)}: {error}") from error

    def insert(self, table: str, rows: pa.Table) -> None:
        """Insert an Arrow table whose columns are named as the table's."""
        try:
            self._client().insert_arrow(table, rows)
        except ClickHouseError as error:
            raise StoreError(f"insert into {table}: {error}") from error
        finally:
            self._written()

    def close(self) -> None:
        """Close every thread's client; the store may be used again afterwards."""
        with self._lock:
            clients, self._clients = self._clients, []
            self._local = threading.local()
        for client in clients:
            client.close()


def _in_use(folder: Path) -> bool:
    """Whether a running engine holds the folder: it keeps a lock on its status file."""
    try:
        with (folder / "status").open() as status:
            fcntl.flock(status, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def redacted(url: str) -> str:
    """The URL without its password, for messages."""
    return re.sub(r"//([^:/@]+):[^@]*@", r"//\1:***@", url)


def _first_line(sql: str) -> str:
    return " ".join(sql.split())[:80]


def migrations() -> list[tuple[int, str, str]]:
    """The migrations in order: number, name, SQL with engine parameters. A merged one never changes."""
    found = []
    for entry in resources.files(__package__).iterdir():
        match = re.fullmatch(r"(\d{4})_(\w+)\.sql", entry.name)
        if match:
            found.append((int(match[1]), match[2], entry.read_text("utf-8")))
    return sorted(found)


def statements(sql: str, engines: Mapping[str, str]) -> list[str]:
    """The single statements of a migration with its engine names filled in."""
    text = re.sub(r"^--.*$", "", Template(sql).substitute(engines), flags=re.MULTILINE)
    return [
        statement.strip() for statement in re.split(r";\s*$", text, flags=re.MULTILINE) if statement.strip()
    ]


def migrate(store: Store, replicated: bool = False) -> list[str]:
    """Bring the store to this version's tables; returns the names of the migrations applied now.

    `replicated` uses the Replicated… engines of a cluster. A migration that broke half way is continued where it
    stopped, because each statement creates one thing (or adds one column) and is skipped once that exists.
    """
    engines = {name: f"Replicated{name}" if replicated else name for name in _ENGINES}
    ledger = "CREATE TABLE IF NOT EXISTS migrations (number UInt32, name String, at DateTime DEFAULT now())"
    store.command(f"{ledger} ENGINE = {engines['MergeTree']} ORDER BY number")
    done = {number for (number,) in store.rows("SELECT number FROM migrations")}
    known = migrations()
    newer = done - {number for number, _, _ in known}
    if newer:
        raise StoreError(
            f"the store has migration {max(newer)}, which this version does not know: upgrade gridpulse"
        )
    applied = []
    for number, name, sql in known:
        if number in done:
            continue
        for statement in statements(sql, engines):
            store.command(re.sub(r"^CREATE (TABLE|MATERIALIZED VIEW)", r"CREATE \1 IF NOT EXISTS", statement))
        store.command(
            "INSERT INTO migrations (number, name) VALUES ({number:UInt32}, {name:String})",
            {"number": number, "name": name},
        )
        applied.append(f"{number:04d}_{name}")
    return applied
