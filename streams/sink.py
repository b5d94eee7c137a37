"""Writes decoded batches to the store: rejects, then facts, then the marks that make the rollups follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from schemas.areas import AreaTree
from schemas.clickhouse import Store
from schemas.contracts import Topic
from streams import rollups
from streams.rows import INTAKES, Decoded, Milliseconds, Reject


def store_batch(
    store: Store, areas: AreaTree, topic: Topic, partition: int, decoded: Decoded, now: datetime
) -> None:
    """Store everything of one batch: see `store_batches`."""
    store_batches(store, areas, topic, [(partition, decoded)], now)


def store_batches(
    store: Store, areas: AreaTree, topic: Topic, parts: Sequence[tuple[int, Decoded]], now: datetime
) -> None:
    """Store (partition, decoded) batches of one topic in one insert, or raise `StoreError`.

    Writing the same batches again, together or apart, changes nothing.
    """
    for partition, decoded in parts:
        if decoded.rejects:
            store.insert("quarantine", quarantine_rows(topic, partition, decoded.rejects, now))
    messages = [message for _, decoded in parts for message in decoded.messages]
    if messages:
        intake = INTAKES[topic]
        canonical = [content for _, decoded in parts for content in decoded.canonical]
        rows = intake.rows(messages, canonical, areas)
        store.insert(intake.table, rows)
        rollups.mark(store, topic, intake.units(rows))


def quarantine_rows(topic: str, partition: int, rejects: list[Reject], now: datetime) -> pa.Table:
    """Rows of `quarantine`."""
    return pa.table(
        {
            "topic": [topic] * len(rejects),
            "partition": pa.array([partition] * len(rejects), pa.int32()),
            "offset": pa.array([r.offset for r in rejects], pa.int64()),
            "item": pa.array([r.item for r in rejects], pa.uint32()),
            "reason": [r.reason for r in rejects],
            "field": [r.field or "" for r in rejects],
            "at": pa.array([now] * len(rejects), Milliseconds),
            "payload": [r.payload for r in rejects],
        }
    )
