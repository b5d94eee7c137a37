"""Writes decoded batches to the store: rejects, then facts, then the marks that make the rollups follow."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import pyarrow as pa

from schemas.areas import AreaTree
from schemas.clickhouse import Store
from schemas.contracts import Topic
from streams import rollups
from streams.columns import Milliseconds
from streams.decoding import Decoded, Reject
from streams.ledger import CASES_AT_ONCE, ROWS_FEW, Ledger
from streams.rows import INTAKES


def store_batch(
    store: Store, areas: AreaTree, topic: Topic, partition: int, decoded: Decoded, now: datetime
) -> None:
    """Store everything of one batch: see `write`."""
    write(store, topic, rows_of(topic, areas, [decoded]), [(partition, decoded.rejects)], now)


def rows_of(topic: Topic, areas: AreaTree, parts: Iterable[Decoded]) -> pa.Table | None:
    """The rows of decoded batches or runs in one table, each let go once it is read; None where they hold no good
    record."""
    intake = INTAKES[topic]
    picked = [intake.pick(part.messages, part.canonical) for part in parts if part.messages]
    return intake.table(picked, areas) if picked else None


def write(
    store: Store,
    topic: Topic,
    rows: pa.Table | None,
    rejects: Iterable[tuple[int, list[Reject]]],
    now: datetime,
    ledger: Ledger | None = None,
) -> None:
    """Store rows of one topic in one insert and rejects by partition, or raise `StoreError`. A ledger is told the cases
    touched, of a large batch those of the units it hardly touches.

    Writing the same again, together or apart, changes nothing.
    """
    for partition, found in rejects:
        if found:
            store.insert("quarantine", quarantine_rows(topic, partition, found, now))
    if rows is not None:
        intake = INTAKES[topic]
        store.insert(intake.into, rows)
        most = None if rows.num_rows <= CASES_AT_ONCE else ROWS_FEW
        cases = intake.cases(rows, most) if ledger is not None else None
        rollups.mark(store, topic, intake.units(rows), ledger, cases)


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
