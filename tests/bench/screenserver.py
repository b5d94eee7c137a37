"""One dashboard process for the screens benchmark: `python -m tests.bench.screenserver KIND GRIDS PORT`.

All kinds take their state from the same hub over a real store. KIND `ours` serves the product; `dash_websocket` is a
Dash app that hands the state to a Store from one persistent callback a viewer, `dash_interval` one whose `dcc.Interval`
polls for it, both as their documentation shows.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dash
import msgspec
import orjson
import uvicorn
from dash import Input, Output, ctx, dcc, html, set_props
from fastapi import FastAPI

from dashboard.app import create_app
from dashboard.geometry import Geometry
from dashboard.hub import Hub
from dashboard.mailbox import Mailbox, Message
from dashboard.queries import StoreReadings
from dashboard.scope import Scopes
from dashboard.settings import DashboardSettings
from schemas.areas import Area, AreaTree
from schemas.clickhouse import Parameters, Store, migrate
from schemas.clock import WallClock
from schemas.packs import Entry, Pack, PackFile, Text, load_pack
from schemas.process import begin_work
from streams import rollups
from streams.decoding import decode
from streams.sink import store_batch
from tests.bench.mapsheets import lattice

EVENTS = 20_000
TOWNS = 16


class CountingStore(Store):
    """A store that counts what it is asked."""

    asked = 0

    def rows(self, sql: str, parameters: Parameters | None = None) -> Any:
        self.asked += 1
        return super().rows(sql, parameters)

    def table(self, sql: str, parameters: Parameters | None = None) -> Any:
        self.asked += 1
        return super().table(sql, parameters)


def pack_of(grids: int, folder: Path) -> Pack:
    """The shipped district for its 925 base grids (and the few of its other kinds), else a made one of so many."""
    if grids == 925:
        return load_pack("xuecheng")
    collection = lattice(grids // 100, 100)
    areas = [Area("D", "全区", "District", None, "district", None, 2_000_000)]
    areas += [Area(f"T{t}", f"第{t}镇", f"Town {t}", "D", "town", None, 100_000) for t in range(TOWNS)]
    for at, feature in enumerate(collection["features"]):
        town = at * TOWNS // grids
        code = feature["properties"]["code"] = f"T{town}-{at}"
        areas.append(Area(code, f"第{at}网格", f"Grid {at}", f"T{town}", "grid", "base", 300))
    (folder / "areas.geojson").write_bytes(orjson.dumps(collection))
    levels = tuple(Entry(name, name, name) for name in ("district", "town", "grid"))
    settings = PackFile(
        "province", Text("大区", "Large"), "D", "Asia/Shanghai", levels,
        categories=tuple(Entry(f"k{n}", f"类{n}", f"Kind {n}") for n in range(12)),
        channels=(Entry("hotline", "热线", "Hotline"),),
    )  # fmt: skip
    return Pack(settings, AreaTree(areas), folder)


def fill(store: Store, pack: Pack, now: datetime, count: int = EVENTS) -> None:
    """Events of the last ten days in every grid, four of five closed."""
    chance = random.Random(1)
    leaves = [area.code for area in pack.areas.areas if not pack.areas.children(area.code)]
    categories = list(pack.entries("categories"))
    messages = []
    for number in range(count):
        reported = now - timedelta(seconds=chance.uniform(60, 864_000))
        event = {
            "source": "bench", "id": str(number), "reported_at": reported.isoformat(), "area": chance.choice(leaves),
            "category": chance.choice(categories), "channel": "hotline",
        }  # fmt: skip
        messages.append(event | {"stage": "reported", "at": reported.isoformat()})
        if number % 5:
            closed = reported + (now - reported) * chance.random()
            messages.append(event | {"stage": "closed", "at": closed.isoformat()})
    decoded = decode("events", [(0, msgspec.json.encode(messages))])
    store_batch(store, pack.areas, "events", 0, decoded, now)
    rollups.refresh(store, pack)


def peer(kind: str, hub: Hub, scopes: Scopes) -> FastAPI:
    """A Dash app with one Store that holds the newest state."""
    newest: dict[str, Any] = {}
    changed = asyncio.Event()

    async def follow() -> None:
        box = Mailbox()
        hub.join(scopes.home, box)
        while True:
            newest.update(orjson.loads(await box.take()))
            changed.set()
            changed.clear()

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(hub.run()), asyncio.create_task(follow())]
        yield
        for task in tasks:
            task.cancel()

    server = FastAPI(lifespan=lifespan)
    make: Any = dash.Dash
    app = make("peer", server=server, backend="fastapi", websocket_callbacks=kind == "dash_websocket")
    app.layout = html.Div([dcc.Store(id="state"), dcc.Interval(id="each", interval=1000)])
    if kind == "dash_websocket":

        @app.callback(persistent=True)  # type: ignore[untyped-decorator]
        async def stream() -> None:
            while not ctx.websocket.is_shutdown:
                set_props("state", {"data": newest})
                await changed.wait()
    else:

        @app.callback(Output("state", "data"), Input("each", "n_intervals"))  # type: ignore[untyped-decorator]
        def poll(_: int) -> dict[str, Any]:
            return newest

    app._setup_server()
    return server


def watched(app: FastAPI, hub: Hub, scopes: Scopes, store: CountingStore) -> None:
    """Adds what the benchmark asks: `/bench/watch` begins to note when each state is published, `/bench/seen` tells
    those times by state, and how often the store was asked."""
    published: dict[str, float] = {}

    class Noting(Mailbox):
        """Notes when the hub hands out a state, before any screen is sent it."""

        def put(self, message: Message) -> None:
            published[orjson.loads(message.whole)["as_of"]] = time.time()

    async def watch() -> dict[str, bool]:
        hub.join(scopes.home, Noting())
        return {"watching": True}

    async def seen() -> dict[str, Any]:
        return {"published": published, "asked": store.asked}

    for path, answer in (("/bench/watch", watch), ("/bench/seen", seen)):
        app.add_api_route(path, answer)
        app.router.routes.insert(0, app.router.routes.pop())


def main(kind: str, grids: int, port: int) -> None:
    """Serve until ended."""
    with tempfile.TemporaryDirectory() as folder:
        store = CountingStore(f"chdb://{folder}/store")
        migrate(store)
        pack = pack_of(grids, Path(folder))
        fill(store, pack, datetime.now(UTC))
        readings, clock = StoreReadings(store, pack, 30.0), WallClock()
        settings = DashboardSettings(port=port)
        scopes = Scopes(pack, settings)
        if kind == "ours":
            app = create_app(readings, pack, clock, settings)
            hub: Hub = app.state.hub
        else:
            hub = Hub(readings, scopes, Geometry(pack), clock, settings, "bench")
            app = peer(kind, hub, scopes)
        watched(app, hub, scopes, store)
        begin_work()
        uvicorn.run(app, port=port, log_level="warning", ws="websockets-sansio", ws_per_message_deflate=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
