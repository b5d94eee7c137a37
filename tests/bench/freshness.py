"""How old an event is when its count is painted: from `send()` to the frame that shows it, in a real browser.

Events are sent one a message at a steady rate to the whole chain in one process (broker, worker, store, screens), while
a hundred more screens are connected. A browser notes each new value of the tile "events reported today" at the frame
that paints it; the n-th event sent is on the screen with the first value of at least n.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import subprocess
import sys
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from kafka import KafkaProducer
from playwright.sync_api import Page, sync_playwright

from schemas.packs import Pack, load_pack
from streams.broker import free_port
from tests.bench.report import Result, at_most, machine, row
from tests.bench.start import wait
from tests.browser.conftest import FLAGS, chromium

RATE = 2000
SCREENS = 100
SECONDS = 20.0
#: Sent before the count begins, so that the first insert and the first snapshot are behind.
WARM_SECONDS = 5.0
_PATIENCE = 120.0
_ROOT = Path(__file__).parents[2]
_NOTE = """() => {
  const tile = document.getElementById("kpi-events_reported-value");
  window.painted = [];
  new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => {
    const value = Number(tile.textContent.replace(/\\D/g, ""));
    window.painted.push([(performance.timeOrigin + performance.now()) / 1000, value]);
  }, 0))).observe(tile, { childList: true, characterData: true, subtree: true });
}"""


def run(rounds: int) -> Result:
    """Each round a chain of its own."""
    found = [_once() for _ in range(rounds)]
    rows = {
        name: row(name, "s", [_share(delays, share) for delays in found])
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    }
    rows["events"] = row("events", "1", [len(delays) for delays in found])
    goals = {"p50": at_most(0.8, rows["p50"]), "p99": at_most(1.5, rows["p99"])}
    return Result("freshness", machine(), tuple(rows.values()), goals=goals)


def _share(delays: Sequence[float], share: float) -> float:
    return sorted(delays)[min(len(delays) - 1, int(share * len(delays)))]


def _once() -> list[float]:
    """Seconds from sending to painting of every event of one round."""
    port = free_port()
    chain = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.freshserver", str(port)],
        cwd=_ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert chain.stdout is not None
        brokers = chain.stdout.readline().strip()
        url = f"http://127.0.0.1:{port}"
        with sync_playwright() as playwright, other_screens(url, SCREENS):
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            page = browser.new_page(viewport={"width": 1920, "height": 1080})
            delays = _painted(page, url, brokers, load_pack("xuecheng"))
            browser.close()
            return delays
    finally:
        chain.terminate()
        chain.wait(60)


def _painted(page: Page, url: str, brokers: str, pack: Pack) -> list[float]:
    wait(f"{url}/readyz", lambda _: True, time.monotonic())
    page.goto(f"{url}/area/{pack.areas.root.code}?window=today")
    page.wait_for_selector('#stage[data-state="live"]', timeout=1000 * _PATIENCE)
    page.evaluate(_NOTE)
    sent = Sender(brokers, pack).send(WARM_SECONDS + SECONDS)
    painted = _all_painted(page, len(sent))
    values = [value for _, value in painted]
    first = int(WARM_SECONDS * RATE)
    return [
        painted[bisect_left(values, number + 1)][0] - at for number, at in enumerate(sent) if number >= first
    ]


def _all_painted(page: Page, count: int) -> list[tuple[float, int]]:
    """Times and values painted, once all events are on the screen."""
    until = time.monotonic() + _PATIENCE
    while True:
        painted: list[tuple[float, int]] = page.evaluate("window.painted")
        if painted and painted[-1][1] >= count:
            return painted
        assert time.monotonic() < until, f"{count} events sent, painted {painted[-1:]}"
        page.wait_for_timeout(200)


class Sender:
    """Sends new events of now at a steady rate."""

    def __init__(self, brokers: str, pack: Pack) -> None:
        self._producer = KafkaProducer(bootstrap_servers=brokers, linger_ms=5)
        self._chance = random.Random(1)
        self._leaves = [area.code for area in pack.areas.areas if not pack.areas.children(area.code)]
        self._categories = list(pack.entries("categories"))
        self._channels = list(pack.entries("channels"))

    def send(self, seconds: float) -> list[float]:
        """When each was sent, in seconds of the epoch."""
        begun, sent = time.time(), []
        for number in range(int(seconds * RATE)):
            due = begun + number / RATE
            if due > time.time():
                time.sleep(max(0.0, due - time.time()))
            at = time.time()
            area = self._chance.choice(self._leaves)
            self._producer.send("gridpulse.events", key=area.encode(), value=self._event(number, area, at))
            sent.append(at)
        self._producer.flush()
        self._producer.close()
        return sent

    def _event(self, number: int, area: str, at: float) -> bytes:
        now = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
        event: dict[str, Any] = {
            "source": "bench", "id": f"{number:08d}", "stage": "reported", "at": now, "reported_at": now, "area": area,
            "category": self._chance.choice(self._categories), "channel": self._chance.choice(self._channels),
        }  # fmt: skip
        return msgspec.json.encode(event)


@contextlib.contextmanager
def other_screens(url: str, count: int) -> Iterator[None]:
    """So many more screens on the same view, in a thread of their own."""
    loop = asyncio.new_event_loop()

    async def watch(session: aiohttp.ClientSession) -> None:
        async with session.ws_connect("/live", max_msg_size=0) as socket:
            await socket.send_str('{"scope":{},"changes":true}')  # as our browsers do
            async for _ in socket:
                pass

    async def all_of_them() -> None:
        async with aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(limit=0)) as session:
            await _until_up(session)
            await asyncio.gather(*(watch(session) for _ in range(count)))

    playing = loop.create_task(all_of_them())

    def play() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(playing)

    thread = threading.Thread(target=play, daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(playing.cancel)
        thread.join(10)


async def _until_up(session: aiohttp.ClientSession) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        try:
            async with session.get("/healthz") as answer:
                if answer.status == 200:
                    return
        except (aiohttp.ClientError, OSError):
            await asyncio.sleep(0.2)
    raise TimeoutError("the chain did not start")
