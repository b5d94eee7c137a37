"""Columns of the store's rows from attributes of many messages at once: words told apart once, times as integers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Milliseconds = pa.timestamp("ms", tz="UTC")

_MILLISECOND = timedelta(milliseconds=1)

Integers = np.ndarray[Any, np.dtype[np.int64]]


def plain(messages: Iterable[Any], name: str) -> pa.Array:
    """Texts of which few are alike, such as ids."""
    return pa.array(list(map(attrgetter(name), messages)), pa.string())


def words(messages: Iterable[Any], name: str) -> pa.Array:
    """Texts of which many are alike, None as the empty one."""
    encoded = plain(messages, name).dictionary_encode(null_encoding="encode")
    return relabelled(encoded, lambda word: word or "")


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


def numbers(messages: Iterable[Any], name: str, kind: pa.DataType) -> pa.Array:
    """Numbers, None as 0."""
    return pa.array([number or 0 for number in map(attrgetter(name), messages)], kind)


def times(messages: Iterable[Any], name: str) -> pa.Array:
    """Milliseconds, cut down and never rounded; None stays null."""
    since = [None if at is None else at - EPOCH for at in map(attrgetter(name), messages)]
    microseconds = pa.array(since, pa.duration("us")).view(pa.int64())
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


def contents(canonical: Sequence[bytes]) -> pa.Array:
    """Canonical bytes as text."""
    return pa.array(canonical, pa.binary()).cast(pa.string())
