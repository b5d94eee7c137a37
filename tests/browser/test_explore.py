"""Explore in a real browser: filters that stay, a table that sorts, areas compared, meanings at hand, a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Screen, Site

pytestmark = pytest.mark.browser


def some_ticks(page: Page) -> None:
    """Until the clock has gone on twice."""
    for _ in range(2):
        before = page.locator("#clock").inner_text()
        expect(page.locator("#clock")).not_to_have_text(before)


def test_a_filter_stays_over_ticks_drilling_and_the_way_back(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/D?lang=zh")
    whole = page.locator("#kpi-events_reported-value").inner_text()
    page.locator("#filters select[name=category]").select_option("hazard")
    expect(page.locator("#kpi-events_reported-value")).not_to_have_text(whole)
    some_ticks(page)
    assert "category=hazard" in page.url
    page.locator("#rank-0").click()
    expect(page.locator("#crumb-1")).to_be_visible()
    page.locator("#window-30d").click()
    expect(page.locator("#window-30d")).to_have_class("tab tab-here")
    assert "category=hazard" in page.url
    assert "window=30d" in page.url
    expect(page.locator("#filters select[name=category]")).to_have_value("hazard")
    page.go_back()
    page.go_back()
    page.go_back()
    expect(page.locator("#kpi-events_reported-value")).to_have_text(whole)
    expect(page.locator("#filters select[name=category]")).to_have_value("")


def test_a_table_sorts_by_its_headings_and_stays_sorted(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/D?lang=zh")
    page.locator("#show-table").click()
    rows = page.locator("#table tbody tr")
    expect(rows).to_have_count(3)
    heading = page.locator("#table thead th", has_text="上报量")
    heading.locator("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    down = rows.locator("th").all_inner_texts()
    heading.locator("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    some_ticks(page)
    assert rows.locator("th").all_inner_texts() == down[::-1]
    assert "sort=events_reported" in page.url
    with page.expect_download() as download:
        page.locator(".table-tools a", has_text="Excel").click()
    assert download.value.suggested_filename == "gridpulse-D-7d.xlsx"


def test_two_areas_are_compared(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/T1?show=compare&lang=en")
    heads = page.locator("#table thead th")
    expect(heads).to_have_text(["Indicator", "East Town", "Prev.", "West Town", "Prev.", "Difference"])
    assert page.locator("#table tbody tr").count() > 20


def test_the_meaning_of_a_figure_is_at_hand(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/D?lang=zh")
    page.locator("#kpi-closing_rate").hover()
    expect(page.locator("#card .card-formula")).to_contain_text("现已办结的占比")
    expect(page.locator("#card")).to_contain_text("gridpulse.events")


def test_the_map_zooms_about_the_pointer_and_shows_the_whole_again(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/D")
    canvas = "document.querySelector('#map canvas').toDataURL().length"
    page.wait_for_timeout(600)
    before = page.evaluate(canvas)
    page.locator("#map").hover()
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(300)
    assert page.evaluate(canvas) != before
    page.locator("#map").dispatch_event("dblclick")
    page.wait_for_timeout(300)
    assert page.evaluate(canvas) == before


def test_a_phone_shows_explore_in_one_column(screen: Screen, shipped: Site) -> None:
    screen.page.set_viewport_size({"width": 390, "height": 844})
    page = screen.open(f"{shipped.url}/area/{shipped.pack.areas.root.code}?lang=zh")
    expect(page.locator("#rank-0-value")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    small = page.evaluate(
        """[...document.querySelectorAll('#stage *')].filter((part) => !part.children.length
          && part.textContent.trim() && part.getBoundingClientRect().width
          && parseFloat(getComputedStyle(part).fontSize) < 16).map((part) => part.textContent)"""
    )
    assert small == []
