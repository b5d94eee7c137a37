"""Quarantine: where records go that cannot be taken, and the cap that stops a misconfigured source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from schemas.contracts import Quarantined
from schemas.errors import QuarantineFull
from streams.decoding import Reject

#: A message of the quarantine topic is about so large at most: brokers and clients take a megabyte as they come.
MESSAGE_BYTES = 512 * 1024
#: A field's path is cut to this many characters: names in a bad message may have any length.
FIELD_LIMIT = 200


@dataclass(slots=True)
class Cap:
    """Counts what one topic took and rejected; `check` stops before a whole source ends in quarantine.

    Both counts start again when the rejects reach the cap while most records are good, so that a healthy source is
    never stopped by the sum of years.
    """

    topic: str
    limit: int
    share: float
    taken: int = 0
    rejected: int = 0

    def check(self, taken: int, rejected: int) -> None:
        """Count a batch before it is stored. Raises `QuarantineFull` where the cap is reached."""
        total, bad = self.taken + taken + self.rejected + rejected, self.rejected + rejected
        if bad >= self.limit:
            if bad > self.share * total:
                raise QuarantineFull(
                    f"topic {self.topic}: {bad} of {total} records were rejected, the cap is {self.limit}. Nothing is "
                    "lost: the rest waits in the topic. See `gridpulse quarantine list` for the reasons, mend the "
                    "source or its mapping, then start the worker again (or raise GRIDPULSE_QUARANTINE_CAP)."
                )
            self.taken = self.rejected = 0
            return
        self.taken += taken
        self.rejected += rejected


def quarantined(topic: str, partition: int, rejects: Sequence[Reject], now: datetime) -> Iterator[bytes]:
    """The rejects of a batch as messages of the quarantine topic, packed up to what a broker takes at once."""
    packed: list[bytes] = []
    size = 0
    for reject in rejects:
        told = _encoded(topic, partition, reject, now)
        if packed and size + len(told) > MESSAGE_BYTES:
            yield b"[" + b",".join(packed) + b"]"
            packed, size = [], 0
        packed.append(told)
        size += len(told)
    if packed:
        yield b"[" + b",".join(packed) + b"]"


def _encoded(topic: str, partition: int, reject: Reject, now: datetime) -> bytes:
    return msgspec.json.encode(
        Quarantined(
            topic=topic,
            partition=partition,
            offset=reject.offset,
            index=reject.item,
            reason=reject.reason,
            field=reject.field and reject.field[:FIELD_LIMIT],
            at=now,
            payload=reject.payload,
        )
    )
