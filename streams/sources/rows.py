"""A row as every reader gives it: its number and the cells of the columns asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from schemas.errors import MappingError
from streams.sources.hints import nearest
from streams.sources.times import midnight

Cell = str | datetime


@dataclass(frozen=True, slots=True)
class Row:
    """Cells in the order of the columns asked for. `number` counts as a spreadsheet or an editor does."""

    number: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read at all, and how to mend it."""

    number: int
    reason: str
    mend: str


def places(file: Path, header: Sequence[str], columns: tuple[str, ...]) -> list[int]:
    """Where the columns stand in the header. Raises `MappingError` that names those it lacks."""
    names = [str(name).strip() if name is not None else "" for name in header]
    missing = [column for column in columns if column.strip() not in names]
    if missing:
        lacking = ", ".join(map(repr, missing))
        raise MappingError(
            f"{file}: has no column {lacking}; its columns are {', '.join(names)}{nearest(missing[0], names)}"
        )
    return [names.index(column.strip()) for column in columns]


def cell(value: object) -> Cell:  # noqa: PLR0911 - one for each type
    """A value of JSON, Excel or Parquet as a CSV would have it; times stay times."""
    match value:
        case str():
            return value.strip()
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value
        case date():
            return midnight(value)
        case float():
            return "" if math.isnan(value) else str(int(value)) if value.is_integer() else str(value)
    return str(value)
