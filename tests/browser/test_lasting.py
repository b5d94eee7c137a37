"""Screens that hang for months: choices stay, nothing grows, words stay text however long, everything can be read.

GRIDPULSE_LASTING_MINUTES makes the test of time so long; without it it is short.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from dashboard.readings import CameraPanel, Held, Incidents, SourceFeed, WarningRow
from dashboard.settings import DashboardSettings
from schemas.contracts import Action
from schemas.emergency import emergency_id
from tests.browser.conftest import Screen, Site
from tests.browser.growth import measured, slope
from tests.support.readings import FakeReadings

pytestmark = pytest.mark.browser
MINUTES = float(os.environ.get("GRIDPULSE_LASTING_MINUTES", "0"))
PATHS = ["/wall", "/area/D", "/warnings?id=w0", "/ops", "/area/D/cameras", "/area/D/risk"]
EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>" + "长" * 10_000


def test_filters_stay_over_sixty_ticks(screen: Screen, tiny: Site) -> None:
    tiny.stop()
    tiny.settings = DashboardSettings(tick_seconds=0.1, stale_after_s=30)
    tiny.start()
    page = screen.open(
        f"{tiny.url}/area/D?lang=zh&window=30d&indicator=closing_rate&category=hazard&channel=hotline"
    )
    address = page.url
    before = len(tiny.readings.calls)
    while sum(call[0] == "emergencies" for call in tiny.readings.calls[before:]) < 60:
        page.wait_for_timeout(200)
    assert page.url == address
    expect(page.locator("#window-30d")).to_have_class("tab tab-here")
    expect(page.locator("#indicator")).to_have_text("办结率")
    values = page.evaluate("[...document.querySelectorAll('#filters select')].map((one) => one.value)")
    assert values == ["hazard", "hotline"]


@dataclass
class EvilReadings(FakeReadings):
    """Whatever a message may name is markup, a script and ten thousand characters."""

    def warnings(self, *asked: Any, **named: Any) -> list[WarningRow]:
        rows = super().warnings(*asked, **named)
        return [
            replace(row, category=EVIL, rule=EVIL, window=EVIL, by=EVIL, level=EVIL, explanation_zh=EVIL)
            for row in rows
        ]

    def cameras(self, scope: str, at: datetime, worst: int = 20) -> CameraPanel:
        found = super().cameras(scope, at, worst)
        offline = [replace(one, device_id=EVIL, area=EVIL, network=EVIL) for one in found.offline]
        return CameraPanel(found.networks, tuple(offline))

    def incidents(self, *asked: Any, **named: Any) -> Incidents:
        found = super().incidents(*asked, **named)
        rows = [replace(one, category=EVIL, channel=EVIL, area=EVIL) for one in found.nearest]
        return replace(found, nearest=tuple(rows))

    def sources(self, at: datetime) -> list[SourceFeed]:
        return [replace(one, source=EVIL) for one in super().sources(at)]

    def quarantined(self) -> list[Held]:
        return [replace(one, reason=EVIL) for one in super().quarantined()]


@pytest.mark.parametrize("path", PATHS)
def test_words_of_messages_are_text_however_long(screen: Screen, tiny: Site, path: str) -> None:
    tiny.stop()
    tiny.readings = EvilReadings(tiny.pack)
    tiny.start()
    at = tiny.clock.now() - timedelta(minutes=5)
    tiny.readings.send(Action(warning_id=emergency_id("D"), action="begin_emergency", by="district", at=at))
    page = screen.page
    page.goto(tiny.url + path)
    place = "#ops" if path == "/ops" else ".desk-lines" if "id=" in path else "#stage"
    expect(page.locator(place)).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("#stage img, #stage script").count() == 0
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]


#: Of every visible text: the least contrast with what may lie behind it; a gradient may be any of its colours.
#: Figures in a dial stand on its dark disc, which no style tells apart from its ring.
_CONTRASTS = """() => {
  const parse = (text) => [...text.matchAll(/rgba?\\(([^)]+)\\)/g)].map(([, inner]) => {
    const [r, g, b, a = 1] = inner.split(/[ ,/]+/).map(Number);
    return [r, g, b, a];
  });
  const over = ([r, g, b, a], under) => [r, g, b].map((c, at) => c * a + under[at] * (1 - a));
  const light = (colour) => {
    const [r, g, b] = colour.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const grounds = (part) => {
    if (!part) return [[4, 11, 24]];
    const style = getComputedStyle(part);
    let found = grounds(part.parentElement);
    for (const colour of parse(style.backgroundColor)) if (colour[3]) found = found.map((under) => over(colour, under));
    const stops = style.backgroundImage.includes("gradient") ? parse(style.backgroundImage) : [];
    if (stops.length) found = [...found, ...stops.flatMap((stop) => found.map((under) => over(stop, under)))];
    const sorted = found.sort((a, b) => light(a) - light(b));
    return [sorted[0], sorted.at(-1)];
  };
  const found = [];
  for (const part of document.querySelectorAll("#stage *")) {
    if (part.children.length || !part.textContent.trim() || !part.getBoundingClientRect().width) continue;
    const style = getComputedStyle(part);
    if (style.visibility !== "visible" || part.closest("[hidden], :disabled, .dial, .ring")) continue;
    let faded = 1;
    for (let up = part; up; up = up.parentElement) faded *= Number(getComputedStyle(up).opacity);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const [r, g, b, a = 1] = parse(style.color)[0];
    const least = Math.min(...grounds(part).map((ground) => {
      const [x, y] = [light(over([r, g, b, a * faded], ground)), light(ground)].sort((p, q) => q - p);
      return (x + 0.05) / (y + 0.05);
    }));
    if (least < (large ? 3 : 4.5))
      found.push(`${part.id || part.className}: ${least.toFixed(2)} ${part.textContent}`);
  }
  return found;
}"""


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("emergency", [False, True])
def test_every_text_has_the_contrast_of_aa(screen: Screen, tiny: Site, path: str, emergency: bool) -> None:
    if emergency:
        at = tiny.clock.now() - timedelta(minutes=5)
        tiny.readings.send(
            Action(warning_id=emergency_id("D"), action="begin_emergency", by="district", at=at)
        )
    page = screen.page
    page.goto(tiny.url + path)
    expect(page.locator("#stage")).to_have_attribute("data-state", "live")
    page.wait_for_timeout(800)
    weak = page.evaluate(_CONTRASTS)
    assert weak == [], "\n".join(weak)


@pytest.mark.timeout(600 + 60 * MINUTES)
def test_heap_and_nodes_stay_flat(screen: Screen, tiny: Site, capsys: pytest.CaptureFixture[str]) -> None:
    page = screen.open(f"{tiny.url}/wall?lang=zh")
    page.wait_for_timeout(3000)
    rounds, pause = (60, MINUTES * 1000) if MINUTES else (10, 1500)
    found = []
    for _ in range(rounds):
        page.wait_for_timeout(pause)
        found.append(measured(page))
    heap, nodes = ([one[at] for one in found] for at in (0, 1))
    with capsys.disabled():
        seconds = pause / 1000
        print(
            f"\n{rounds} looks, {seconds:g} s apart: "
            f"heap {heap[-1] / 1e6:.1f} MB, {slope(heap) / seconds / 1e3:+.2f} kB/s; "
            f"nodes {nodes[-1]:.0f}, {slope(nodes) / seconds:+.3f}/s"
        )
    assert slope(nodes) * rounds < 0.02 * nodes[0]
    assert slope(heap) * rounds < 0.1 * heap[0]
