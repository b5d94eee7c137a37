"""What is wrong with the keys of a mapping file, in the words of the one who writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from streams.sources.hints import nearest, ordinal
from streams.sources.mapping import AreaStep, Document, FileOptions, Stage, Value

Place = tuple[str, dict[str, Any], type[msgspec.Struct]]


def keys_of(part: type[msgspec.Struct]) -> list[str]:
    """The keys a part of the mapping file may have."""
    return [field.encode_name for field in msgspec.structs.fields(part)]


def unknown_key(document: dict[str, Any]) -> str | None:
    """Where the first key stands that a mapping does not have, and which one may be meant; None if all are known.

    >>> unknown_key({"area": [{"levels": "ward"}]})
    'first [[area]]: no key `levels`; did you mean `level`?'
    """
    for where, table, part in _tables(document):
        known = keys_of(part)
        for key in table:
            if key not in known:
                return f"{where}: no key `{key}`{nearest(key, known)}"
    return None


def in_words(error: msgspec.ValidationError) -> str:
    """A contract's error with its place first: "first [[area]], by: Invalid enum value 'names'"."""
    what, _, place = str(error).partition(" - at `$.")
    if not place:
        return what
    place = re.sub(
        r"^(area|stages)\[(\d+)\]", lambda found: f"{ordinal(int(found[2]) + 1)} [[{found[1]}]]", place
    )
    return f"{place.rstrip('`').replace('[...]', '').replace('.', ', ')}: {what}"


def _tables(document: dict[str, Any]) -> Iterator[Place]:
    """Every table of the file whose keys are fixed, with its place; what is no table is left to the contract."""
    yield "top of the file", document, Document
    yield from _values("", {"[file]": document.get("file")}, FileOptions)
    yield from _values("fields.", document.get("fields"))
    for number, step in enumerate(_list(document.get("area")), 1):
        where = f"{ordinal(number)} [[area]]"
        yield from _values("", {where: step}, AreaStep)
        yield from _values("", {f"{where}, within": _dict(step).get("within")})
    for number, stage in enumerate(_list(document.get("stages")), 1):
        where = f"{ordinal(number)} [[stages]]"
        yield from _values("", {where: stage}, Stage)
        parts = _dict(stage)
        yield from _values(f"{where}, ", {name: parts.get(name) for name in ("stage", "at", "round")})
        yield from _values(f"{where}, fields.", parts.get("fields"))


def _values(where: str, tables: object, part: type[msgspec.Struct] = Value) -> Iterator[Place]:
    for name, table in _dict(tables).items():
        if isinstance(table, dict):
            yield f"{where}{name}", table, part


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
