"""Stores for tests: one engine a process, a database of its own for each test."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from schemas.clickhouse import Store, migrate

_numbers = count(1)


@contextlib.contextmanager
def fresh_store(engine: Path) -> Iterator[Store]:
    """A migrated store with nothing in it, in a new database of the engine at this folder; gone at the end.

    Several may be open at once, as long as all of one process lie in the same folder.
    """
    name = f"test_{next(_numbers)}"
    store = Store(f"chdb://{engine}?database={name}")
    try:
        migrate(store)
        yield store
        store.command("DROP DATABASE {name:Identifier}", {"name": name})
    finally:
        store.close()


def empty(store: Store) -> None:
    """Remove every row and keep the tables: for the next example of a property."""
    names = store.rows(
        "SELECT name FROM system.tables WHERE database = currentDatabase() "
        "AND engine LIKE '%MergeTree' AND name != 'migrations'"
    )
    for (name,) in names:
        store.command("TRUNCATE TABLE {name:Identifier}", {"name": name})
