"""Every screen of a running demo at once: broker, worker, store and dashboard as they ship, with messages coming in.

GRIDPULSE_LASTING_MINUTES makes it so long, and tells how heap and nodes of each screen went; without it it is short.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from dashboard.scope import THEMES
from schemas.packs import load_pack
from streams.broker import free_port
from tests.browser.conftest import Screen
from tests.browser.growth import measured, slope
from tests.support.chain import wait_until

MINUTES = float(os.environ.get("GRIDPULSE_LASTING_MINUTES", "0"))
pytestmark = [pytest.mark.browser, pytest.mark.timeout(900 + 60 * MINUTES)]
PACK = "boston"
ROOT = load_pack(PACK).areas.root.code
PATHS = (
    "/wall?lang=zh",
    "/wall?lang=en&tour=1",
    f"/area/{ROOT}?lang=zh",
    *(
        f"/area/{ROOT}/{theme}?lang={language}"
        for theme, language in zip(THEMES, ("zh", "en") * 3, strict=False)
    ),
    "/warnings?lang=zh",
    "/ops?lang=en",
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a demo that goes an hour a minute shows its screens."""
    port, folder = free_port(), tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "gridpulse", "demo", "--pack", PACK, "--backfill", "7"]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            [*command, "--port", str(port), "--data", str(folder / "data")], stdout=log, stderr=log
        )
    try:
        wait_until(lambda: _ready(port), 180, lambda: _tail(folder / "log"), 0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 0, _tail(folder / "log")


def _ready(port: int) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
        return bool(answer.status == 200)
    return False


def _tail(log: Path) -> str:
    return log.read_text("utf-8")[-2000:]


def test_no_screen_complains_while_messages_come_in(
    browser: Browser, demo: str, capsys: pytest.CaptureFixture[str]
) -> None:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    screens = {path: Screen(context.new_page()) for path in PATHS}
    for path, screen in screens.items():
        screen.watch()
        screen.page.goto(demo + path)
        expect(screen.page.locator("#stage")).to_have_attribute("data-state", "live", timeout=120_000)
    looks, pause = (int(MINUTES), 60_000) if MINUTES else (4, 2_000)
    found: dict[str, list[tuple[float, float]]] = {path: [] for path in PATHS}
    for _ in range(looks):
        screens[PATHS[0]].page.wait_for_timeout(pause)
        for path, screen in screens.items():
            found[path].append(measured(screen.page))
    for screen in screens.values():
        expect(screen.page.locator("#stage")).to_have_attribute("data-state", "live", timeout=120_000)
    context.close()
    assert {path: screen.wrong for path, screen in screens.items() if screen.wrong} == {}
    for path, values in found.items() if MINUTES else ():
        heap, nodes = (list(column) for column in zip(*values[looks // 4 :], strict=True))
        with capsys.disabled():
            print(
                f"\n{path}: {looks} looks, a minute apart, of the last {len(heap)}: "
                f"heap {heap[-1] / 1e6:.1f} MB, {slope(heap) / 1e3:+.1f} kB a minute; "
                f"nodes {nodes[-1]:.0f}, {slope(nodes):+.2f} a minute",
                end="",
            )
