"""The screens from a laptop to a video wall of three 16:9 panes: whole, legible, nothing over anything."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Screen, Site

pytestmark = pytest.mark.browser

#: From small to large: headless Chromium now and then keeps a 4K layout when it is made smaller.
SIZES = [(1366, 768), (1920, 1080), (2560, 1440), (3840, 2160)]
#: Video walls wider than 16:9: only the wall fills them.
WIDE = [(3840, 1080), (5760, 1080)]

#: Every visible text of the stage with its box in stage pixels; lists that scroll and the running line excepted.
_TEXTS = """() => {
  const stage = document.getElementById('stage').getBoundingClientRect();
  const scale = stage.height / 1080;
  const found = [];
  for (const part of document.querySelectorAll('#stage *')) {
    if (part.children.length || !part.textContent.trim()) continue;
    if (part.closest('.room, .table-box, #ticker-line, details, #card')) continue;
    const box = part.getBoundingClientRect();
    if (!box.width || !box.height || getComputedStyle(part).visibility !== 'visible') continue;
    found.push({
      id: part.id, text: part.textContent, size: parseFloat(getComputedStyle(part).fontSize),
      cut: part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).display !== 'inline',
      box: [box.left - stage.left, box.top - stage.top, box.right - stage.left, box.bottom - stage.top]
        .map((edge) => edge / scale),
    });
  }
  return found;
}"""


def overlap(a: list[float], b: list[float]) -> float:
    """How many square pixels two boxes share, a pixel of each side forgiven."""
    wide = min(a[2], b[2]) - max(a[0], b[0]) - 2
    high = min(a[3], b[3]) - max(a[1], b[1]) - 2
    return max(0.0, wide) * max(0.0, high)


def stage_width(page: Page, width: int, height: int) -> float:
    """Stage pixels across: as wide as the window beyond 16:9 where the stage fills it, otherwise 1920."""
    stage = page.locator("#stage")
    if stage.get_attribute("data-page") != "wall" and not stage.get_attribute("data-fills"):
        return 1920
    return min(5760, max(1920, round(1080 * width / height)))


def eventually_at(page: Page, width: int, height: int) -> bool:
    """Whether the stage comes to stand whole and in the middle of a page that needs no scrolling; a loaded machine
    may take a moment to lay out."""
    wide = stage_width(page, width, height)
    scale = min(width / wide, height / 1080)
    stage = [(width - wide * scale) / 2, (height - 1080 * scale) / 2, wide * scale, 1080 * scale]
    for _ in range(80):
        box = page.locator("#stage").bounding_box()
        assert box is not None
        room = page.evaluate(
            "(({scrollWidth, scrollHeight}) => [scrollWidth, scrollHeight])(document.documentElement)"
        )
        if room == [width, height] and [box["x"], box["y"], box["width"], box["height"]] == pytest.approx(
            stage, abs=1
        ):
            return True
        page.wait_for_timeout(100)
    return False


def faults(page: Page, width: int, height: int) -> list[str]:
    """Texts that are too small, off the stage, cut or over one another, once the page stands at this size."""
    page.set_viewport_size({"width": width, "height": height})
    assert eventually_at(page, width, height)
    texts: list[dict[str, Any]] = page.evaluate(_TEXTS)
    assert len(texts) > 30
    edge = stage_width(page, width, height) + 1
    found = [f"small: {t['text']}" for t in texts if t["size"] < 16]
    found += [
        f"off: {t['text']}" for t in texts if min(t["box"]) < 0 or t["box"][2] > edge or t["box"][3] > 1081
    ]
    found += [f"cut: {t['text']}" for t in texts if t["cut"] and not t["id"].startswith(("crumb", "dispute"))]
    pairs = [(a, b) for at, a in enumerate(texts) for b in texts[at + 1 :] if overlap(a["box"], b["box"]) > 0]
    return found + [f"over: {a['text']} / {b['text']}" for a, b in pairs]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ["/area/{root}", "/wall"])
def test_nothing_overflows_overlaps_or_is_too_small(
    screen: Screen, shipped: Site, path: str, language: str
) -> None:
    root = shipped.pack.areas.root.code
    page = screen.open(f"{shipped.url}{path.format(root=root)}?lang={language}")
    expect(page.locator("#rank-0-value")).to_be_visible()
    sizes = [*SIZES, *(WIDE if path == "/wall" else [])] if language == "zh" else [(1920, 1080)]
    for width, height in sizes:
        assert faults(page, width, height) == []


@pytest.mark.parametrize("path", ["/area", "/wall"])
def test_the_stage_is_whole_and_in_the_middle(screen: Screen, shipped: Site, path: str) -> None:
    page = screen.open(shipped.url + path)
    for width, height in sorted([*SIZES, (1280, 1024), (3440, 1440)]):
        page.set_viewport_size({"width": width, "height": height})
        assert eventually_at(page, width, height)


_BOXES = """[...document.querySelectorAll('.kpi, .panel, #map-frame, #toolbar, #ticker')]
  .map((part) => part.getBoundingClientRect()).filter((box) => box.width)
  .map((b) => [b.left, b.top, b.right, b.bottom])"""
_HALVES = """[...document.querySelectorAll('.rows')].flatMap((list) => {
  const edge = list.getBoundingClientRect().bottom;
  return [...list.children].map((row) => row.getBoundingClientRect())
    .filter((box) => box.height && box.top < edge - 1 && box.bottom > edge + 1).length;
})"""


@pytest.mark.parametrize("path", ["/area", "/wall"])
def test_panels_and_rows_stand_apart(screen: Screen, shipped: Site, path: str) -> None:
    page = screen.open(shipped.url + path)
    for width, height in [(1920, 1080), *(WIDE if path == "/wall" else [])]:
        page.set_viewport_size({"width": width, "height": height})
        assert eventually_at(page, width, height)
        boxes = page.evaluate(_BOXES)
        assert [(a, b) for at, a in enumerate(boxes) for b in boxes[at + 1 :] if overlap(a, b) > 0] == []
        assert all(bottom <= height for *_, bottom in boxes)
        assert sum(page.evaluate(_HALVES)) == 0
