"""`POST /api/v1/warnings/{id}/actions`: acknowledge, handle, clear, comment; and a warning as the desk shows it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from dashboard.actions import Actions, ActionsError
from dashboard.api import as_json
from dashboard.figures.desk import card
from dashboard.live import same_origin
from dashboard.readings import Readings
from dashboard.scope import ScopeError, Scopes
from dashboard.texts import text
from schemas.clock import Clock
from schemas.contracts import Action
from schemas.privacy import find_personal
from schemas.windows import floor_ms

Id = Annotated[str, Path(description="id of a warning", max_length=200)]


class Doing(BaseModel):
    """What is done, by which role or desk, with a remark; never a person's name or number."""

    action: Literal["acknowledge", "handle", "clear", "comment"]
    by: str = Field(min_length=1, max_length=100, description="role or desk that acts, never a person's name")
    note: str = Field("", max_length=2000, description="a remark")


def router(readings: Readings, scopes: Scopes, clock: Clock, actions: Actions | None) -> APIRouter:
    """The routes. Plain functions: FastAPI runs them in worker threads, as store and broker block."""
    routes = APIRouter(prefix="/api/v1", tags=["warnings"], default_response_class=Response)

    @routes.post("/warnings/{warning_id:path}/actions", status_code=202)
    def act(request: Request, warning_id: Id, doing: Doing) -> Response:
        """Send an action to the actions topic; it shows once the worker has it. The time is the server's."""
        if not same_origin(request.headers):
            raise ScopeError(403, text("problem_origin", "en"))
        for said in (doing.by, doing.note):
            if find_personal(said) is not None:
                raise ScopeError(422, text("problem_personal", "en"))
        if actions is None:
            raise ScopeError(503, text("problem_actions", "en"))
        at = floor_ms(clock.now())
        if readings.warning(scopes.viewer_area, warning_id, at) is None:
            raise ScopeError(404, text("problem_warning", "en", id=warning_id))
        action = Action(warning_id=warning_id, action=doing.action, by=doing.by, at=at, note=doing.note)
        try:
            actions.send(action)
        except ActionsError as error:
            raise ScopeError(503, str(error)) from error
        return Response(msgspec.json.encode(action), 202, media_type="application/json")

    @routes.get("/warnings/{warning_id:path}/card", include_in_schema=False)
    def warning_card(request: Request, warning_id: Id) -> Response:
        scope = scopes.read({"lang": request.query_params.get("lang")})
        at = floor_ms(clock.now())
        found = readings.warning(scopes.viewer_area, warning_id, at)
        if found is None:
            raise ScopeError(404, text("problem_warning", scope.language, id=warning_id))
        return as_json(card(scopes, scope, found, at))

    return routes
