"""The server as browsers and programs meet it: API, pages, socket, headers; nothing outside the viewer's area."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
import websockets
from websockets.typing import Origin

from dashboard.api import instant
from dashboard.app import create_app
from dashboard.readings import Reading
from dashboard.scope import ScopeError
from dashboard.settings import DashboardSettings
from schemas.clock import FixedClock
from schemas.indicators import CATALOGUE
from schemas.packs import Pack
from tests.dashboard.conftest import AT
from tests.support.readings import FakeReadings
from tests.support.server import Serving, serving


@pytest.fixture(scope="module")
def store(pack: Pack) -> FakeReadings:
    return FakeReadings(pack)


@pytest.fixture(scope="module")
def server(pack: Pack, store: FakeReadings) -> Iterator[Serving]:
    """A viewer of town T1 and what is below it."""
    settings = DashboardSettings(viewer_area="T1", tick_seconds=0.1)
    with serving(create_app(store, pack, FixedClock(AT), settings)) as served:
        yield served


def test_an_areas_indicators_are_the_readings_to_the_digit(server: Serving, pack: Pack) -> None:
    answer = server.get("/api/v1/areas/T1/indicators?window=30d")
    expected = FakeReadings(pack).board("T1", "30d", AT).figures["T1"]
    assert answer.json["area"] == "T1"
    assert msgspec.convert(answer.json["indicators"], dict[str, Reading]) == expected
    assert set(answer.json["indicators"]["closing_rate"]) == {
        "value", "numerator", "denominator", "previous", "year_ago", "as_of", "from", "to",
    }  # fmt: skip
    assert answer.json["indicators"]["hotline_rate"]["value"] is None


def test_children_and_the_unassigned_part_add_up(server: Serving) -> None:
    found = server.get("/api/v1/areas/T1/children").json
    parts = [*found["children"], {"indicators": found["unassigned"]}]
    total = server.get("/api/v1/areas/T1/indicators").json["indicators"]["events_reported"]["value"]
    assert sum(part["indicators"]["events_reported"]["value"] for part in parts) == total
    assert [child["code"] for child in found["children"]] == ["T1-1", "T1-2"]


def test_the_other_routes_answer(server: Serving) -> None:
    heat = server.get("/api/v1/areas/T1/heatmap?window=ytd").json
    assert {len(row["hours"]) for row in heat["categories"]} == {24}
    warnings = server.get("/api/v1/warnings?limit=2").json
    assert (warnings["area"], [w["colour"] for w in warnings["warnings"]]) == ("T1", ["red", "red"])
    catalogue = server.get("/api/v1/catalogue").json
    assert [indicator["name"] for indicator in catalogue["indicators"]] == [i.name for i in CATALOGUE]
    assert server.get("/api/v1/areas/T1").json["children"][0]["name"] == "东镇第1网格"
    assert server.get("/healthz").json == {"status": "ok"}
    assert server.get("/readyz").json["status"] == "ready"
    metrics = server.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert b'gridpulse_feed_age_seconds{topic="events"} 9' in metrics.body


def test_a_time_has_an_offset(server: Serving) -> None:
    late = server.get("/api/v1/areas/T1/indicators?at=" + quote("2026-01-02T03:04:05+08:00"))
    plain = server.get("/api/v1/areas/T1/indicators?at=2026-01-02T03:04:05+08:00")
    assert late.json["as_of"] == plain.json["as_of"] == "2026-01-01T19:04:05Z"
    for wrong in ("2026-01-02T03:04:05", "2026-01-02", "now", "1767294245", "2026-13-02T03:04:05Z"):
        answer = server.get("/api/v1/areas/T1/indicators?at=" + wrong)
        assert (answer.status, wrong in answer.json["detail"]) == (422, True)
        with pytest.raises(ScopeError):
            instant(wrong)


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("/api/v1/areas/nowhere/indicators", 404, "nowhere"),
        ("/api/v1/areas/T1/indicators?window=90d", 422, "90d"),
        ("/api/v1/areas/T1/geometry?detail=all", 422, "detail"),
        ("/api/v1/warnings?limit=none", 422, "limit"),
        ("/api/v1/nothing", 404, "Not Found"),
    ],
)
def test_a_problem_says_what_is_wrong(server: Serving, path: str, status: int, word: str) -> None:
    answer = server.get(path)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status, answer.json["status"]) == (status, status)
    assert word in answer.json["detail"]


def test_no_route_tells_anything_of_another_area(server: Serving) -> None:
    routes = server.get("/api/openapi.json").json["paths"]
    told = [path for path in routes if "get" in routes[path] and "{code}" in path]
    for path in [*told, "/api/v1/areas/{code}/card", "/area/{code}", "/area/{code}/risk"]:
        for outside in ("D", "T2", "T2-1"):
            assert server.get(path.replace("{code}", outside)).status == 404, path
    switch = {"on": True, "by": "district"}
    assert server.post("/api/v1/areas/T2/emergency", switch).status == 404
    assert server.get("/api/v1/warnings?area=D").status == 404


def test_a_failing_store_is_a_503_and_heals(server: Serving, store: FakeReadings) -> None:
    store.down = True
    try:
        assert server.get("/api/v1/areas/T1/indicators").status == 503
        assert server.get("/readyz").status == 503
        assert server.get("/healthz").status == 200
    finally:
        store.down = False
    assert server.get("/readyz").status == 200


def test_geometry_is_fetched_once(server: Serving) -> None:
    first = server.get("/api/v1/areas/T1/geometry")
    again = server.get("/api/v1/areas/T1/geometry", if_none_match=first.headers["etag"])
    assert (first.status, again.status, again.body) == (200, 304, b"")


def test_pages_for_people(server: Serving) -> None:
    for path in (
        "/",
        "/area/T1",
        "/area/T1-1?lang=en",
        "/help",
        "/api/docs",
        "/help?lang=en",
        "/api/docs?lang=en",
    ):
        answer = server.get(path, accept="text/html")
        assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8"), path
    missing = server.get("/area/T2?lang=en", accept="text/html")
    assert (missing.status, b"No area T2" in missing.body) == (404, True)
    assert server.get("/no/such/page", accept="text/html").status == 404


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_help_explains_every_indicator(server: Serving, language: str) -> None:
    page = server.get(f"/help?lang={language}").body.decode()
    for indicator in CATALOGUE:
        assert indicator.label(language) in page
        assert indicator.name in page


def test_the_api_page_names_every_route_and_parameter(server: Serving) -> None:
    page, document = server.get("/api/docs").body.decode(), server.get("/api/openapi.json").json
    for path, methods in document["paths"].items():
        assert path in page
        for operation in methods.values():
            assert operation.get("description"), path
            for parameter in operation.get("parameters", []):
                assert parameter.get("description"), f"{path}: {parameter['name']}"


def test_nothing_comes_from_elsewhere_and_no_inline_code_runs(server: Serving) -> None:
    for path in ("/", "/help", "/api/docs", "/healthz", "/assets/js/main.js"):
        answer = server.get(path)
        rules = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
        assert rules["default-src"] == "'self'"
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert not re.search(rb"""(?:src|href)=["'](?:https?:)?//""", answer.body)
    assert server.get("/assets/fonts/LICENSE.txt").status == 200


