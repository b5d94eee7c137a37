"""`/api/v1/warnings`: the warnings of the screens for programs. Read-only; every route keeps to the viewer's area."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from dashboard.api import At, as_json, instant
from dashboard.readings import Readings
from dashboard.scope import ScopeError, Scopes
from dashboard.texts import text
from schemas.clock import Clock
from schemas.windows import floor_ms


def router(readings: Readings, scopes: Scopes, clock: Clock) -> APIRouter:
    """The routes. Plain functions: FastAPI runs them in worker threads, as the readings block."""
    routes = APIRouter(prefix="/api/v1", tags=["warnings"], default_response_class=Response)

    @routes.get("/warnings")
    def warnings(
        area: Annotated[
            str | None, Query(description="code of an area; left out: all the viewer may see")
        ] = None,
        at: At = None,
        limit: Annotated[int, Query(ge=1, le=1000, description="warnings at most")] = 50,
        cleared_hours: Annotated[
            float, Query(ge=0, le=24 * 31, description="those cleared in the last hours, too")
        ] = 0,
    ) -> Response:
        """Warnings not cleared, red before yellow before blue, newest first; then those cleared lately."""
        code, moment = (
            scopes.area(area or scopes.viewer_area, "en"),
            instant(at) if at else floor_ms(clock.now()),
        )
        cleared = timedelta(hours=cleared_hours) if cleared_hours else None
        found = readings.warnings(code, moment, limit, cleared)
        return as_json({"area": code, "as_of": moment, "warnings": found})

    @routes.get("/warnings/{warning_id:path}")
    def warning(warning_id: Annotated[str, Path(description="id of a warning")], at: At = None) -> Response:
        """One warning: as listed, all that the watch told of it, and its history, oldest first."""
        moment = instant(at) if at else floor_ms(clock.now())
        found = readings.warning(scopes.viewer_area, warning_id, moment)
        if found is None:
            raise ScopeError(404, text("problem_warning", "en", id=warning_id))
        return as_json({"as_of": moment, "warning": found.row, "told": found.told, "history": found.history})

    return routes
