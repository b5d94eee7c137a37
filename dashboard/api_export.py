"""`/api/v1/areas/{code}/table.csv` and `.xlsx`: an area and its children as files, filtered as the screen is."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response

from dashboard import export
from dashboard.api import Code, Window
from dashboard.readings import Board, Readings, unassigned_key
from dashboard.scope import Scope, Scopes
from schemas.clock import Clock
from schemas.windows import floor_ms

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Category = Annotated[str | None, Query(description="events of this category and those below it only")]
Channel = Annotated[str | None, Query(description="events of this channel only")]
Emergency = Annotated[
    bool,
    Query(description="events of the pack's emergency categories only, as screens in emergency mode show"),
]


def router(readings: Readings, scopes: Scopes, clock: Clock) -> APIRouter:
    """The routes. Plain functions: FastAPI runs them in worker threads, as the readings block."""
    routes = APIRouter(prefix="/api/v1", tags=["figures"], default_response_class=Response)

    def asked(code: str, window: str | None, category: str | None, channel: str | None) -> Scope:
        wanted = {"area": code, "window": window, "category": category, "channel": channel, "lang": "en"}
        return scopes.read(wanted)

    def board(scope: Scope, emergency: bool) -> tuple[Board, list[str]]:
        only, area = scopes.only(scope, emergency), scope.area
        found = readings.board(scopes.viewer_area, scope.window, floor_ms(clock.now()), only)
        below = [child.code for child in scopes.pack.areas.children(area)]
        return found, [area, *below, *([unassigned_key(area)] if below else [])]

    @routes.get("/areas/{code}/table.csv")
    def as_csv(
        code: Code,
        window: Window = None,
        category: Category = None,
        channel: Channel = None,
        emergency: Emergency = False,
    ) -> Response:
        """Every indicator of an area, its children and its own records in none of them as CSV; an empty cell is no
        data."""
        scope = asked(code, window, category, channel)
        found, codes = board(scope, emergency)
        content = "\ufeff" + export.as_csv(found, scopes.pack, codes)  # spreadsheets know UTF-8 by the mark
        return Response(
            content, media_type="text/csv; charset=utf-8", headers=_named(scope, emergency, "csv")
        )

    @routes.get("/areas/{code}/table.xlsx")
    def as_xlsx(
        code: Code,
        window: Window = None,
        category: Category = None,
        channel: Channel = None,
        emergency: Emergency = False,
    ) -> Response:
        """The same as an Excel book."""
        scope = asked(code, window, category, channel)
        found, codes = board(scope, emergency)
        content = export.as_xlsx(found, scopes.pack, codes)
        return Response(content, media_type=_XLSX, headers=_named(scope, emergency, "xlsx"))

    return routes


def _named(scope: Scope, emergency: bool, form: str) -> dict[str, str]:
    """The file's name tells what it holds only a part of."""
    parts = [scope.area, scope.window, "emergency" if emergency else "", scope.category, scope.channel]
    name = quote(f"gridpulse-{'-'.join(filter(None, parts))}.{form}")
    return {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
