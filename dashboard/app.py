"""The dashboard put together: one FastAPI server with the screens, the live socket and the API."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from dashboard import (
    api,
    api_actions,
    api_catalogue,
    api_emergency,
    api_export,
    api_map,
    api_warnings,
    health,
    live,
    problems,
    screens,
)
from dashboard.actions import Actions
from dashboard.build import ASSETS, build_id
from dashboard.dashapp import Screens
from dashboard.geometry import Geometry
from dashboard.hub import Hub
from dashboard.readings import Readings
from dashboard.scope import Scopes
from dashboard.security import Headers, policy
from dashboard.settings import DashboardSettings
from dashboard.snapshot import PAGES
from schemas.clock import Clock
from schemas.packs import Pack

Lifespan = Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]]


def create_app(
    readings: Readings, pack: Pack, clock: Clock, settings: DashboardSettings, actions: Actions | None = None
) -> FastAPI:
    """The whole dashboard; without `actions` warnings can be looked at only.

    Its hub starts and stops with the server's lifespan.

    Raises `ConfigError` where the settings do not fit the pack.
    """
    scopes, geometry = Scopes(pack, settings), Geometry(pack)
    layouts = {name: page.layout(pack) for name, page in PAGES.items()}
    build = build_id("".join(_written(layout) for layout in layouts.values()))
    hub = Hub(readings, scopes, geometry, clock, settings, build)
    app = FastAPI(
        title="gridpulse",
        summary=pack.settings.title.en,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=_running(hub, lambda: geometry.sheet(scopes.home.area, scopes.home.detail)),
    )
    app.mount("/assets", StaticFiles(directory=ASSETS), name="assets")
    title = pack.settings.title.label(scopes.home.language)
    pages = {name: Screens(app, name, title, layout, build) for name, layout in layouts.items()}
    problems.install(app, scopes)
    app.include_router(screens.router(app, pages, scopes))
    app.include_router(api.router(readings, scopes, clock))
    app.include_router(api_map.router(readings, scopes, geometry, clock, hub))
    app.include_router(api_catalogue.router(scopes))
    app.include_router(api_actions.router(readings, scopes, clock, actions))
    app.include_router(api_warnings.router(readings, scopes, clock))
    app.include_router(api_emergency.router(readings, scopes, clock, actions))
    app.include_router(api_export.router(readings, scopes, clock))
    app.include_router(health.router(readings, clock))
    app.include_router(live.router(hub, scopes, settings))
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    inline = {digest for page in pages.values() for digest in page.script_hashes()}
    app.add_middleware(Headers, policy=policy(sorted(inline)))
    app.state.hub = hub
    return app


def _written(layout: Any) -> str:
    return orjson.dumps(layout.to_plotly_json(), default=lambda part: part.to_plotly_json()).decode()


def _running(hub: Hub, prepare: Callable[[], object]) -> Lifespan:
    """The hub for as long as the server runs; the first map is made before the first viewer asks for it."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(hub.run(), name="hub"),
            asyncio.create_task(asyncio.to_thread(prepare), name="first map"),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    return lifespan
