"""What a viewer does at the screen, in a real browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from dashboard.figures import theme
from schemas.packs import load_pack
from tests.browser.conftest import FLAGS, Screen, Site, chromium

pytestmark = pytest.mark.browser


def click_map(page: Page, across: float, down: float) -> None:
    """Clicks a point of the drawn map, in shares of its square."""
    box = page.locator("#map").bounding_box()
    assert box is not None
    side = min(box["width"], box["height"]) - 44
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(
        box["x"] + (box["width"] - side) / 2 + across * side,
        box["y"] + (box["height"] - side) / 2 + down * side,
    )


#: Which of these the banner lies over.
_COVERED = """(parts) => {
  const over = document.querySelector("#banner").getBoundingClientRect();
  return parts.filter((part) => [...document.querySelectorAll(part)].some((one) => {
    const it = one.getBoundingClientRect();
    return it.width && it.left < over.right && over.left < it.right && it.top < over.bottom && over.top < it.bottom;
  }));
}"""


def test_the_first_figures_appear(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/D")
    expect(page.locator("#title")).to_have_text("小区县指挥中心")
    expect(page.locator("#kpi-events_reported-value")).not_to_have_text("")
    expect(page.locator("#stage")).to_have_attribute("data-state", "live")
    assert len(page.locator("#map").get_attribute("data-steps").split()) == 4  # type: ignore[union-attr]


def test_the_clock_goes_on(screen: Screen, tiny: Site) -> None:
    clock = screen.open(f"{tiny.url}/area/D").locator("#clock")
    before = clock.inner_text()
    expect(clock).not_to_have_text(before)


def test_drill_by_click_and_back_by_breadcrumb_and_by_the_browser(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/D?indicator=backlog&window=30d&lang=zh")
    click_map(page, 0.25, 0.75)
    expect(page.locator("#crumb-1")).to_have_text("东镇")
    assert page.url == f"{tiny.url}/area/T1?indicator=backlog&window=30d&lang=zh"
    expect(page.locator("#map")).to_have_attribute("data-area", "T1")
    page.locator("#rank-1").click()
    expect(page.locator("#crumb-2")).to_be_visible()
    assert "/area/T1-" in page.url
    page.locator("#crumb-0").click()
    expect(page.locator("#crumb-1")).to_be_hidden()
    expect(page.locator("#map")).to_have_attribute("data-area", "D")
    page.go_back()
    expect(page.locator("#crumb-2")).to_be_visible()
    page.go_back()
    expect(page.locator("#crumb-2")).to_be_hidden()
    expect(page.locator("#crumb-1")).to_have_text("东镇")
    page.go_forward()
    expect(page.locator("#crumb-2")).to_be_visible()


def test_an_address_opens_what_it_says(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/T2?indicator=closing_rate&window=ytd&lang=en&detail=children")
    expect(page.locator("#indicator")).to_have_text("Closing rate")
    expect(page.locator("#window-ytd")).to_have_class("tab tab-here")
    expect(page.locator("#crumb-1")).to_have_text("West Town")
    expect(page).to_have_title("West Town · Tiny Command Centre")


def test_filters_and_the_open_menu_stay_over_ticks(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/D")
    page.locator("#window-30d").click()
    expect(page.locator("#window-30d")).to_have_class("tab tab-here")
    page.locator("#indicator").click()
    page.locator("#choice-closing_rate").click()
    expect(page.locator("#indicator")).to_have_text("办结率")
    expect(page.locator("#choice-backlog")).to_be_hidden()
    page.locator("#indicator").click()
    before = page.locator("#clock").inner_text()
    expect(page.locator("#clock")).not_to_have_text(before)
    page.wait_for_timeout(1000)
    expect(page.locator("#window-30d")).to_have_class("tab tab-here")
    expect(page.locator("#indicator")).to_have_text("办结率")
    expect(page.locator("#choice-backlog")).to_be_visible()


def test_no_component_is_replaced_on_a_tick(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/D")
    page.evaluate("for (const part of document.querySelectorAll('#stage [id]')) part.marked = true")
    before = page.locator("#clock").inner_text()
    expect(page.locator("#clock")).not_to_have_text(before)
    page.locator("#window-30d").click()
    expect(page.locator("#window-30d")).to_have_class("tab tab-here")
    assert (
        page.evaluate("[...document.querySelectorAll('#stage [id]')].filter((part) => !part.marked).length")
        == 0
    )


def test_the_language_is_switched_and_kept(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/D")
    page.locator("#language-link").click()
    expect(page.locator("#title")).to_have_text("Tiny Command Centre")
    assert "lang=en" in page.url
    page.locator("#rank-0").click()
    expect(page.locator("#crumb-1")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(page.locator("#title")).to_have_text("Tiny Command Centre")


def test_no_data_is_hatched_and_dashed_and_never_zero(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/D?indicator=hotline_rate&lang=zh")
    expect(page.locator("#rank-0-value")).to_have_text("—")
    assert page.locator("#map").get_attribute("data-steps") == "-1 -1 -1 -1"
    page.locator("#window-ytd").click()
    expect(page.locator("#window-ytd")).to_have_class("tab tab-here")
    assert page.locator("#ranking .rank-value:visible").all_inner_texts() == ["—", "—"]


def painted(page: Page, x: float, y: float) -> list[int]:
    """Red, green, blue and opacity of the square map there, in shares of its side from the left and the top."""
    found: list[int] = page.evaluate(
        """([x, y]) => {
          const canvas = document.querySelector('#map canvas');
          const short = Math.min(canvas.clientWidth, canvas.clientHeight);
          const side = Math.min(canvas.width, canvas.height) * (1 - 44 / short);
          const [left, top] = [(canvas.width - side) / 2 + side * x, (canvas.height - side) / 2 + side * y];
          return [...canvas.getContext('2d').getImageData(left, top, 1, 1).data];
        }""",
        [x, y],
    )
    return found


def test_the_map_is_painted_in_the_legends_colours(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/D?indicator=cameras_registered&lang=zh")
    step = int(page.locator("#map").get_attribute("data-steps").split()[0])  # type: ignore[union-attr]
    colour = painted(page, 0.1, 0.9)[:3]
    legend = page.evaluate(
        "(step) => getComputedStyle(document.getElementById(`legend-colour-${step}`)).backgroundColor", step
    )
    assert legend == f"rgb({colour[0]}, {colour[1]}, {colour[2]})"
    assert "#{:02x}{:02x}{:02x}".format(*colour) in theme.AMOUNT


def test_of_areas_upon_one_another_the_later_is_seen_and_told(
    screen: Screen, tiny: Site, tmp_path: Path
) -> None:
    path = tmp_path / "areas.geojson"
    given = json.loads(path.read_bytes())
    park = next(f for f in given["features"] if f["properties"]["code"] == "T2-2")
    ring = [[117.013, 0.013], [117.018, 0.013], [117.018, 0.018], [117.013, 0.018], [117.013, 0.013]]
    next(f for f in given["features"] if f["properties"]["code"] == "T1-2")["geometry"] = park["geometry"]
    park["geometry"] = {"type": "Polygon", "coordinates": [ring]}
    path.write_text(json.dumps(given), "utf-8")
    tiny.stop()
    tiny.pack = load_pack(tmp_path)
    tiny.start()
    screen.expected.append("willReadFrequently")  # the test reads the canvas, the product never does
    page = screen.open(f"{tiny.url}/area/D?indicator=cameras_registered&lang=zh")
    legend = page.evaluate(
        "[...document.querySelectorAll('[id^=legend-colour-]')].map((one) => getComputedStyle(one).backgroundColor)"
    )
    _, below, _, above = map(int, page.locator("#map").get_attribute("data-steps").split())  # type: ignore[union-attr]
    assert below != above
    for x, y, step in ((0.53, 0.47, below), (0.7, 0.2, above)):
        red, green, blue, opacity = painted(page, x, y)
        assert (f"rgb({red}, {green}, {blue})", opacity) == (legend[step], 255)
    box = page.locator("#map").bounding_box()
    assert box is not None
    side = box["height"] - 44
    page.mouse.move(box["x"] + box["width"] / 2 + side * 0.2, box["y"] + box["height"] / 2 - side * 0.3)
    expect(page.locator("#card .card-name")).to_have_text("西镇第2网格")
    page = screen.open(f"{tiny.url}/area/D?indicator=hotline_rate&lang=zh")
    assert page.locator("#map").get_attribute("data-steps") == "-1 -1 -1 -1"
    assert painted(page, 0.7, 0.2)[3] == 255  # one colour, and no hole


def test_the_card_at_the_pointer_has_the_areas_figures(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/D?lang=zh")
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2 + 60)
    expect(page.locator("#card .card-name")).to_have_text("东镇第2网格")
    expect(page.locator("#card .card-where")).to_have_text("东镇 · 基础网格")
    expect(page.locator("#card .card-line")).to_have_count(5)
    page.mouse.move(5, 5)
    expect(page.locator("#card")).not_to_have_class("card shown")


def test_a_screen_outlives_the_server_and_says_how_old_it_is(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/D")
    tiny.stop()
    expect(page.locator("#banner")).to_contain_text("连接中断")
    expect(page.locator("#stage")).to_have_attribute("data-state", "down")
    value = page.locator("#kpi-events_reported-value").inner_text()
    assert value not in ("", "0", "—")
    tiny.start()
    expect(page.locator("#stage")).to_have_attribute("data-state", "live")
    expect(page.locator("#banner")).to_be_hidden()
    screen.expected += ["/live", "ERR_CONNECTION_REFUSED"]


def test_an_outage_of_the_store_is_a_banner_and_heals(screen: Screen, tiny: Site) -> None:
    page = screen.open(f"{tiny.url}/area/D")
    tiny.readings.down = True
    expect(page.locator("#banner")).to_contain_text("存储无响应")
    expect(page.locator("#state")).to_have_text("数据滞后")
    tiny.readings.down = False
    expect(page.locator("#state")).to_have_text("实时")
    expect(page.locator("#banner")).to_be_hidden()


@pytest.mark.parametrize("path", ["/wall", "/area/D", "/warnings"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_banner_covers_no_figure_and_no_control(
    screen: Screen, tiny: Site, path: str, language: str
) -> None:
    page = screen.page
    page.goto(f"{tiny.url}{path}?lang={language}")
    expect(page.locator("#stage")).to_have_attribute("data-state", "live")
    tiny.readings.down = True
    expect(page.locator("#banner")).not_to_be_empty()
    parts = ["#kpis", "#main", "#desk", ".head-link", "#emergency-switch", ".chip", "#clock"]
    assert page.evaluate(_COVERED, parts) == []


def test_the_calm_state_is_said(screen: Screen, tiny: Site) -> None:
    tiny.readings.calm = True
    page = screen.open(f"{tiny.url}/area/D")
    expect(page.locator("#warnings-calm")).to_have_text("暂无预警")
    expect(page.locator("#ticker-calm")).to_be_visible()
    assert page.locator(".pulse").count() == 0


def test_names_are_text_and_never_markup(screen: Screen, tiny: Site, tmp_path: Path) -> None:
    areas, evil_name = tmp_path / "areas.csv", "<img src=x onerror=alert(1)>"
    areas.write_text(areas.read_text("utf-8").replace("东镇,East Town", f"{evil_name},East Town"), "utf-8")
    tiny.stop()
    tiny.pack = load_pack(tmp_path)
    tiny.start()
    page = screen.open(f"{tiny.url}/area/T1?lang=zh")
    expect(page.locator("#crumb-1")).to_have_text(evil_name)
    assert page.locator("#stage img").count() == 0


def test_the_plain_pages_are_whole(screen: Screen, tiny: Site) -> None:
    for path in ("/help", "/help?lang=en", "/api/docs", "/api/docs?lang=en"):
        screen.page.goto(tiny.url + path)
        expect(screen.page.locator("h1")).to_be_visible()
        assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_no_request_leaves_the_machine(playwright: Playwright, tiny: Site, tmp_path: Path) -> None:
    """By the browser's own log of the network, which sees workers, too."""
    log = tmp_path / "net.json"
    context = playwright.chromium.launch_persistent_context(
        str(tmp_path / "profile"), executable_path=chromium(), args=[*FLAGS, f"--log-net-log={log}"]
    )
    page = context.new_page()
    page.goto(tiny.url)
    page.locator("#map[data-drawn]").wait_for(state="attached")
    page.wait_for_timeout(1500)
    context.close()
    events = json.loads(log.read_text("utf-8"))["events"]
    # The browser's own errands have no page as initiator.
    params = [event["params"] for event in events if "url" in event.get("params", {})]
    asked = {found["url"] for found in params if found.get("initiator") == tiny.url}
    assert f"{tiny.url}/assets/js/main.js" in asked
    assert {url for url in asked if not url.startswith((tiny.url, tiny.url.replace("http", "ws")))} == set()