async def _talk(url: str, *said: Any, origin: str | None = None) -> list[dict[str, Any]]:
    """One answer for each thing said."""
    heard = []
    async with websockets.connect(
        url.replace("http", "ws") + "/live", origin=Origin(origin) if origin else None, max_size=None
    ) as socket:
        for words in said:
            await socket.send(words if isinstance(words, str) else json.dumps(words))
            heard.append(json.loads(await asyncio.wait_for(socket.recv(), 10)))
    return heard


def test_the_socket_answers_with_the_scopes_snapshot(server: Serving) -> None:
    scope = {
        "area": "T1-2", "window": "30d", "indicator": "backlog", "lang": "en", "detail": "leaves", "page": "wall",
        "category": "", "channel": "", "show": "map", "compare": "",
    }  # fmt: skip
    [message] = asyncio.run(_talk(server.url, {"scope": scope}))
    assert message["scope"] == scope
    assert (message["kind"], message["state"], message["replay"]) == ("snapshot", "live", None)
    assert message["props"]["title"] == {"children": "Tiny Command Centre"}
    assert set(message) == {
        "kind", "scope", "as_of", "replay", "title", "props", "map", "figures", "tour", "emergency", "state", "build",
    }  # fmt: skip


def test_the_socket_refuses_what_a_viewer_may_not_see_and_goes_on(server: Serving) -> None:
    said = [
        {"scope": {"area": "T2"}},
        {"scope": {"window": "x"}},
        {"scope": 1},
        "not json",
        {"scope": {"area": "T1"}},
    ]
    heard = asyncio.run(_talk(server.url, *said))
    assert [message["kind"] for message in heard] == ["problem"] * 4 + ["snapshot"]
    assert [message.get("status") for message in heard[:4]] == [404, 422, 422, 422]


def test_the_page_of_another_site_may_not_listen(server: Serving) -> None:
    with pytest.raises(websockets.ConnectionClosed) as closed:
        asyncio.run(_talk(server.url, {"scope": {}}, origin="https://elsewhere.example"))
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403
    assert asyncio.run(_talk(server.url, {"scope": {}}, origin=server.url))[0]["kind"] == "snapshot"


def test_an_area_and_its_children_are_files(server: Serving) -> None:
    csv = server.get("/api/v1/areas/T1/table.csv?window=30d")
    lines = csv.body.decode("utf-8-sig").splitlines()
    assert (csv.status, len(lines)) == (200, 1 + 4 * len(CATALOGUE))
    assert lines[0].startswith("area,name,indicator")
    assert "gridpulse-T1-30d.csv" in csv.headers["content-disposition"]
    book = server.get("/api/v1/areas/T1/table.xlsx?category=hazard")
    assert (book.status, book.body[:2]) == (200, b"PK")
    assert "gridpulse-T1-7d-hazard.xlsx" in book.headers["content-disposition"]
    assert server.get("/api/v1/areas/T1/table.csv?category=nothing").status == 422
