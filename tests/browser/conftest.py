"""A real Chromium, the screens on a real server, and a page that remembers everything that went wrong on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    Response,
    expect,
    sync_playwright,
)

from dashboard.app import create_app
from dashboard.settings import DashboardSettings
from schemas.clock import Clock, WallClock
from schemas.packs import Pack, load_pack
from tests.support.readings import FakeReadings
from tests.support.require import require
from tests.support.server import Serving, serving
from tests.support.tiny_pack import tiny_pack

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

#: What a screen is expected to show may take so long on a busy machine; how fast it is, the benchmarks tell.
expect.set_options(timeout=30_000)


def chromium() -> str | None:
    """The browser of this machine: GRIDPULSE_CHROMIUM, or the first that is installed."""
    named = os.environ.get("GRIDPULSE_CHROMIUM")
    return named or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Module-wide: its own event loop must not outlive the browser tests."""
    require(chromium(), "no Chromium: install it or set GRIDPULSE_CHROMIUM")
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
    yield started
    started.close()


@dataclass
class Screen:
    """A page and what went wrong on it, but for lines with a part of `expected`, whenever the browser tells them."""

    page: Page
    wrong: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:")):
            self.wrong.append(f"outside request: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.wrong.append(f"{response.status}: {response.url}")

    def open(self, url: str) -> Page:
        """The page, once the map is drawn."""
        self.page.goto(url)
        self.page.locator("#map[data-drawn]").wait_for(state="attached", timeout=20_000)
        return self.page


@pytest.fixture
def screen(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Screen]:
    """A fresh page of 1920 × 1080; the test fails for any console message, error or outside request."""
    if "tiny" in request.fixturenames:
        request.getfixturevalue("tiny")  # so the page is closed before its server is
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    made = Screen(context.new_page())
    made.watch()
    yield made
    context.close()
    assert [line for line in made.wrong if not any(part in line for part in made.expected)] == []


@dataclass
class Site:
    """A dashboard that can be stopped and started again on its port."""

    pack: Pack
    clock: Clock = field(default_factory=WallClock)
    settings: DashboardSettings = field(
        default_factory=lambda: DashboardSettings(tick_seconds=0.25, stale_after_s=1)
    )
    port: int = 0

    def __post_init__(self) -> None:
        self._running = ExitStack()
        self.readings = FakeReadings(self.pack)

    def start(self) -> Serving:
        self.readings.pack = self.pack
        app = create_app(self.readings, self.pack, self.clock, self.settings, self.readings)
        served = self._running.enter_context(serving(app, self.port))
        self.port = served.port
        return served

    def stop(self) -> None:
        self._running.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Site]:
    """The tiny pack's site, running."""
    site = Site(tiny_pack(tmp_path))
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="module", params=["xuecheng", "boston"])
def shipped(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A shipped pack's site, running."""
    site = Site(load_pack(request.param), settings=DashboardSettings())
    site.start()
    yield site
    site.stop()
