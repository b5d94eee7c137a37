"""The warnings desk in two real browsers: what one does the other sees; the address holds what is looked at."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from schemas.contracts import Action
from tests.browser.conftest import Screen, Site

pytestmark = pytest.mark.browser


def test_what_one_desk_does_the_other_sees(screen: Screen, tiny: Site, browser: Browser) -> None:
    mine = screen.page
    mine.goto(f"{tiny.url}/warnings?lang=zh&colour=red")
    expect(mine.locator(".desk-line")).to_have_count(2)
    expect(mine.locator(".desk-overview tbody tr").first).to_contain_text("红色")
    mine.locator(".desk-due").first.click()
    expect(mine.locator(".desk-card h2")).to_be_visible()
    expect(mine.locator(".desk-overview")).to_be_hidden()
    mine.go_back()
    expect(mine.locator(".desk-overview")).to_be_visible()
    expect(mine.locator(".desk-card")).to_be_hidden()
    mine.locator(".desk-line").first.click()
    expect(mine.locator(".desk-card h2")).to_be_visible()
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    theirs = context.new_page()
    theirs.goto(f"{tiny.url}/warnings?lang=en&id=w0")
    expect(theirs.locator(".desk-chip")).to_have_text("raised")
    mine.locator(".desk-form textarea").fill("已派人核实")
    mine.locator(".do-acknowledge").click()
    expect(mine.locator(".desk-chip")).to_have_text("已签收")
    expect(theirs.locator(".desk-chip")).to_have_text("taken")
    expect(theirs.locator(".desk-card li").first).to_contain_text("已派人核实")
    for step, told in (("handle", "handled"), ("clear", "cleared")):
        theirs.locator(f".do-{step}").click()
        expect(theirs.locator(".desk-chip")).to_have_text(told)
    expect(mine.locator(".desk-line")).to_have_count(1)
    assert "colour=red" in mine.url
    mine.locator("select[name=state]").select_option("cleared")
    expect(mine.locator(".desk-line.desk-cleared")).to_have_count(1)
    context.close()


def test_remarks_are_text_and_never_markup_however_long(screen: Screen, tiny: Site) -> None:
    evil = "<img src=x onerror=alert(1)>" + "长" * 1900
    tiny.readings.send(
        Action(warning_id="w0", action="comment", by=evil[:200], at=tiny.clock.now(), note=evil)
    )
    page = screen.page
    page.goto(f"{tiny.url}/warnings?id=w0&lang=zh")
    expect(page.locator(".desk-card li p")).to_have_text(evil)
    assert page.locator("#stage img").count() == 0
    assert page.evaluate("document.querySelector('.desk-card').scrollWidth <= 704")


def test_a_personal_number_is_refused_and_said(screen: Screen, tiny: Site) -> None:
    page = screen.page
    page.goto(f"{tiny.url}/warnings?id=w0&lang=zh")
    page.locator(".desk-form textarea").fill("请联系 13812345678")
    page.locator(".do-comment").click()
    expect(page.locator(".desk-form output")).to_contain_text("提交失败")
    assert tiny.readings.acted == []
    screen.expected += ["status of 422", "422: http"]


@pytest.mark.parametrize("path", ["/warnings", "/warnings?id=w0", "/ops"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_desk_and_operations_are_whole_at_every_size(
    screen: Screen, shipped: Site, path: str, language: str
) -> None:
    page = screen.page
    page.goto(f"{shipped.url}{path}{'&' if '?' in path else '?'}lang={language}")
    places = {"/warnings": ".desk-line", "/warnings?id=w0": ".desk-card h2", "/ops": "#ops tbody td"}
    expect(page.locator(places[path]).first).to_be_visible(timeout=20_000)
    for width, height in [(390, 844), (1366, 768), (1920, 1080), (3840, 2160)]:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)
        found = page.evaluate(
            """() => [document.documentElement.scrollWidth, [...document.querySelectorAll('#stage *')]
              .filter((part) => !part.children.length && part.textContent.trim()
                && part.getBoundingClientRect().width && parseFloat(getComputedStyle(part).fontSize) < 16)
              .map((part) => part.textContent)]"""
        )
        assert found == [width, []]
