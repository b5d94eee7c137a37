"""A store that fails when a test says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from schemas.clickhouse import Store
from schemas.errors import StoreError


def always(what: str) -> bool:
    """Every write fails."""
    return True


class FailingStore(Store):
    """Fails the next `failing` writes whose table or statement `when` names; reading goes on."""

    def __init__(self, url: str, failing: int = 0, when: Callable[[str], bool] = always) -> None:
        super().__init__(url)
        self.failing, self.when, self.failed = failing, when, 0

    def _write(self, what: str) -> None:
        if self.failing > self.failed and self.when(what):
            self.failed += 1
            raise StoreError(f"{what[:40]}: the store is away")

    def command(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        self._write(sql)
        super().command(sql, parameters)

    def insert(self, table: str, rows: pa.Table) -> None:
        self._write(table)
        super().insert(table, rows)
