"""`/api/v1/emergencies` and `POST /api/v1/areas/{code}/emergency`: what is in emergency mode, and its switch."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from dashboard.actions import Actions, ActionsError
from dashboard.api import Code, as_json
from dashboard.figures.desk import desks
from dashboard.live import same_origin
from dashboard.readings import Readings
from dashboard.scope import ScopeError, Scopes
from dashboard.texts import text
from schemas.clock import Clock
from schemas.contracts import Action
from schemas.emergency import emergency_id
from schemas.privacy import find_personal
from schemas.windows import floor_ms


class Switch(BaseModel):
    """Begin or end; by which desk of the pack; for how many hours (left out: until ended by hand); a remark."""

    on: bool
    by: str = Field(
        min_length=1, max_length=100, description="code of a level or department: whose desk it is"
    )
    hours: float | None = Field(None, gt=0, le=240, description="hours until it ends by itself")
    note: str = Field("", max_length=2000, description="a remark")


def router(readings: Readings, scopes: Scopes, clock: Clock, actions: Actions | None) -> APIRouter:
    """The routes. Plain functions: FastAPI runs them in worker threads, as store and broker block."""
    routes = APIRouter(prefix="/api/v1", tags=["emergency"], default_response_class=Response)

    @routes.get("/emergencies")
    def emergencies() -> Response:
        """The emergency modes in force, by area: since when, by which desk, until when (null: by hand)."""
        tree, home = scopes.pack.areas, scopes.viewer_area
        found = readings.emergencies(floor_ms(clock.now()))
        return as_json(
            [
                one
                for area, one in found.items()
                if area in tree and (tree.within(area, home) or tree.within(home, area))
            ]
        )

    @routes.post("/areas/{code}/emergency", status_code=202)
    def switch(request: Request, code: Code, wanted: Switch) -> Response:
        """Send it to the actions topic; every screen of the area switches once the worker has it."""
        if not same_origin(request.headers):
            raise ScopeError(403, text("problem_origin", "en"))
        scopes.area(code, "en")
        if wanted.by not in {role for role, _ in desks(scopes.pack, "en")}:
            raise ScopeError(422, text("problem_role", "en", name=wanted.by[:40]))
        if find_personal(wanted.note) is not None:
            raise ScopeError(422, text("problem_personal", "en"))
        if actions is None:
            raise ScopeError(503, text("problem_actions", "en"))
        at = floor_ms(clock.now())
        action = Action(
            warning_id=emergency_id(code),
            action="begin_emergency" if wanted.on else "end_emergency",
            by=wanted.by,
            at=at,
            note=wanted.note,
            until=at + timedelta(hours=wanted.hours) if wanted.on and wanted.hours else None,
        )
        try:
            actions.send(action)
        except ActionsError as error:
            raise ScopeError(503, str(error)) from error
        return Response(msgspec.json.encode(action), 202, media_type="application/json")

    return routes
