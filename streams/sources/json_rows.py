"""JSON lines and JSON documents as rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

from streams.sources.rows import BadRow, Row, cell


def json_line_rows(text: TextIO, columns: tuple[str, ...]) -> Iterator[Row | BadRow]:
    """One object a line; blank lines are passed over."""
    for number, line in enumerate(text, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield BadRow(number, "not_json", f"is not JSON: {error}")
            continue
        yield _record(number, record, columns)


def json_rows(text: TextIO, columns: tuple[str, ...], path: str) -> Iterator[Row | BadRow]:
    """The objects of the list at `path`, names parted by dots ("" is the document itself)."""
    try:
        records = json.load(text)
    except (ValueError, RecursionError) as error:
        yield BadRow(1, "not_json", f"the document is not JSON: {error}")
        return
    for name in path.split(".") if path else ():
        records = records.get(name) if isinstance(records, dict) else None
    if isinstance(records, dict):
        records = [records]
    if not isinstance(records, list):
        yield BadRow(1, "no_records", f"has no list at {path!r}; set records under [file]")
        return
    for number, record in enumerate(records, 1):
        yield _record(number, record, columns)


def _record(number: int, record: object, columns: tuple[str, ...]) -> Row | BadRow:
    if not isinstance(record, dict):
        return BadRow(number, "not_an_object", "is not a JSON object with named values")
    return Row(number, [cell(_at(record, column)) for column in columns])


def _at(record: dict[str, Any], column: str) -> object:
    """The value under a name; a name with dots also walks into nested objects."""
    if column in record or "." not in column:
        return record.get(column)
    value: object = record
    for name in column.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
