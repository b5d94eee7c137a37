"""The routes of people: the screen of an area, the indicator help and the API page."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from dashboard.dashapp import Screens
from dashboard.pages import docs, help
from dashboard.scope import Page, Scopes, Theme


def router(app: FastAPI, screens: Mapping[Page, Screens], scopes: Scopes) -> APIRouter:
    """Pages are made per request from what is in memory; none reads the store."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    def language(request: Request) -> str:
        asked = request.query_params.get("lang")
        return asked if asked in ("zh", "en") else scopes.home.language

    @routes.get("/")
    async def start(request: Request) -> RedirectResponse:
        return RedirectResponse(f"/wall?{urlencode(dict(request.query_params))}".rstrip("?"))

    @routes.get("/area")
    @routes.get("/area/")
    async def home() -> RedirectResponse:
        return RedirectResponse(scopes.home.href)

    @routes.get("/wall")
    async def wall(request: Request) -> HTMLResponse:
        scopes.read(request.query_params)
        return HTMLResponse(screens["wall"].page(request))

    @routes.get("/ops")
    async def operations(request: Request) -> HTMLResponse:
        scopes.read(request.query_params)
        return HTMLResponse(screens["ops"].page(request))

    @routes.get("/warnings")
    async def warnings(request: Request) -> HTMLResponse:
        scopes.read(request.query_params)
        return HTMLResponse(screens["warnings"].page(request))

    @routes.get("/area/{code}")
    async def screen(request: Request, code: str) -> HTMLResponse:
        scopes.read({**request.query_params, "area": code})
        return HTMLResponse(screens["explore"].page(request))

    @routes.get("/area/{code}/{theme}")
    async def of_theme(request: Request, code: str, theme: Theme) -> HTMLResponse:
        scopes.read({**request.query_params, "area": code, "page": theme})
        return HTMLResponse(screens[theme].page(request))

    @routes.get("/help")
    async def indicator_help(request: Request) -> HTMLResponse:
        chosen = language(request)
        return HTMLResponse(help.page(scopes.pack, chosen, scopes.home.to(language=chosen).href))

    @routes.get("/api/docs")
    async def api_docs(request: Request) -> HTMLResponse:
        chosen = language(request)
        examples = {"code": scopes.viewer_area, "area": scopes.viewer_area, "window": scopes.home.window}
        home = scopes.home.to(language=chosen).href
        return HTMLResponse(docs.page(app.openapi(), chosen, home, examples))

    return routes
