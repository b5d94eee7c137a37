"""Bound values of any length: a server takes 128 KiB in one value, so a longer one is bound in pieces."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: A server's `http_max_field_value_size` is 131,072 bytes; a request cannot raise it. Escaping may add to a piece.
PIECE = 100_000
#: Bytes of UTF-8 a character takes at most.
_WIDEST = 4


def in_pieces(sql: str, parameters: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The statement and its values as a server takes them: `{name:Type}` of a long list or text becomes its pieces,
    put together by the store. A single item longer than a piece stays as it is.
    """
    bound: dict[str, Any] = {}
    for name, value in parameters.items():
        pieces = _pieces(value)
        if len(pieces) == 1:
            bound[name] = value
        else:
            bound |= {f"{name}_{number}": piece for number, piece in enumerate(pieces)}
            sql = _joined(sql, name, len(pieces))
    return sql, bound


def _pieces(value: Any) -> list[Any]:
    if isinstance(value, str):
        length = PIECE // _WIDEST
        return [value[start : start + length] for start in range(0, len(value), length)] or [value]
    if isinstance(value, list | tuple) and len(value) > 1 and len(repr(value).encode()) > PIECE:
        middle = len(value) // 2
        return _pieces(value[:middle]) + _pieces(value[middle:])
    return [value]


def _joined(sql: str, name: str, pieces: int) -> str:
    """Every place of that name as a call that puts the pieces together."""

    def call(found: re.Match[str]) -> str:
        kind = found[1].strip()
        parts = ", ".join(f"{{{name}_{number}:{kind}}}" for number in range(pieces))
        return f"{'arrayConcat' if kind.startswith('Array') else 'concat'}({parts})"

    return re.sub(rf"\{{\s*{re.escape(name)}\s*:([^{{}}]+)\}}", call, sql)
