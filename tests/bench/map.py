"""How fast the map draws, beside the map components that Dash applications usually take.

One Chromium, one page a map, the same polygons and the same new colours each tick. Times are from the call to the
frame after it. Peers: `go.Choropleth` and `go.Choroplethmap` (plotly.js from the installed package, without tiles) and
dash-leaflet's GeoJSON with a style function, as their documentation advises for changing colours.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata, resources, util
from pathlib import Path
from typing import Any

import dash
from fastapi import FastAPI, Response
from fastapi.responses import FileResponse
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.staticfiles import StaticFiles

from dashboard.build import ASSETS
from dashboard.geometry import Sheet
from tests.bench.mapsheets import Collection, collections, sheet_of
from tests.bench.report import Goal, Result, Row, machine, row
from tests.browser.conftest import FLAGS, chromium
from tests.support.server import serving

_PAGES = Path(__file__).parent / "pages"
#: WebGL without a graphics card, for Choroplethmap; the others do not use it.
_WEBGL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
#: Ticks after which the heap is looked at: half an hour of one a second.
_SOAK_TICKS = 1800
_LONG_MS = 120.0
_NO_LAND = {
    "type": "Topology", "arcs": [],
    "objects": {
        name: {"type": "GeometryCollection", "geometries": []}
        for name in ("coastlines", "land", "ocean", "lakes", "rivers", "countries", "subunits")
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Peer:
    """A map to measure: its page, and ticks to draw, fewer where one takes a second."""

    name: str
    page: str
    ticks: int


OURS = Peer("ours", "/ours.html", 60)
PEERS = (
    Peer("choropleth", "/plotly.html?kind=choropleth", 5),
    Peer("choroplethmap", "/plotly.html?kind=choroplethmap", 5),
    Peer("dash_leaflet", "/", 5),
)


def run(rounds: int) -> Result:
    """Every map with every set of polygons, `rounds` pages each, and the heap after half an hour of ticks."""
    rows: list[Row] = []
    ratios: dict[str, float] = {}
    goals: dict[str, Goal] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, *_WEBGL])
        for size, collection in collections():
            with tempfile.TemporaryDirectory() as folder:
                sheet = sheet_of(collection, Path(folder))
            found = {
                peer.name: _runs(browser, peer, collection, sheet, rounds) for peer in (OURS, *_present())
            }
            with serving(_server(collection, sheet)) as served:
                growth = _heap_growth(browser, served.url + OURS.page, sheet)
            rows += _rows(size, found, growth)
            ratios |= _ratios(size, found)
            goals |= _goals(size, found[OURS.name], growth)
        browser.close()
    return Result("map", f"{machine()}, {_versions()}", tuple(rows), ratios, goals)


def _runs(
    browser: Browser, peer: Peer, collection: Collection, sheet: Sheet, rounds: int
) -> list[dict[str, Any]]:
    """What the page measured, each round with a new page."""
    leaflet = peer.name == "dash_leaflet"
    with serving(_leaflet_server(collection) if leaflet else _server(collection, sheet)) as served:
        return [_measured(browser, served.url + peer.page, sheet, peer.ticks) for _ in range(rounds)]


def _present() -> tuple[Peer, ...]:
    """The peers that are installed; dash-leaflet comes with the extra `bench`."""
    return tuple(p for p in PEERS if p.name != "dash_leaflet" or util.find_spec("dash_leaflet"))


def _versions() -> str:
    found = [f"plotly {metadata.version('plotly')}"]
    if util.find_spec("dash_leaflet"):
        found.append(f"dash-leaflet {metadata.version('dash-leaflet')}")
    return ", ".join(found)


def _server(collection: Collection, sheet: Sheet) -> FastAPI:
    app = FastAPI()
    app.mount("/assets", StaticFiles(directory=ASSETS))
    bodies: dict[str, tuple[bytes, str]] = {
        "/api/v1/areas/root/geometry": (sheet.body, "application/json"),
        "/geo.json": (json.dumps(collection).encode(), "application/json"),
        "/topojson/world_110m.json": (json.dumps(_NO_LAND).encode(), "application/json"),
        "/ours.html": ((_PAGES / "ours.html").read_bytes(), "text/html"),
        "/plotly.html": ((_PAGES / "plotly.html").read_bytes(), "text/html"),
    }
    for path, (body, kind) in bodies.items():
        app.add_api_route(path, _answer(body, kind))
    app.add_api_route("/plotly.min.js", _plotly)
    return app


def _answer(body: bytes, kind: str) -> Any:
    def answer() -> Response:
        return Response(body, media_type=kind)

    return answer


def _plotly() -> FileResponse:
    return FileResponse(str(resources.files("plotly") / "package_data" / "plotly.min.js"))


def _leaflet_server(collection: Collection) -> FastAPI:
    """A Dash page with one GeoJSON layer whose style reads its `hideout`."""
    import dash_leaflet  # noqa: PLC0415 - an optional peer

    server = FastAPI()
    server.add_api_route("/geo.json", _answer(json.dumps(collection).encode(), "application/json"))
    make: Any = dash.Dash
    app = make("leaflet", server=server, backend="fastapi", add_log_handler=False)
    layer = dash_leaflet.GeoJSON(
        data={"type": "FeatureCollection", "features": []},
        id="geo", style={"variable": "bench.colour"}, hideout=[], zoomToBounds=True,
    )  # fmt: skip
    app.layout = dash_leaflet.Map([layer], id="map", center=[34.8, 117.5], zoom=9)
    app.index_string = (_PAGES / "leaflet.html").read_text("utf-8")
    app._setup_server()
    return server


@contextmanager
def _page(browser: Browser, url: str, sheet: Sheet) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1000, "height": 760})
    page.goto(url)
    page.wait_for_function("window.ready === true")
    page.evaluate("etag => { window.etag = etag }", sheet.etag)
    page.add_script_tag(path=_PAGES / "measure.js")
    yield page
    page.close()


def _measured(browser: Browser, url: str, sheet: Sheet, ticks: int) -> dict[str, Any]:
    with _page(browser, url, sheet) as page:
        found: dict[str, Any] = page.evaluate("([n, t]) => window.measure(n, t)", [len(sheet.codes), ticks])
        return found


def _heap_growth(browser: Browser, url: str, sheet: Sheet) -> float:
    """Megabytes that stay on the heap after half an hour of ticks."""
    with _page(browser, url, sheet) as page:
        session = page.context.new_cdp_session(page)

        def heap() -> float:
            session.send("HeapProfiler.collectGarbage")
            return float(page.evaluate("performance.memory.usedJSHeapSize")) / 1e6

        count = len(sheet.codes)
        page.evaluate("([n, t]) => window.measure(n, t)", [count, 20])
        before = heap()
        page.evaluate("([n, t]) => window.measure(n, t)", [count, _SOAK_TICKS])
        return heap() - before


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _rows(size: str, found: dict[str, list[dict[str, Any]]], growth: float) -> list[Row]:
    rows = []
    for name, runs in found.items():
        rows.append(row(f"{name}_first_{size}", "ms", [r["first"] for r in runs]))
        rows.append(row(f"{name}_tick_median_{size}", "ms", [statistics.median(r["ticks"]) for r in runs]))
        rows.append(row(f"{name}_tick_p95_{size}", "ms", [_percentile(r["ticks"], 0.95) for r in runs]))
        rows.append(row(f"{name}_longest_task_{size}", "ms", [max(r["long"], default=0.0) for r in runs]))
    rows.append(row(f"ours_hit_p95_{size}", "ms", [_percentile(r["hits"], 0.95) for r in found["ours"]]))
    rows.append(row(f"ours_heap_growth_{size}", "MB", [growth]))
    return rows


def _ratios(size: str, found: dict[str, list[dict[str, Any]]]) -> dict[str, float]:
    """How many times longer a peer takes than ours."""

    def median(name: str, what: str) -> float:
        values = (statistics.median(r[what]) if isinstance(r[what], list) else r[what] for r in found[name])
        return float(statistics.median(values))

    return {
        f"{name}_{what}_{size}": median(name, what) / median("ours", what)
        for name in found
        if name != "ours"
        for what in ("first", "ticks")
    }


def _goals(size: str, runs: list[dict[str, Any]], growth: float) -> dict[str, Goal]:
    def at_most(limit: float, got: float, unit: str = "ms") -> Goal:
        return Goal(f"<= {limit:g} {unit}", got, got <= limit)

    middle = statistics.median
    return {
        f"ours_first_{size}": at_most(150, middle(r["first"] for r in runs)),
        f"ours_tick_p95_{size}": at_most(100, middle(_percentile(r["ticks"], 0.95) for r in runs)),
        f"ours_longest_task_{size}": at_most(_LONG_MS, max(max(r["long"], default=0.0) for r in runs)),
        f"ours_hit_p95_{size}": at_most(2, middle(_percentile(r["hits"], 0.95) for r in runs)),
        f"ours_heap_growth_{size}": at_most(2, growth, "MB"),
    }
