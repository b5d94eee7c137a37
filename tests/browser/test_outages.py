"""Outages of worker, broker, store and dashboard under a real chain: the wall tells age and reason, and heals alone.

Seconds each; GRIDPULSE_OUTAGE_MINUTES makes them as long as asked for (1, 5, 30).
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from dashboard.app import create_app
from dashboard.queries import StoreReadings
from dashboard.settings import DashboardSettings
from schemas.clickhouse import Store, migrate
from schemas.clock import WallClock
from schemas.packs import Pack
from streams.broker import embedded_broker
from tests.browser.conftest import Screen
from tests.support.chain import Chain
from tests.support.clickhouse import ClickHouse
from tests.support.server import serving
from tests.support.tiny_pack import tiny_pack

SECONDS = float(os.environ.get("GRIDPULSE_OUTAGE_MINUTES", "0")) * 60 or 4.0
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600 + SECONDS)]
#: What a screen may take to tell an outage, or to heal: a worker joins its group anew, on a busy machine.
PATIENCE_MS = 120_000
AGE = re.compile(r"[1-9]\d*(秒|分钟|小时)")


@dataclass
class Deployment:
    """Broker, store, worker and dashboard, each of which can go away and come back."""

    pack: Pack
    broker: str
    server: ClickHouse
    chain: Chain
    port: int = 0
    told: int = 0
    _screens: ExitStack = field(default_factory=ExitStack)

    def start_dashboard(self) -> None:
        settings = DashboardSettings(tick_seconds=0.5, stale_after_s=10)
        store = self._screens.enter_context(closing(Store(self.server.url)))
        app = create_app(StoreReadings(store, self.pack), self.pack, WallClock(), settings)
        self.port = self._screens.enter_context(serving(app, self.port)).port

    def stop_dashboard(self) -> None:
        self._screens.close()

    def signal_broker(self, number: signal.Signals) -> None:
        """To the one process that listens at the broker's address."""
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile: not ours
                if f"tcp://{self.broker}".encode() in (folder / "cmdline").read_bytes().split(b"\0"):
                    os.kill(int(folder.name), number)

    def report(self) -> None:
        """One more event, sent when all is well again."""
        at = (WallClock().now() - timedelta(seconds=1)).isoformat()
        words = {"source": "desk", "area": "T1-1", "category": "hazard", "channel": "hotline"}
        self.told += 1
        event = words | {"id": f"e{self.told}", "stage": "reported", "at": at, "reported_at": at}
        self.chain.send("events", [event], packed=False)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("outages")
    pack = tiny_pack(folder)
    with (
        ClickHouse(folder / "store") as server,
        closing(Store(server.url)) as store,
        embedded_broker() as broker,
    ):
        migrate(store)
        given = {"topic_prefix": "gridpulse.", "group": "outages", "retry_max_seconds": 1.0}
        with Chain(pack, store, clock=WallClock(), brokers=broker, **given) as chain:
            made = Deployment(pack, broker, server, chain)
            made.start_dashboard()
            yield made
            made.stop_dashboard()


def frozen(deployment: Deployment) -> None:
    deployment.signal_broker(signal.SIGSTOP)


def thawed(deployment: Deployment) -> None:
    deployment.signal_broker(signal.SIGCONT)


#: By what goes away: how it goes, how it comes back, and what the banner has to name.
OUTAGES: dict[str, tuple[Callable[[Deployment], None], Callable[[Deployment], None], str]] = {
    "dashboard": (Deployment.stop_dashboard, Deployment.start_dashboard, "连接中断"),
    "store": (lambda it: it.server.kill(), lambda it: it.server.start(), "存储无响应"),
    "worker": (lambda it: it.chain.stop_worker(), lambda it: it.chain.start_worker(), "处理程序"),
    "broker": (frozen, thawed, "消息队列"),
}


@pytest.mark.parametrize("what", OUTAGES)
def test_a_wall_tells_the_outage_and_its_age_and_heals_without_a_hand(
    screen: Screen, deployment: Deployment, what: str
) -> None:
    go, back, reason = OUTAGES[what]
    deployment.report()
    page = screen.open(f"http://127.0.0.1:{deployment.port}/wall?lang=zh&area=T1&tour=0&window=today")
    value = page.locator("#kpi-events_reported-value")
    expect(value).to_have_text(f"{deployment.told}", timeout=PATIENCE_MS)
    expect(page.locator("#stage")).to_have_attribute("data-state", "live", timeout=PATIENCE_MS)
    page.evaluate("window.sameDocument = true")
    go(deployment)
    try:
        expect(page.locator("#banner")).to_contain_text(reason, timeout=PATIENCE_MS)
        page.wait_for_timeout(SECONDS * 1000)
        expect(page.locator("#banner")).to_contain_text(reason, timeout=PATIENCE_MS)
        expect(page.locator("#banner")).to_contain_text(AGE)
        expect(value).to_have_text(f"{deployment.told}")
    finally:
        back(deployment)
    deployment.report()
    expect(value).to_have_text(f"{deployment.told}", timeout=PATIENCE_MS)
    expect(page.locator("#stage")).to_have_attribute("data-state", "live", timeout=PATIENCE_MS)
    expect(page.locator("#banner")).to_be_empty()
    assert "area=T1" in page.url
    screen.expected += ["/live", "ERR_CONNECTION"]
    assert page.evaluate("window.sameDocument") is True
