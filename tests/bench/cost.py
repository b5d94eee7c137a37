"""What gridpulse costs while it stands: CPU of an idle demo, memory of worker and dashboard, what it installs.

The demo is broker, worker, store and screens after a hundred thousand events came in, with nothing sent any more,
looked at by nobody and by one screen. Worker and dashboard are processes of their own, with the engine in a third one
behind ClickHouse's HTTP interface, after as many events, one a message, with twenty screens looking on.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import orjson
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from schemas.clickhouse import Store, migrate
from streams.app import topic_names
from streams.broker import create_topics, embedded_broker, free_port
from streams.settings import WorkerSettings
from tests.bench.fill import END, fill, records, simulation
from tests.bench.freshness import other_screens
from tests.bench.peers.work import PACK, pack
from tests.bench.report import Result, at_most, machine, row
from tests.bench.start import has_figures, wait
from tests.support.clickhouse import ClickHouse

EVENTS, SCREENS = 100_000, 20
#: Until a start is over, and how long idling is watched.
_SETTLED_SECONDS, _IDLE_SECONDS = 20.0, 30.0
_PATIENCE = 300.0
_ROOT = Path(__file__).parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")


def run(rounds: int) -> Result:
    """Each round everything anew; what is installed is counted once."""
    idle = [_idle() for _ in range(rounds)]
    memory = [_memory() for _ in range(rounds)]
    alone = row("idle demo, nobody looks", "% of a core", [share for share, _ in idle])
    watched = row("idle demo, one screen", "% of a core", [share for _, share in idle])
    worker = row("worker beyond the engine", "MB", [found["worker"] for found in memory])
    dashboard = row("dashboard beyond the engine", "MB", [found["dashboard"] for found in memory])
    sizes = installed("gridpulse")
    goals = {
        "idle": at_most(10, watched),
        "worker": at_most(350, worker),
        "dashboard": at_most(350, dashboard),
    }
    rows = [
        alone, watched, worker, dashboard,
        row("packages it needs", "packages", [len(sizes)]),
        row("installed size", "MB", [sum(sizes.values())]),
        *(row(f"of it {name}", "MB", [sizes[name]]) for name in sorted(sizes, key=lambda name: -sizes[name])[:8]),
    ]  # fmt: skip
    return Result("cost", machine(), tuple(rows), goals=goals)


def _idle() -> tuple[float, float]:
    """Shares of a core of the demo with its broker: without a screen and with one."""
    port = free_port()
    demo = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.freshserver", str(port)],
        cwd=_ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert demo.stdout is not None
        brokers = demo.stdout.readline().strip()
        _until_ready(port)
        known = pack()
        fill(brokers, "gridpulse.events", records(simulation(known, 0), "events", EVENTS))
        asked = f"window=ytd&at={END - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
        figures = f"http://127.0.0.1:{port}/api/v1/areas/{known.areas.root.code}/indicators?{asked}"
        wait(figures, has_figures, time.monotonic())
        time.sleep(_SETTLED_SECONDS)
        alone = _share(demo.pid)
        with other_screens(f"http://127.0.0.1:{port}", 1):
            time.sleep(_SETTLED_SECONDS)
            return alone, _share(demo.pid)
    finally:
        demo.terminate()
        demo.wait(60)


def _share(pid: int) -> float:
    """Per cent of a core that a process and its children use."""
    before, begun = _cpu(pid), time.monotonic()
    time.sleep(_IDLE_SECONDS)
    return 100 * (_cpu(pid) - before) / (time.monotonic() - begun)


def _cpu(pid: int) -> float:
    """Seconds of CPU of a process and its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(fields[11]) + int(fields[12])) / _TICKS + sum(_cpu(int(child)) for child in children)


def _memory() -> dict[str, float]:
    """Resident megabytes of worker and dashboard at the end of their work."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        embedded_broker() as brokers,
        ClickHouse(Path(folder) / "store") as engine,
    ):
        store, settings = Store(engine.url), WorkerSettings(brokers=brokers)
        migrate(store)
        create_topics(brokers, topic_names(settings), settings.partitions, settings.replication)
        environment = {
            "GRIDPULSE_BROKERS": brokers, "GRIDPULSE_STORE": engine.url, "GRIDPULSE_PACK": PACK,
            "GRIDPULSE_PORT": str(port),
        }  # fmt: skip
        with _process("worker", environment) as worker, _process("dashboard", environment) as dashboard:
            _until_ready(port)
            with other_screens(url, SCREENS):
                pairs = records(simulation(pack(), 0), "events", EVENTS)
                fill(brokers, f"{settings.topic_prefix}events", pairs)
                _until_stored(store, len({_stage(orjson.loads(value)) for _, value in pairs}))
                time.sleep(_SETTLED_SECONDS)
                found = {"worker": _resident(worker), "dashboard": _resident(dashboard)}
        store.close()
        return found


@contextlib.contextmanager
def _process(command: str, environment: Mapping[str, str]) -> Iterator[int]:
    started = subprocess.Popen(
        [sys.executable, "-m", "gridpulse", command],
        cwd=_ROOT, env=os.environ | dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield started.pid
    finally:
        started.terminate()
        started.wait(60)


def _until_ready(port: int) -> None:
    wait(f"http://127.0.0.1:{port}/readyz", lambda _: True, time.monotonic())


def _stage(event: dict[str, Any]) -> tuple[Any, ...]:
    return event["source"], event["id"], event["stage"], event.get("round", 0)


def _until_stored(store: Store, stages: int) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        ((stored,),) = store.rows(
            "SELECT count() FROM (SELECT DISTINCT source, id, stage, round FROM event_stages)"
        )
        if stored >= stages:
            return
        time.sleep(0.5)
    raise TimeoutError("not everything was stored")


def _resident(pid: int) -> float:
    """Megabytes; of a watched worker the process that works, too."""
    own = Path(f"/proc/{pid}/statm").read_text().split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(own[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 + sum(_resident(int(child)) for child in children)


def installed(name: str) -> dict[str, float]:
    """Megabytes of every distribution that one needs, extras left out, by name; itself not counted."""
    found: dict[str, float] = {}
    waiting = [name]
    while waiting:
        asked = canonicalize_name(waiting.pop())
        if asked in found:
            continue
        try:
            distribution = metadata.distribution(asked)
        except metadata.PackageNotFoundError:
            continue
        found[asked] = sum(_size(distribution, file) for file in distribution.files or ()) / 1e6
        for text in distribution.requires or ():
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                waiting.append(needed.name)
    found.pop(canonicalize_name(name), None)
    return found


def _size(distribution: metadata.Distribution, file: metadata.PackagePath) -> int:
    path = Path(str(distribution.locate_file(file)))
    return path.stat().st_size if path.is_file() else 0
