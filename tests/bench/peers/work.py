"""The work every peer does with the values it was given: typed decoding, columns, one insert. And how a run tells."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from schemas.clickhouse import Store, migrate
from schemas.packs import Pack, load_pack
from streams.rows import INTAKES
from streams.sent import FORMS
from tests.bench.report import peak_mb

PACK = "xuecheng"
decode = msgspec.json.Decoder(FORMS["events"].loose).decode


def fresh_store(folder: str) -> Store:
    """A migrated store in a folder of its own."""
    store = Store(f"chdb://{Path(tempfile.mkdtemp(dir=folder)) / 'store'}")
    migrate(store)
    return store


def pack() -> Pack:
    """The pack whose areas the messages name."""
    return load_pack(PACK)


def insert(store: Store, known: Pack, values: Sequence[bytes]) -> None:
    """Decode event messages, typed, and insert their rows: times are checked as they become numbers. The value itself
    stands for its canonical form."""
    events = INTAKES["events"]
    picked = events.pick([decode(value) for value in values], values)
    store.insert(events.into, events.table([picked], known.areas))


class Stopwatch:
    """From the first record to the last one stored."""

    def __init__(self) -> None:
        self._begun: float | None = None
        self._cpu = 0.0

    def begin(self) -> None:
        """The first call counts."""
        if self._begun is None:
            self._begun, self._cpu = time.monotonic(), time.process_time()

    def lap(self) -> dict[str, float]:
        """Seconds and CPU seconds of this process so far."""
        assert self._begun is not None
        return {"seconds": time.monotonic() - self._begun, "cpu": time.process_time() - self._cpu}

    def tell(self, store: Store, taken: dict[str, float]) -> None:
        """Print one JSON object: what was measured, peak memory, and a fingerprint of what was stored."""
        print(json.dumps(taken | {"peak_mb": peak_mb(), "stored": fingerprint(store)}), flush=True)


def fingerprint(store: Store) -> list[int]:
    """Distinct stages of events and heartbeats of devices, and their hashes: equal for all that stored the same."""
    ((stages, said),) = store.rows(
        "SELECT count(), sum(hash) FROM (SELECT cityHash64(source, id, reported_at, stage, round, min(at)) AS hash "
        "FROM event_stages GROUP BY source, id, reported_at, stage, round)"
    )
    ((beats, heard),) = store.rows(
        "SELECT count(), sum(hash) FROM (SELECT cityHash64(device_id, at, max(state)) AS hash "
        "FROM camera_said GROUP BY device_id, at)"
    )
    return [int(value) for value in (stages, said, beats, heard)]


def asked() -> tuple[str, str, int, str]:
    """Brokers, topic, number of messages and folder from the command line."""
    _, brokers, topic, count, folder = sys.argv
    return brokers, topic, int(count), folder
