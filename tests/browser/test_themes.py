"""The pages of the themes: whole at every size, reached from explore and by the tour, live, down the tree and back."""

from __future__ import annotations

import pytest
from playwright.sync_api import WebSocketRoute, expect

from dashboard.scope import THEMES
from tests.browser.conftest import Screen, Site
from tests.browser.test_sizes import SIZES, WIDE, faults

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_is_whole_at_every_size(screen: Screen, shipped: Site, theme: str) -> None:
    root = shipped.pack.areas.root.code
    for language in ("zh", "en"):
        page = screen.open(f"{shipped.url}/area/{root}/{theme}?lang={language}")
        expect(page.locator("#warnings-title")).not_to_be_empty()
        for width, height in [*SIZES, *WIDE] if language == "zh" else [(1920, 1080)]:
            assert faults(page, width, height) == []


def test_themes_are_reached_from_explore_and_go_down_the_tree_and_back(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/T1?lang=zh&window=30d")
    page.locator("#themes-link").click()
    expect(page).to_have_url(f"{tiny.url}/area/T1/events?indicator=events_reported&window=30d&lang=zh")
    page.locator("#theme-mediation").click()
    expect(page.locator("#kpi-mediation_open-value")).to_be_visible()
    page.locator("#rank-0").click()
    expect(page.locator("#crumb-2")).to_be_visible()
    assert "/mediation?" in page.url
    page.go_back()
    expect(page.locator("#crumb-2")).to_be_hidden()
    expect(page.locator("#window-30d")).to_have_class("tab tab-here")


def test_a_link_that_leads_nowhere_yet_cannot_be_clicked(screen: Screen, tiny: Site) -> None:
    held: list[WebSocketRoute] = []  # the first: no snapshot comes through it

    def answered(socket: WebSocketRoute) -> None:
        if held:
            socket.connect_to_server()
        else:
            held.append(socket)

    screen.page.route_web_socket("**/live*", answered)
    page = screen.page
    page.goto(f"{tiny.url}/area/T1/events?lang=zh")
    links = page.locator("#theme-mediation, #window-30d, #explore-link")
    expect(links).to_have_count(3)
    for link in links.all():
        expect(link).to_be_hidden()
    held[0].close()
    for link in links.all():
        expect(link).to_be_visible()


def test_nothing_is_replaced_on_a_tick(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/D/risk?lang=zh")
    expect(page.locator("#hot-0-score")).to_be_visible()
    page.evaluate("for (const part of document.querySelectorAll('#stage *')) part.marked = true")
    before = page.locator("#clock").inner_text()
    expect(page.locator("#clock")).not_to_have_text(before)
    lost = "[...document.querySelectorAll('#stage *')].filter((part) => !part.marked).length"
    assert page.evaluate(lost) == 0


def test_the_walls_tour_goes_through_the_themes_and_comes_back(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/wall?lang=zh&tour=1")
    for place in (
        "**/area/D/events?**tour=1**",
        "**/area/D/mediation?**tour=1**",
        "**/wall?area=T1**tour=1**",
    ):
        page.wait_for_url(place, timeout=60_000)
