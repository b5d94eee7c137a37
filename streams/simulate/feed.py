"""A feed: stage rows in order of delivery, written as JSON and packed into messages of some hundred records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from streams.simulate.rhythm import Ints, Numbers
from streams.simulate.rows import Rows, within
from streams.simulate.tables import take

#: Records looked at together; each message key of a chunk becomes one message.
CHUNK = 4096
Packed = tuple[bytes, bytes]


class Writer(Protocol):
    """Writes rows of one topic as JSON objects, and knows each row's message key."""

    @property
    def keys(self) -> Sequence[bytes]:
        """All message keys."""

    def write(self, rows: Rows) -> list[str]:
        """The JSON object of every row."""

    def key(self, rows: Rows) -> Numbers:
        """For each row the position of its message key in `keys`."""

    def only(self, cases: Numbers) -> Writer:
        """A writer that knows these cases only, renumbered in this order."""


def stamps(seconds: Ints) -> list[str]:
    """RFC 3339 times in UTC."""
    texts: list[str] = np.datetime_as_string(seconds.astype("datetime64[s]"), timezone="UTC").tolist()
    return texts


def pack(keys: Sequence[bytes], key: Numbers, texts: Sequence[str]) -> Iterator[Packed]:
    """One message a key, its records in their order: (key, UTF-8 JSON array)."""
    order = np.argsort(key, kind="stable")
    cuts = np.flatnonzero(np.diff(key[order])) + 1
    for part in np.split(order, cuts):
        if len(part):
            yield keys[key[part[0]]], f"[{','.join([texts[n] for n in part.tolist()])}]".encode()


class Feed:
    """The rows of one batch of cases, in order of delivery, and their writer."""

    def __init__(self, rows: Rows, writer: Writer) -> None:
        self._rows = rows
        self._writer = writer

    def count(self, start: int, end: int) -> int:
        """Messages (records, repeated ones too) that happened in start ≤ t < end."""
        return int(within(self._rows.at, start, end).sum())

    def happened(self, start: int, end: int) -> Iterator[Packed]:
        """What happened in start ≤ t < end, in order of delivery."""
        yield from self._pack(np.flatnonzero(within(self._rows.at, start, end)))

    def delivered(self, start: int, end: int) -> Iterator[Packed]:
        """What is delivered in start ≤ t < end."""
        yield from self._pack(np.arange(*np.searchsorted(self._rows.delivered, (start, end))))

    def since(self, start: int) -> Feed:
        """A small feed of what is delivered from `start` on, and of its cases only."""
        rows = take(self._rows, self._rows.delivered >= start)
        cases, case = np.unique(rows.case, return_inverse=True)
        return Feed(replace(rows, case=case.astype(np.int32)), self._writer.only(cases))

    def _pack(self, chosen: Numbers) -> Iterator[Packed]:
        for low in range(0, len(chosen), CHUNK):
            rows = take(self._rows, chosen[low : low + CHUNK])
            yield from pack(self._writer.keys, self._writer.key(rows), self._writer.write(rows))
