"""Tables as frozen dataclasses of equally long arrays, one row a case, an outage or a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

from streams.simulate.rhythm import Flags, Numbers

Table = TypeVar("Table")


def take(table: Table, chosen: Numbers | Flags) -> Table:
    """The chosen rows of a table, by position or by flag."""
    columns = {field.name: getattr(table, field.name)[chosen] for field in fields(table)}  # type: ignore[arg-type]
    return type(table)(**columns)


def stack(tables: Sequence[Table]) -> Table:
    """The rows of all tables, one after the other."""
    first: Any = tables[0]
    columns = {f.name: np.concatenate([getattr(table, f.name) for table in tables]) for f in fields(first)}
    return type(tables[0])(**columns)
