"""From topic to rows: the same event messages taken in by us, by a stock Faust agent, by Quix Streams, by a bare loop.

Every peer is a process of its own with a fresh store, reads the same filled topic of four partitions on the embedded
broker, and must have stored the same. In each round all of them run, one after the other.
"""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from schemas.errors import ConfigError
from streams.app import topic_names
from streams.broker import create_topics, embedded_broker
from streams.produce import PACK
from streams.settings import WorkerSettings
from tests.bench.fill import PARTITIONS, fill, packs, records, simulation
from tests.bench.peers.work import pack
from tests.bench.report import Goal, Result, Row, machine, row

EVENTS, SINGLE, PACKED = "bench.", "single.", "packed."
_PATIENCE = 400

Run = Callable[[], dict[str, Any]]


def run(rounds: int, messages: int = 500_000) -> Result:
    """`messages` are taken in by each, `rounds` times; as many camera statuses one by one and packed."""
    if importlib.util.find_spec("quixstreams") is None:
        raise ConfigError("Quix Streams is not installed: pip install 'gridpulse[bench]'")
    with embedded_broker() as brokers, tempfile.TemporaryDirectory(prefix="gridpulse-bench-") as folder:
        beats = _fill(brokers, messages)
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for _ in range(rounds):
            for name, once in _peers(brokers, messages, beats, folder).items():
                found[name].append(once())
    _require_same(found, ("ours", "stock_faust", "quixstreams", "bare_loop"))
    _require_same(found, ("cameras_single", "cameras_packed"))
    return _result(found, messages, beats)


def _fill(brokers: str, messages: int) -> int:
    """Fill the three topics; returns how many camera statuses there are."""
    simulated = simulation(pack())
    for prefix in (EVENTS, SINGLE, PACKED):
        names = topic_names(WorkerSettings(brokers=brokers, topic_prefix=prefix))
        create_topics(brokers, names, PARTITIONS, 1)
    fill(brokers, f"{EVENTS}events", records(simulated, "events", messages))
    beats = records(simulated, "cameras", messages)
    fill(brokers, f"{SINGLE}cameras", beats)
    fill(brokers, f"{PACKED}cameras", packs(beats, PACK))
    return len(beats)


def _peers(brokers: str, messages: int, beats: int, folder: str) -> dict[str, Run]:
    def peer(name: str) -> Run:
        return lambda: _child(name, brokers, f"{EVENTS}events", str(messages), folder)

    def ours(prefix: str, topic: str, count: int) -> Run:
        return lambda: _child("ours", brokers, prefix, topic, str(count), folder)

    return {
        "ours": ours(EVENTS, "events", messages),
        "stock_faust": peer("stock_faust"),
        "quixstreams": peer("quix"),
        "bare_loop": peer("bare"),
        "cameras_single": ours(SINGLE, "cameras", beats),
        "cameras_packed": ours(PACKED, "cameras", beats),
    }


def _child(name: str, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", f"tests.bench.peers.{name}", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=_PATIENCE, check=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _require_same(found: dict[str, list[dict[str, Any]]], names: tuple[str, ...]) -> None:
    stored = {tuple(once["stored"]) for name in names for once in found[name]}
    if len(stored) != 1:
        raise ConfigError(f"not all of {', '.join(names)} stored the same: {stored}")


def _result(found: dict[str, list[dict[str, Any]]], messages: int, beats: int) -> Result:
    counts = {name: beats if name.startswith("cameras") else messages for name in found}
    rates = {name: _rates(name, runs, counts[name]) for name, runs in found.items()}
    rows = [*rates.values()]
    rows += [
        row(f"{name} CPU", "µs a record", [once["cpu"] / counts[name] * 1e6 for once in runs])
        for name, runs in found.items()
    ]
    rows.append(row("ours to last figure", "s", [once["figures_seconds"] for once in found["ours"]]))
    rows.append(row("ours peak memory", "MB", [once["peak_mb"] for once in found["ours"]]))
    ratios = {
        other: _ratio(found["ours"], found[other]) for other in ("stock_faust", "quixstreams", "bare_loop")
    }
    ratios["cameras_packed"] = _ratio(found["cameras_packed"], found["cameras_single"])
    bars = {"stock_faust": 10.0, "quixstreams": 1.2, "bare_loop": 0.7, "cameras_packed": 3.0}
    goals = {name: Goal(f">= {bar:g}", ratios[name], ratios[name] >= bar) for name, bar in bars.items()}
    return Result("ingest", machine(), tuple(rows), ratios, goals)


def _rates(name: str, runs: list[dict[str, Any]], messages: int) -> Row:
    return row(name, "records/s", [messages / once["seconds"] for once in runs])


def _ratio(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> float:
    """How many times faster, the median over the rounds: both ran next to each other in each."""
    ratio: float = statistics.median(
        their["seconds"] / our["seconds"] for our, their in zip(ours, theirs, strict=True)
    )
    return ratio
