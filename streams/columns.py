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

_MILLISECOND = timedelta(milliseconds=1)
#: Parts texts of a run. No field that is taken in holds it.
_NUL = "\0"

Integers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of messages: `read` takes a run of them, `column` makes one column of all that was read."""

    read: Callable[[Sequence[Any]], Any]
    column: Callable[[Sequence[Any]], pa.Array]


def texts(name: str) -> Field:
    """Texts."""
    each = attrgetter(name)
    return Field(lambda messages: _NUL.join(map(each, messages)), parted)


def optional(name: str) -> Field:
    """Texts, None as the empty one."""
    each = attrgetter(name)
    return Field(lambda messages: _NUL.join([text or "" for text in map(each, messages)]), parted)


def instants(name: str) -> Field:
    """Times as microseconds since the epoch, None as null."""
    each = attrgetter(name)
    return listed(
        lambda messages: [None if at is None else at - EPOCH for at in map(each, messages)], pa.duration("us")
    )


def numbers(name: str, kind: pa.DataType) -> Field:
    """Numbers, None as 0."""
    each = attrgetter(name)
    return listed(lambda messages: [number or 0 for number in map(each, messages)], kind)


def listed(read: Callable[[Sequence[Any]], list[Any]], kind: pa.DataType) -> Field:
    """What `read` makes a list of."""
    return Field(read, lambda runs: pa.array(list(chain.from_iterable(runs)), kind))


def parted(runs: Sequence[str] | Sequence[bytes]) -> pa.Array:
    """The texts of runs whose texts are parted by NUL. A run has one text at least."""
    return pc.split_pattern(pa.array(runs, pa.string()), _NUL).flatten()


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


def ranks(encoded: pa.Array, rank: Mapping[Any, int]) -> pa.Array:
    """The rank of each word."""
    known = np.array([rank[word] for word in encoded.dictionary.to_pylist()], dtype=np.uint8)
    return pa.array(known[encoded.indices.to_numpy(zero_copy_only=False)])


def times(column: pa.Array) -> pa.Array:
    """Milliseconds of what `instants` reads, cut down and never rounded; null stays null."""
    microseconds = column.view(pa.int64())
    whole: Integers = microseconds.fill_null(0).to_numpy() // 1000
    absent = microseconds.is_null().to_numpy(zero_copy_only=False) if microseconds.null_count else None
    return pa.array(whole, pa.int64(), mask=absent).view(Milliseconds)


def units(instants: pa.Array, step: timedelta) -> Integers:
    """How many whole steps each time is after the epoch."""
    milliseconds: Integers = instants.view(pa.int64()).to_numpy()
    return milliseconds // (step // _MILLISECOND)


def days(instants: pa.Array) -> pa.Array:
    """The UTC day of each time."""
    return pa.array(units(instants, timedelta(days=1)).astype(np.int32), pa.int32()).cast(pa.date32())
