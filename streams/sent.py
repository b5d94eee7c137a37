"""Records of the topics with many messages as they were sent: the fields of the contract, times as the texts they were.

A usual record is read straight into this form, with no field but those of its contract. Its canonical JSON is then the
form written again, for its fields stand in their order; its times are checked here and made numbers of on whole columns
(`columns.stamps`); and only its free words can hold a number of a person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from operator import attrgetter
from typing import Any, get_type_hints

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType, inspect

from schemas.contracts import CONTRACTS, Topic
from schemas.privacy import may_hold_personal

#: The topics whose records are kept as they were sent.
MANY: tuple[Topic, ...] = ("events", "mediation", "cameras")

#: NUL parts words: no field that is taken in holds it.
_NUL = "\0"
_AS_ZERO = bytes.maketrans(b"123456789", b"000000000")
#: Times as most systems write them, by length, each digit as 0.
_SHAPES: dict[int, list[bytes]] = defaultdict(list)
for _parts in product("T ", ("", ".000", ".000000"), ("Z", "+00:00", "-00:00")):
    _shape = "0000-00-00{}00:00:00{}{}".format(*_parts).encode()
    _SHAPES[len(_shape)].append(_shape)
#: Where century, year, month, day, hour, minute and second begin; the least and the greatest of each, then of the hours
#: and minutes of an offset: no place is farther from UTC.
_PLACES = [0, 2, 5, 8, 11, 14, 17]
_LEAST = np.array([19, 0, 1, 1, 0, 0, 0, 0, 0], np.uint8)
_GREATEST = np.array([20, 99, 12, 31, 23, 59, 59, 14, 59], np.uint8)
#: What two characters "0" come to as a number of two digits, in one byte.
_OF_ZEROS = np.uint8((ord("0") * 11) % 256)
_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.uint8)
#: Years that are taken whatever the offset. In all of them each fourth is a leap year.
_FIRST_YEAR, _LAST_YEAR = 1971, 2098


@dataclass(frozen=True, slots=True)
class Form:
    """How one topic's records are kept: the form, the same that refuses other fields, its times, its free words."""

    loose: type[msgspec.Struct]
    strict: type[msgspec.Struct]
    times: tuple[str, ...]
    free: tuple[str, ...]

    def usual(self, messages: Sequence[Any]) -> bool:
        """Whether all times are regular and no free word can be a number of a person or holds the character NUL."""
        times = chain.from_iterable(map(attrgetter(name), messages) for name in self.times)
        words: set[Any] = set().union(*(map(attrgetter(name), messages) for name in self.free))
        words.discard(UNSET)
        text = _NUL.join(words)
        return (
            text.count(_NUL) == len(words) - 1
            and regular([time for time in times if time is not None and time is not UNSET])
            and not may_hold_personal(text.encode())
        )

    def keep(self, item: Mapping[str, Any], message: msgspec.Struct) -> Any:
        """A record in this form, given what was sent and the same by its contract."""
        texts = {
            name: item[name] if regular([item[name]]) else at.isoformat()
            for name in self.times
            if (at := getattr(message, name)) is not None
        }
        return msgspec.convert({**item, **texts}, self.loose)


def _form(contract: type[msgspec.Struct]) -> Form:
    hints = get_type_hints(contract, include_extras=True)
    fields: list[Any] = []
    times, free = [], []
    for known in sorted(msgspec.inspect.type_info(contract).fields, key=attrgetter("name")):  # type: ignore[attr-defined]
        kind, kinds = hints[known.name], _kinds(known.type)
        if inspect.DateTimeType in kinds:
            times.append(known.name)
            kind = str if known.required else str | None
        elif inspect.StrType in kinds:
            free.append(known.name)
        fields.append((known.name, kind) if known.required else (known.name, kind | UnsetType, UNSET))
    loose, strict = (
        msgspec.defstruct(
            contract.__name__, fields, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=only
        )
        for only in (False, True)
    )
    return Form(loose, strict, tuple(times), tuple(free))


def _kinds(kind: inspect.Type) -> set[type[inspect.Type]]:
    """The kinds of value a field may have."""
    if isinstance(kind, inspect.Metadata):
        return _kinds(kind.type)
    if isinstance(kind, inspect.UnionType):
        return set().union(*map(_kinds, kind.types))
    return {type(kind)}


def regular(texts: Sequence[str]) -> bool:
    """Whether all texts are times of a usual shape, in years that are taken at any offset, and days that there are."""
    widths = set(map(len, texts))
    if len(widths) > 1:
        return all(regular([text for text in texts if len(text) == width]) for width in widths)
    return all(_regular(texts, width) for width in widths)


def _regular(texts: Sequence[str], width: int) -> bool:
    joined = "".join(texts).encode()
    zeros = joined.translate(_AS_ZERO)
    if not any(zeros == shape * len(texts) for shape in _SHAPES.get(width, ())):
        return False
    places = _PLACES if joined.endswith(b"Z") else [*_PLACES, width - 5, width - 2]
    chars = np.frombuffer(joined, np.uint8).reshape(len(texts), width).T
    numbers = chars[places] * np.uint8(10) + chars[np.add(places, 1)] - _OF_ZEROS
    least, greatest = numbers.min(axis=1), numbers.max(axis=1)
    if (least < _LEAST[: len(places)]).any() or (greatest > _GREATEST[: len(places)]).any():
        return False
    century, year, month, day = numbers[:4]
    years = century.astype(np.int32) * 100 + year
    last = _DAYS[month] + ((month == 2) & (years % 4 == 0))
    return bool(years.min() >= _FIRST_YEAR and years.max() <= _LAST_YEAR and (day <= last).all())


FORMS: dict[Topic, Form] = {topic: _form(CONTRACTS[topic]) for topic in MANY}
