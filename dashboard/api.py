"""`/api/v1`: the figures of the screens for programs. Read-only; every route keeps to the viewer's area."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response

from dashboard.card import card
from dashboard.geometry import Geometry
from dashboard.hub import Hub
from dashboard.readings import Board, Readings, RiskHeat, unassigned_key
from dashboard.scope import ScopeError, Scopes
from dashboard.texts import text
from dashboard.tick import FOCUSED
from schemas.areas import Area, AreaTree
from schemas.clock import Clock
from schemas.emergency import in_force
from schemas.indicators import CATALOGUE
from schemas.windows import WINDOW_LABELS, WindowName, floor_ms

Code = Annotated[str, Path(description="code of an area")]
Window = Annotated[str | None, Query(description="today, 7d, 30d, mtd, qtd or ytd")]
At = Annotated[str | None, Query(description="time of evaluation, RFC 3339 with offset; left out: now")]
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def instant(value: str) -> datetime:
    """The time a request names. A `+` that came as a space is taken as meant. Raises `ScopeError` 422."""
    written = re.sub(r" (\d\d:\d\d)$", r"+\1", value)
    if _RFC3339.fullmatch(written):
        try:
            return floor_ms(datetime.fromisoformat(written.upper()))
        except (ValueError, OverflowError):
            pass
    raise ScopeError(422, text("problem_at", "en", value=value))


def as_json(content: object, headers: dict[str, str] | None = None) -> Response:
    """Figures exactly as the store's `Reading` encodes them."""
    return Response(
        msgspec.json.encode(content, enc_hook=dict), media_type="application/json", headers=headers
    )


def describe(area: Area) -> dict[str, Any]:
    """An area as the API tells it."""
    return {
        "code": area.code,
        "name": area.name,
        "name_en": area.name_en,
        "parent": area.parent,
        "level": area.level,
        "kind": area.kind,
        "population": area.population,
    }


def risk_of(heat: RiskHeat, tree: AreaTree, code: str) -> dict[str, Any]:
    """Heat of an area and its children as the API tells it; `score` null is unknown."""
    places = (code, *(child.code for child in tree.children(code)))
    return {
        "looked_at": heat.looked_at,
        "areas": {place: heat.areas.get(place, {"area": place, "score": None}) for place in places},
        "cells": {place: heat.cells[place] for place in places if place in heat.cells},
    }


def router(readings: Readings, scopes: Scopes, geometry: Geometry, clock: Clock, hub: Hub) -> APIRouter:
    """The routes. Plain functions: FastAPI runs them in worker threads, as the readings block."""
    routes = APIRouter(prefix="/api/v1", tags=["figures"], default_response_class=Response)
    tree = scopes.pack.areas

    def time(at: str | None) -> datetime:
        return instant(at) if at else floor_ms(clock.now())

    def board(code: str, window: str | None, at: str | None) -> tuple[Board, WindowName]:
        scopes.area(code, "en")
        name = scopes.window(window, "en")
        return readings.board(code, name, time(at)), name

    @routes.get("/areas/{code}")
    def area(code: Code) -> Response:
        """One area of the tree with its children."""
        scopes.area(code, "en")
        return as_json(
            {**describe(tree[code]), "children": [describe(child) for child in tree.children(code)]}
        )

    @routes.get("/areas/{code}/indicators")
    def area_indicators(code: Code, window: Window = None, at: At = None) -> Response:
        """Every indicator of an area. `value` null is no data, never zero; rates are exact quotients 0–1."""
        found, name = board(code, window, at)
        return as_json(
            {"area": code, "window": name, "as_of": found.as_of, "indicators": found.figures[code]}
        )

    @routes.get("/areas/{code}/children")
    def area_children(code: Code, window: Window = None, at: At = None) -> Response:
        """Every indicator of each child, and of the area's own records that lie in none of them."""
        found, name = board(code, window, at)
        children = [
            {**describe(child), "indicators": found.figures[child.code]} for child in tree.children(code)
        ]
        own = found.figures.get(unassigned_key(code))
        return as_json(
            {"area": code, "window": name, "as_of": found.as_of, "children": children, "unassigned": own}
        )

    @routes.get("/areas/{code}/heatmap")
    def area_heatmap(code: Code, window: Window = None, at: At = None) -> Response:
        """Events of the window by category and local hour of the report, and by child area and category; of the last
        28 days by weekday (Monday first) and hour; and the risk of the area and its children: score 0–100 with its
        parts, null where unknown, and the categories that are not calm."""
        scopes.area(code, "en")
        name, moment = scopes.window(window, "en"), time(at)
        heat = readings.heat(code, name, moment)
        rows = [
            {"category": c, "hours": hours} for c, hours in zip(heat.categories, heat.counts, strict=True)
        ]
        told = {"area": code, "window": name, "as_of": moment, "categories": rows}
        told |= {"matrix": readings.matrix(code, name, moment), "week": readings.hours(code, moment).week}
        return as_json(told | {"risk": risk_of(readings.risk(code, moment), tree, code)})

    @routes.get("/areas/{code}/geometry")
    def area_geometry(
        request: Request,
        code: Code,
        detail: Annotated[
            str, Query(description="children or leaves", pattern="^(children|leaves)$")
        ] = "leaves",
    ) -> Response:
        """Boundaries of the area's children or leaves, in whole numbers on a square of 10,000; with ETag."""
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
            scopes.viewer_area, scope.window, time(None), only
        )
        return as_json(card(scopes, scope, found))

    @routes.get("/catalogue")
    def catalogue() -> Response:
        """Every indicator with its names, unit, direction and definition; the windows; the pack's words."""
        pack = scopes.pack.settings
        shown = ("name", "topic", "over", "unit", "direction")
        indicators = [
            {key: getattr(indicator, key) for key in shown}
            | {"name_zh": indicator.zh, "name_en": indicator.en}
            | {"formula_zh": indicator.formula_zh, "formula_en": indicator.formula_en}
            for indicator in CATALOGUE
        ]
        windows = [{"name": name, "name_zh": zh, "name_en": en} for name, (zh, en) in WINDOW_LABELS.items()]
        words = {
            "pack": pack.name,
            "title": pack.title,
            "time_zone": pack.time_zone,
            "root": scopes.viewer_area,
        }
        entries = {
            kind: getattr(pack, kind)
            for kind in ("levels", "categories", "channels", "dispute_types", "networks")
        }
        return as_json({**words, "indicators": indicators, "windows": windows, **entries})

    return routes
