"""One field of a message: its value read from a row and given the type the contract wants."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import inspect

from schemas.contracts import CONTRACTS, Topic
from schemas.errors import MappingError
from schemas.packs import Pack
from streams.sources.hints import shape
from streams.sources.mapping import Value
from streams.sources.report import Report
from streams.sources.rows import Cell
from streams.sources.times import TimeReader
from streams.sources.values import ValueReader, words

Kind = Literal["text", "time", "int", "float"]
#: Fields whose words are listed in a dictionary of the pack.
DICTIONARIES = {
    "category": "categories",
    "channel": "channels",
    "dispute_type": "dispute_types",
    "origin": "origins",
    "network": "networks",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a field has no value (missing, bad_time, bad_number, unknown_value), and how to mend it.

    `text` is the shape of a time or number that cannot be read.
    """

    reason: str
    mend: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class FieldType:
    """What the contract wants: `known` are the only words it takes."""

    kind: Kind
    required: bool
    known: frozenset[str] | None


@cache
def field_types(topic: Topic) -> dict[str, FieldType]:
    """The fields of a topic's messages, from its contract."""
    info = inspect.type_info(CONTRACTS[topic])
    assert isinstance(info, inspect.StructType)  # noqa: S101 - for the type checker
    return {field.name: _field_type(field) for field in info.fields}


def _field_type(field: inspect.Field) -> FieldType:
    wanted = field.type
    while isinstance(wanted, inspect.UnionType | inspect.Metadata):
        if isinstance(wanted, inspect.Metadata):
            wanted = wanted.type
        else:
            wanted = next(kind for kind in wanted.types if not isinstance(kind, inspect.NoneType))
    known = frozenset(map(str, wanted.values)) if isinstance(wanted, inspect.LiteralType) else None
    kinds: dict[type, Kind] = {
        inspect.DateTimeType: "time",
        inspect.IntType: "int",
        inspect.FloatType: "float",
    }
    return FieldType(kinds.get(type(wanted), "text"), field.required, known)


@dataclass(frozen=True, slots=True)
class Context:
    """What all fields of an import share: mapping file, columns, what means "no value", times, pack."""

    path: Path
    columns: Mapping[str, int]
    empty: Collection[str]
    times: TimeReader
    pack: Pack


class FieldReader:
    """Reads one field; unknown words go to the report. `constant`: its value where every row has the same."""

    def __init__(self, name: str, value: Value, topic: Topic, context: Context) -> None:
        self.name = name
        wanted = field_types(topic)[name]
        self.required = wanted.required
        known = wanted.known
        if name in DICTIONARIES:
            known = frozenset(context.pack.entries(DICTIONARIES[name]))
        self._reader = ValueReader(
            value, context.columns, context.empty, words(known) if known else None, wanted.known is not None
        )
        self.label = self._reader.label
        self._kind = wanted.kind
        self._times = context.times
        self._choices = ", ".join(sorted(wanted.known or ()))
        self._convert = {"text": self._as_text, "time": self._as_time}.get(wanted.kind, self._as_number)
        fresh = Report()
        constant = self.read((), fresh) if value.constant is not None else None
        if isinstance(constant, Problem):
            raise MappingError(f"{context.path}, {name}: {constant.mend}")
        self.constant = None if fresh.unknown else constant

    def read(self, cells: Sequence[Cell], report: Report) -> object:
        """The value of a row, or the problem with it; "" where the map says that there is none."""
        value: Cell | None
        if self._reader.is_plain:
            value = self._reader.plain(cells)
        else:
            value, unknown = self._reader.read(cells)
            if unknown is not None:
                report.note_unknown(self.label, unknown)
                if value is None:
                    mend = f"{self.label} has an unknown value; add it to the map, as one of {self._choices}"
                    return Problem("unknown_value", mend)
        if value is None:
            mend = f"{self.label} is empty; fill it in, name a second column, or set default"
            return Problem("missing", mend)
        return value if value == "" else self._convert(value)

    def is_filled(self, cells: Sequence[Cell]) -> bool:
        """Whether there is something in its columns."""
        return self._reader.is_filled(cells)

    def _as_text(self, value: Cell) -> object:
        return value if isinstance(value, str) else value.isoformat()

    def _as_time(self, value: Cell) -> object:
        at = self._times.read(value)
        if at is not None:
            return at
        like, formats = shape(str(value)), ", ".join(self._times.formats)
        mend = f"{self.label} looks like {like}, which fits none of time_formats {formats}; add its format"
        return Problem("bad_time", mend, like)

    def _as_number(self, value: Cell) -> object:
        text = str(value)
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if math.isfinite(number) and (self._kind == "float" or number.is_integer()):
            return int(number) if self._kind == "int" else number
        like, wanted = shape(text), "whole number" if self._kind == "int" else "number"
        mend = f"{self.label} looks like {like} and must be a {wanted}; mend the source, or use pattern"
        return Problem("bad_number", mend, like)


def check(message: dict[str, object], topic: Topic) -> Problem | None:
    """The contract's own word on a message: None if it takes it."""
    try:
        msgspec.convert(message, CONTRACTS[topic])
    except msgspec.ValidationError as error:
        return Problem("invalid", str(error))
    return None
