"""The work that the peers of `bench ingest` do is ours but for what we check besides: it stores the same."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from streams.decoding import decode_runs
from streams.ledger import Ledger
from streams.sink import rows_of, write
from tests.bench.fill import records, simulation
from tests.bench.peers.work import fingerprint, insert, pack
from tests.support.store import fresh_store


def test_a_peers_insert_stores_what_a_worker_stores(engine: Path) -> None:
    known = pack()
    values = [value for _, value in records(simulation(known), "events", 1000)]
    with fresh_store(engine) as theirs, fresh_store(engine) as ours:
        insert(theirs, known, values)
        rows = rows_of("events", known.areas, decode_runs("events", list(enumerate(values)), known.areas))
        write(ours, "events", rows, [], datetime.now(UTC), Ledger())
        assert fingerprint(theirs) == fingerprint(ours)
        assert fingerprint(theirs)[0] > 900
