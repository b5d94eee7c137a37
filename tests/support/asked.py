"""A store that notes what it was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from schemas.clickhouse import Store


class AskedStore(Store):
    """`asked`: the statement and the values bound of every query, in order."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Sequence[Sequence[Any]]:
        self.asked.append((sql, parameters or {}))
        return super().rows(sql, parameters)

    def table(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        self.asked.append((sql, parameters or {}))
        return super().table(sql, parameters)
