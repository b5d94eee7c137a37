"""How many screens one dashboard process serves, beside Dash's own ways of keeping a page up to date.

A second process plays the screens: it connects them, waits until all have a state, then reads for a while. Delivery is
from the moment the hub publishes a state to its arrival at a screen: serialising, queueing, sending and, for the peer
that polls, waiting for the next question are in it. CPU is the serving process's own, hub and store included, in
percent of one core.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from streams.broker import free_port
from tests.bench.report import Goal, Result, Row, at_most, machine, row

KINDS = ("ours", "dash_websocket", "dash_interval")
#: Grids on the map, and screens that look at it.
SIZES = ((925, 500), (12_000, 200))
SECONDS = 15.0
_START_SECONDS = 180.0
_AS_OF = re.compile(r'"as_of":"([^"]+)"')
_ROOT = Path(__file__).parents[2]


@dataclass
class Seen:
    """What arrived at the screens while `counting`: by screen, the time each state came."""

    counting: bool = False
    joined: set[int] = field(default_factory=set)
    states: dict[int, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))

    def arrived(self, screen: int, text: str) -> None:
        found = _AS_OF.search(text)
        if found is None:
            return
        self.joined.add(screen)
        if self.counting:
            self.states[screen].setdefault(found[1], time.time())


Screen = Callable[[aiohttp.ClientSession, int, Seen], Awaitable[None]]


async def _ours(session: aiohttp.ClientSession, screen: int, seen: Seen) -> None:
    async with session.ws_connect("/live", max_msg_size=0) as socket:
        await socket.send_str('{"scope":{},"changes":true}')  # as our browsers do
        async for message in socket:
            seen.arrived(screen, message.data)


async def _dash_websocket(session: aiohttp.ClientSession, screen: int, seen: Seen) -> None:
    async with session.get("/_dash-dependencies") as answer:
        (callback,) = await answer.json()
    request = {
        "type": "callback_request", "requestId": f"r{screen}", "rendererId": f"s{screen}",
        "payload": {"output": callback["output"], "outputs": [], "inputs": [], "changedPropIds": []},
    }  # fmt: skip
    async with session.ws_connect(
        "/_dash-ws-callback", origin=str(session._base_url).rstrip("/"), max_msg_size=0
    ) as socket:
        await socket.send_str(orjson.dumps(request).decode())
        async for message in socket:
            seen.arrived(screen, message.data)


async def _dash_interval(session: aiohttp.ClientSession, screen: int, seen: Seen) -> None:
    await asyncio.sleep(screen % 100 / 100)  # browsers do not open in step
    number = 0
    while True:
        number += 1
        body = {
            "output": "state.data", "outputs": {"id": "state", "property": "data"},
            "inputs": [{"id": "each", "property": "n_intervals", "value": number}],
            "changedPropIds": ["each.n_intervals"],
        }  # fmt: skip
        due = time.monotonic() + 1.0
        async with session.post("/_dash-update-component", json=body) as answer:
            seen.arrived(screen, await answer.text())
        await asyncio.sleep(max(0.0, due - time.monotonic()))


SCREENS: dict[str, Screen] = {
    "ours": _ours, "dash_websocket": _dash_websocket, "dash_interval": _dash_interval,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Load:
    """One run: the server's CPU in percent of a core, delivery in ms, states a screen a second, queries a second."""

    cpu: float
    delivery_p50: float
    delivery_p95: float
    states: float
    least_states: float
    queries: float


