"""`/api/v1`: the figures of the screens for programs. Read-only; every route keeps to the viewer's area."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Response

from dashboard.readings import Board, Readings, RiskHeat, unassigned_key
from dashboard.scope import ScopeError, Scopes
from dashboard.texts import text
from schemas.areas import Area, AreaTree
from schemas.clock import Clock
from schemas.windows import WindowName, floor_ms

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


def router(readings: Readings, scopes: Scopes, clock: Clock) -> APIRouter:
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

    return routes
