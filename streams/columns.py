"""Columns of the store's rows from fields of many messages: words told apart once, times as integers.

A field is read in runs of some hundred messages, while these lie in the processor's cache, and without letting go of
Python's lock, which a thread gets back only after a while; a column is made once of all the runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Milliseconds = pa.timestamp("ms", tz="UTC")
_Microseconds = pa.timestamp("us", tz="UTC")

_MILLISECOND = timedelta(milliseconds=1)
#: Parts texts of a run. No field that is taken in holds it.
_NUL = "\0"

#: Beyond all times in milliseconds.
_FARTHEST = 2**62

Integers = np.ndarray[Any, np.dtype[np.int64]]
Chosen = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of messages: `read` takes a run of them, `column` makes one column of all that was read."""

    read: Callable[[Sequence[Any]], Any]
    column: Callable[[Sequence[Any]], pa.Array]


def texts(name: str) -> Field:
    """Texts."""
    each = attrgetter(name)
    return Field(lambda messages: _NUL.join(map(each, messages)), parted)


def optional(name: str, default: str = "") -> Field:
    """Texts, none as the default."""
    each = attrgetter(name)
    return Field(lambda messages: _NUL.join([text or default for text in map(each, messages)]), parted)


def stamps(name: str) -> Field:
    """Times as regular RFC 3339 texts, in a column of microseconds; none as null."""

    def column(runs: Sequence[str]) -> pa.Array:
        written = parted(runs)
        absent = pc.equal(written, "")
        return pc.if_else(absent, None, written).cast(_Microseconds)

    return Field(optional(name).read, column)


def instants(name: str) -> Field:
    """Times as microseconds since the epoch, None as null."""
    each = attrgetter(name)
    return listed(
        lambda messages: [None if at is None else at - EPOCH for at in map(each, messages)], pa.duration("us")
    )


def numbers(name: str, kind: pa.DataType) -> Field:
    """Numbers, none as 0."""
    each = attrgetter(name)
    return listed(lambda messages: [number or 0 for number in map(each, messages)], kind)


def listed(read: Callable[[Sequence[Any]], list[Any]], kind: pa.DataType) -> Field:
    """What `read` makes a list of."""
    return Field(read, lambda runs: pa.array(list(chain.from_iterable(runs)), kind))


def parted(runs: Sequence[str]) -> pa.Array:
    """The texts of runs whose texts are parted by NUL. A run has one text at least."""
    return pc.split_pattern(pa.array(runs, pa.string()), _NUL).flatten()


def laid(runs: Sequence[Sequence[bytes]]) -> pa.Array:
    """Long texts in UTF-8, end to end: looking through them for where they part would take longer."""
    texts = list(chain.from_iterable(runs))
    ends = np.cumsum([0, *map(len, texts)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(b"".join(texts)))


# Of columns -------------------------------------------------------------------------------------------------------


def words(column: pa.Array) -> pa.Array:
    """Texts of which many are alike, each told apart once."""
    return column.dictionary_encode()


def relabelled(encoded: pa.Array, label: Callable[[Any], str]) -> pa.Array:
    """The same words by other labels, of which several may be alike; each distinct word is asked about once."""
    labels = pa.array(
        [label(word) for word in encoded.dictionary.to_pylist()], pa.string()
    ).dictionary_encode()
    return pa.DictionaryArray.from_arrays(labels.indices.take(encoded.indices), labels.dictionary)


def codes(encoded: pa.Array) -> Integers:
    """The place of each word in its dictionary."""
    places: Integers = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return places


def combined(columns: Sequence[pa.Array], between: str) -> pa.Array:
    """Words of several columns as one, each combination put together once."""
    place = together(*columns)
    _, one = np.unique(place, return_index=True)
    parts = [column.take(pa.array(one)).cast(pa.string()) for column in columns]
    return pa.DictionaryArray.from_arrays(
        pa.array(place.astype(np.int32)), pc.binary_join_element_wise(*parts, between)
    )


def greatest(owner: Integers, values: Integers, among: Chosen | None = None) -> Chosen:
    """Which values are the greatest that their owner (a number from 0 on) has, all of them or among some."""
    chosen = np.ones(len(values), np.bool_) if among is None else among
    found = np.full(owner.max() + 1, -_FARTHEST)
    np.maximum.at(found, owner[chosen], values[chosen])
    best: Chosen = chosen & (values == found[owner])
    return best


def together(*columns: pa.Array) -> Integers:
    """A number from 0 on for each combination of words that some columns have."""
    place = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        place = place * len(column.dictionary) + codes(column)
    return codes(pa.array(place).dictionary_encode())


def ranks(encoded: pa.Array, rank: Mapping[Any, int]) -> pa.Array:
    """The rank of each word."""
    known = np.array([rank[word] for word in encoded.dictionary.to_pylist()], dtype=np.uint8)
    return pa.array(known[encoded.indices.to_numpy(zero_copy_only=False)])


def times(column: pa.Array) -> pa.Array:
    """Milliseconds of what `stamps` or `instants` reads, cut down and never rounded; null stays null."""
    microseconds = column.view(pa.int64())
    whole: Integers = microseconds.fill_null(0).to_numpy() // 1000
    absent = microseconds.is_null().to_numpy(zero_copy_only=False) if microseconds.null_count else None
    return pa.array(whole, pa.int64(), mask=absent).view(Milliseconds)


def milliseconds(instants: pa.Array) -> Integers:
    """Each time, none of them null, as a number."""
    found: Integers = instants.view(pa.int64()).to_numpy()
    return found


def units(instants: pa.Array, step: timedelta) -> Integers:
    """How many whole steps each time is after the epoch."""
    return milliseconds(instants) // (step // _MILLISECOND)


def days(instants: pa.Array) -> pa.Array:
    """The UTC day of each time."""
    return pa.array(units(instants, timedelta(days=1)).astype(np.int32), pa.int32()).cast(pa.date32())
