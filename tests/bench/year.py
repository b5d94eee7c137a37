"""A simulated district's year: from a filled topic to the last correct figure, and from nothing as the demo does it.

Filled: one message a stage of 770,000 events and of the mediation cases, and a day of 8,000 devices' heartbeats in
packed messages, lie on the broker before the worker starts. From nothing: the demo's own broker, feed, worker and
screens in one process, until all history is in the figures. Either run then proves its rollups from the facts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from schemas.errors import ConfigError
from streams.app import topic_names
from streams.broker import create_topics, embedded_broker
from streams.settings import WorkerSettings
from tests.bench.fill import PARTITIONS, fill, simulation, singles
from tests.bench.peers.work import pack
from tests.bench.report import Result, Row, at_most, machine, row

_PREFIX = "year."
_PATIENCE = 3600


def run(rounds: int, camera_hours: int = 24) -> Result:
    """Both ways, `rounds` times each."""
    filled, nothing = [], []
    with tempfile.TemporaryDirectory(prefix="gridpulse-bench-") as folder:
        with embedded_broker() as brokers:
            counts = _fill(brokers, camera_hours)
            for _ in range(rounds):
                filled.append(_child("filled", brokers, _PREFIX, json.dumps(counts), folder))
        for _ in range(rounds):
            nothing.append(_child("nothing", folder))
    if any(once["differences"] for once in (*filled, *nothing)):
        raise ConfigError("verify found differences: the figures are not those of the facts")
    rows = [*_rows("filled", filled), *_rows("nothing", nothing)]
    found = {each.name: each for each in rows}
    peaks = (found[f"{way}: peak memory"] for way in ("filled", "nothing"))
    goals = {
        "filled": at_most(60, found["filled: last figure"]),
        "nothing": at_most(120, found["nothing: last figure"]),
        "memory": at_most(1500, max(peaks, key=lambda peak: peak.median)),
    }
    return Result("year", machine(), tuple(rows), goals=goals)


def _fill(brokers: str, camera_hours: int) -> dict[str, int]:
    """Fill the topics; returns how many records each holds."""
    settings = WorkerSettings(brokers=brokers, topic_prefix=_PREFIX)
    create_topics(brokers, topic_names(settings), PARTITIONS, 1)
    simulated = simulation(pack(), camera_hours)
    counts = {}
    for topic in ("events", "mediation"):
        counts[topic] = fill(brokers, _PREFIX + topic, singles(simulated.packed_batches(topic)))
    beats = 0

    def counted(pairs: Any) -> Any:
        nonlocal beats
        for key, value in pairs:
            beats += value.count(b'"device_id"')
            yield key, value

    fill(brokers, f"{_PREFIX}cameras", counted(simulated.packed_batches("cameras")))
    return counts | {"cameras": beats}


def _child(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.yearrun", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=_PATIENCE, check=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _rows(way: str, runs: Sequence[dict[str, Any]]) -> list[Row]:
    """Each stage of the way, then memory and CPU."""
    stages = [
        row(f"{way}: {name}", "s", [once["stages"][name] for once in runs]) for name in runs[0]["stages"]
    ]
    return [
        *stages,
        row(f"{way}: CPU", "s", [once["cpu"] for once in runs]),
        row(f"{way}: peak memory", "MB", [once["peak_mb"] for once in runs]),
        row(f"{way}: events in the year", "cases", [once["events"] for once in runs]),
        row(f"{way}: records", "records", [once["records"] for once in runs]),
    ]
