"""One field of a message: its value read from a row and given the type the contract wants."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import msgspec
from msgspec import inspect

from schemas.contracts import CONTRACTS, Topic
from schemas.packs import Pack
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
    """Why a field has no value (missing, bad_time, bad_number, unknown_value), and how to mend it."""

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
    if isinstance(wanted, inspect.UnionType):
        wanted = next(kind for kind in wanted.types if not isinstance(kind, inspect.NoneType))
    if isinstance(wanted, inspect.Metadata):
        wanted = wanted.type
    known = frozenset(map(str, wanted.values)) if isinstance(wanted, inspect.LiteralType) else None
    kinds: dict[type, Kind] = {
        inspect.DateTimeType: "time",
        inspect.IntType: "int",
        inspect.FloatType: "float",
    }
    return FieldType(kinds.get(type(wanted), "text"), field.required, known)


class FieldReader:
    """Reads one field; unknown words and unreadable values go to the report."""

    def __init__(
        self,
        name: str,
        value: Value,
        topic: Topic,
        columns: Mapping[str, int],
        empty: Collection[str],
        times: TimeReader,
        pack: Pack,
    ) -> None:
        self.name = name
        wanted = field_types(topic)[name]
        self.required = wanted.required
        known = wanted.known or frozenset(pack.entries(DICTIONARIES[name]) if name in DICTIONARIES else ())
        self._reader = ValueReader(
            value, columns, empty, words(known) if known else None, wanted.known is not None
        )
        self._kind = wanted.kind
        self._times = times
        self._choices = ", ".join(sorted(wanted.known or ()))
        self.may_be_absent = value.constant is None
        self.read: Callable[[Sequence[Cell], Report], object] = {
            "text": self._text, "time": self._time, "int": self._number, "float": self._number,
        }[wanted.kind]  # fmt: skip

    @property
    def label(self) -> str:
        return self._reader.label

    def _missing(self) -> Problem:
        return Problem("missing", f"{self.label} is empty; fill it in, name a second column, or set default")

    def _text(self, cells: Sequence[Cell], report: Report) -> object:
        value, unknown = self._reader.read(cells)
        if unknown is not None:
            report.note_unknown(self.label, unknown)
            if value is None:
                mend = f"{self.label} has an unknown value; add it to the map, as one of {self._choices}"
                return Problem("unknown_value", mend, unknown)
        return self._missing() if value is None else value

    def _time(self, cells: Sequence[Cell], report: Report) -> object:
        cell: Cell | None = self._reader.cell(cells) if self._reader.is_plain else None
        if cell is None:
            text = self._text(cells, report)
            if not isinstance(text, str) or not text:
                return text or self._missing()
            cell = text
        at = self._times.read(cell)
        if at is not None:
            return at
        mend = f"{self.label} fits none of time_formats {', '.join(self._times.formats)}; add its format"
        return Problem("bad_time", mend, str(cell))

    def _number(self, cells: Sequence[Cell], report: Report) -> object:
        text = self._text(cells, report)
        if not isinstance(text, str) or not text:
            return text or self._missing()
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if math.isfinite(number) and (self._kind == "float" or number.is_integer()):
            return int(number) if self._kind == "int" else number
        return Problem("bad_number", f"{self.label} must be a {'whole ' * (self._kind == 'int')}number", text)


def check(message: dict[str, object], topic: Topic) -> Problem | None:
    """The contract's own word on a message: None if it takes it."""
    try:
        msgspec.convert(message, CONTRACTS[topic])
    except msgspec.ValidationError as error:
        return Problem("invalid", str(error))
    return None