def run(rounds: int) -> Result:
    """Each kind with each map, with all its screens and with one."""
    rows: list[Row] = []
    ratios: dict[str, float] = {}
    goals: dict[str, Goal] = {}
    for grids, screens in SIZES:
        crowd: dict[str, list[Load]] = {}
        for kind in KINDS:
            crowd[kind] = [_measured(kind, grids, screens) for _ in range(rounds)]
            rows += _rows(f"{kind}_{grids}x{screens}", crowd[kind])
        alone = [_measured("ours", grids, 1) for _ in range(rounds)]
        rows += _rows(f"ours_{grids}x1", alone)
        named = {found.name: found for found in rows}
        ours = f"ours_{grids}x{screens}"
        for kind in KINDS[1:]:
            for what in ("cpu", "delivery_p95"):
                peer = named[f"{kind}_{grids}x{screens}_{what}"].median
                ratios[f"{kind}_{grids}_{what}"] = peer / named[f"{ours}_{what}"].median
        ratios[f"queries_{grids}_all_to_one"] = named[f"{ours}_queries"].median / max(
            0.01, named[f"ours_{grids}x1_queries"].median
        )
        goals[f"{ours}_cpu"] = at_most(25, named[f"{ours}_cpu"])
        goals[f"{ours}_delivery_p95"] = at_most(100, named[f"{ours}_delivery_p95"])
    return Result("screens", f"{machine()}, dash {metadata.version('dash')}", tuple(rows), ratios, goals)


def _rows(name: str, loads: list[Load]) -> list[Row]:
    units = {
        "cpu": "% of a core", "delivery_p50": "ms", "delivery_p95": "ms", "states": "1/s", "least_states": "1/s",
        "queries": "1/s",
    }  # fmt: skip
    return [
        row(f"{name}_{what}", unit, [getattr(load, what) for load in loads]) for what, unit in units.items()
    ]


def _measured(kind: str, grids: int, screens: int) -> Load:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.screenserver", kind, str(grids), str(port)], cwd=_ROOT
    )
    try:
        return asyncio.run(_play(kind, f"http://127.0.0.1:{port}", server.pid, screens))
    finally:
        server.kill()
        server.wait()


async def _play(kind: str, url: str, pid: int, screens: int) -> Load:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(url, connector=connector) as session:
        await _up(session)
        async with session.get("/bench/watch"):
            seen = Seen()
        with _playing([SCREENS[kind](session, screen, seen) for screen in range(screens)]):
            until = time.monotonic() + _START_SECONDS
            while len(seen.joined) < screens:
                assert time.monotonic() < until, (
                    f"{kind}: {len(seen.joined)} of {screens} screens have a state"
                )
                await asyncio.sleep(0.1)
            await asyncio.sleep(3)
            before, cpu, begun = await _asked(session), _cpu_seconds(pid), time.monotonic()
            seen.counting = True
            await asyncio.sleep(SECONDS)
            seen.counting = False
            spent, cpu = time.monotonic() - begun, _cpu_seconds(pid) - cpu
            after = await _asked(session)
    published = {_instant(state): at for state, at in after["published"].items()}
    delays = sorted(
        at - published[_instant(state)]
        for states in seen.states.values()
        for state, at in states.items()
        if published.get(_instant(state), 0) > before["now"]
    )
    counts = [len(states) for states in seen.states.values()]
    return Load(
        100 * cpu / spent,
        1000 * delays[len(delays) // 2],
        1000 * delays[int(0.95 * len(delays))],
        sum(counts) / screens / spent,
        min(counts) / spent,
        (after["asked"] - before["asked"]) / spent,
    )


def _instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@contextlib.contextmanager
def _playing(screens: list[Awaitable[None]]) -> Iterator[None]:
    tasks = [asyncio.ensure_future(screen) for screen in screens]
    try:
        yield
        failed = [task.exception() for task in tasks if task.done()]
        assert not failed, failed[0]
    finally:
        for task in tasks:
            task.cancel()


async def _up(session: aiohttp.ClientSession) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            await _asked(session)
        except (aiohttp.ClientError, OSError):
            assert time.monotonic() < until, "the server did not start"
            await asyncio.sleep(0.2)
        else:
            return


async def _asked(session: aiohttp.ClientSession) -> dict[str, Any]:
    """What the server saw until now; `now` is when it was asked."""
    async with session.get("/bench/seen") as answer:
        return {**await answer.json(), "now": time.time()}


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
