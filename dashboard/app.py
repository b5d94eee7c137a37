"""The dashboard put together: one FastAPI server with the screens, the live socket and the API."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import orjson
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from dashboard import api, health, live, problems, screens
from dashboard.build import build_id
from dashboard.dashapp import Screens
from dashboard.geometry import Geometry
from dashboard.hub import Hub
from dashboard.pages import wall
from dashboard.readings import Readings
from dashboard.scope import Scopes
from dashboard.security import Headers, policy
from dashboard.settings import DashboardSettings
from schemas.clock import Clock
from schemas.packs import Pack

Lifespan = Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]]


def create_app(readings: Readings, pack: Pack, clock: Clock, settings: DashboardSettings) -> FastAPI:
    """The whole dashboard. Its hub starts and stops with the server's lifespan.

    Raises `ConfigError` where the settings do not fit the pack.
    """
    scopes, geometry = Scopes(pack, settings), Geometry(pack)
    layout = wall.layout(pack)
    build = build_id(
        orjson.dumps(layout.to_plotly_json(), default=lambda part: part.to_plotly_json()).decode()
    )
    hub = Hub(readings, scopes, geometry, clock, settings, build)
    app = FastAPI(
        title="gridpulse",
        summary=pack.settings.title.en,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=_running(hub),
    )
    pages = Screens(app, pack.settings.title.label(scopes.home.language), layout, build)
    problems.install(app, scopes)
    app.include_router(screens.router(app, pages, scopes))
    app.include_router(api.router(readings, scopes, geometry, clock, hub))
    app.include_router(health.router(readings, clock))
    app.include_router(live.router(hub, scopes, settings))
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(Headers, policy=policy(pages.script_hashes()))
    app.state.hub = hub
    return app


def _running(hub: Hub) -> Lifespan:
    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(hub.run(), name="hub")
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    return lifespan
