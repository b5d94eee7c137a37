"""`/api/v1/areas/{code}/geometry` and `/card`: what a map asks for, its boundaries and what its card says."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from dashboard.api import Code, as_json
from dashboard.card import card
from dashboard.geometry import Geometry
from dashboard.hub import Hub
from dashboard.readings import Readings
from dashboard.scope import FOCUSED, Scopes
from schemas.clock import Clock
from schemas.emergency import in_force
from schemas.windows import floor_ms


def router(readings: Readings, scopes: Scopes, geometry: Geometry, clock: Clock, hub: Hub) -> APIRouter:
    """The routes. Plain functions: FastAPI runs them in worker threads, as the readings block."""
    routes = APIRouter(prefix="/api/v1", tags=["figures"], default_response_class=Response)
    tree = scopes.pack.areas

    @routes.get("/areas/{code}/geometry")
    def area_geometry(
        request: Request,
        code: Code,
        detail: Annotated[
            str, Query(description="children or leaves", pattern="^(children|leaves)$")
        ] = "leaves",
    ) -> Response:
        """Boundaries of the area's children or leaves, in columns; with ETag. A boundary is a path of SVG in whole
        numbers on a square of 10,000. `upon`: the features, by their places, that lie upon an earlier one."""
        scopes.area(code, "en")
        sheet = geometry.sheet(code, "children" if detail == "children" else "leaves")
        etag = f'"{sheet.etag}"'
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers={"etag": etag})
        return Response(sheet.body, media_type="application/json", headers={"etag": etag})

    @routes.get("/areas/{code}/card", include_in_schema=False)
    def area_card(code: Code, request: Request) -> Response:
        scope = scopes.read({**request.query_params, "area": code})
        in_emergency = in_force(hub.emergencies(), tree, code) is not None
        only = scopes.only(scope, in_emergency and scope.page in FOCUSED)
        found = hub.latest_board(scope.window, only) or readings.board(
            scopes.viewer_area, scope.window, floor_ms(clock.now()), only
        )
        return as_json(card(scopes, scope, found))

    return routes
