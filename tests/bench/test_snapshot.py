"""What `bench snapshot` generates are facts as a worker writes them, and the query it compares with counts them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from streams import rollups
from streams.verify import verify
from tests.bench import snapshot
from tests.bench.fill import END
from tests.bench.peers.work import pack
from tests.support.store import fresh_store

CASES = 2000


def test_generated_events_are_facts_that_roll_up(engine: Path) -> None:
    known = pack()
    with fresh_store(engine) as store:
        snapshot._generate(store, known, CASES)
        rollups.refresh(store, known)
        assert verify(store, known).differences == ()
        ((cases,),) = store.rows("SELECT count() FROM event_newest FINAL")
        start = END - timedelta(days=snapshot.DAYS + 1)
        counted = store.table(snapshot._FINAL, {"at": END, "start": start.date()}).to_pydict()
        assert (cases, sum(counted["count()"])) == (CASES, CASES)
