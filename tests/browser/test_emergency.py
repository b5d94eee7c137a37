"""Emergency mode in two real browsers: one switch, and every screen of the area follows, there and back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from schemas.clock import WallClock
from schemas.contracts import Action
from schemas.emergency import emergency_id
from tests.browser.conftest import Screen, Site
from tests.browser.test_sizes import SIZES, WIDE, faults

pytestmark = pytest.mark.browser


def test_one_switch_turns_every_screen_of_the_area_and_back(
    screen: Screen, tiny: Site, browser: Browser
) -> None:
    desk = screen.page
    desk.goto(f"{tiny.url}/warnings?lang=zh")
    expect(desk.locator("#emergency-switch")).to_have_text("转入战时")
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    wall, explore = context.new_page(), context.new_page()
    wall.goto(f"{tiny.url}/wall?lang=en&tour=20")
    explore.goto(f"{tiny.url}/area/T1-1?lang=zh&window=30d")
    expect(explore.locator("#incidents")).to_be_hidden()
    desk.locator("#emergency-switch").click()
    desk.locator("#emergency-form select[name=role]").select_option("district")
    desk.locator(".emergency-sure").click()
    for page, words in (
        (desk, "战时 · 应急指挥 · 小区"),
        (wall, "EMERGENCY MODE · Tiny"),
        (explore, "战时 · 应急指挥 · 小区"),
    ):
        expect(page.locator("#emergency-title")).to_have_text(words)
    expect(desk.locator("#emergency-form")).to_be_hidden()
    for page in (wall, explore):
        expect(page.locator("#incidents .incident:visible").first).to_be_visible()
    expect(wall.locator("#emergency-by")).to_have_text("District desk")
    assert "window=30d" in explore.url
    first = explore.locator("#emergency-elapsed").inner_text()
    expect(explore.locator("#emergency-elapsed")).not_to_have_text(first)
    assert [action.by for action in tiny.readings.acted] == ["district"]

    explore.locator("#emergency-switch").click()
    explore.locator(".emergency-sure").click()
    for page in (desk, wall, explore):
        expect(page.locator("#emergency-band")).to_be_hidden()
    expect(explore.locator("#incidents")).to_be_hidden()
    context.close()


class Ahead(WallClock):
    """A wall clock that can be put forward."""

    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


def test_it_ends_by_time(screen: Screen, tiny: Site) -> None:
    tiny.stop()
    tiny.clock = clock = Ahead()
    tiny.start()
    now = clock.now()
    tiny.readings.send(
        Action(
            warning_id=emergency_id("D"),
            action="begin_emergency",
            by="district",
            at=now - timedelta(seconds=1),
            until=now + timedelta(hours=1),
        )
    )
    page = screen.open(f"{tiny.url}/wall?lang=zh")
    expect(page.locator("#emergency-band")).to_be_visible()
    clock.ahead = timedelta(hours=1, minutes=1)
    expect(page.locator("#emergency-band")).to_be_hidden()
    expect(page.locator("#emergency-switch")).to_have_text("转入战时")


def test_nothing_is_switched_by_mistake(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/T1?lang=zh")
    page.locator("#emergency-switch").click()
    expect(page.locator(".emergency-box h2")).to_have_text("东镇 转入战时")
    page.keyboard.press("Escape")
    expect(page.locator("#emergency-form")).to_be_hidden()
    assert tiny.readings.acted == []


@pytest.mark.parametrize("path", ["/wall", "/area"])
def test_an_emergency_is_whole_at_every_size(screen: Screen, shipped: Site, path: str) -> None:
    root = shipped.pack.areas.root.code
    start = shipped.clock.now() - timedelta(minutes=42)
    began = Action(warning_id=emergency_id(root), action="begin_emergency", by="district", at=start)
    shipped.readings.acted[:] = [began]
    page = screen.open(f"{shipped.url}{path}?lang=zh")
    expect(page.locator("#incident-0-what")).to_be_visible()
    sizes = [*SIZES, *(WIDE if path == "/wall" else [])]
    for width, height in sizes:
        assert faults(page, width, height) == []
    shipped.readings.acted.clear()
