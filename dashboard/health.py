"""`/healthz` and `/readyz`: whether the process runs, and whether it can read the store."""

from __future__ import annotations

import asyncio
import logging

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from dashboard.problems import problem_response
from dashboard.readings import Readings
from schemas.clock import Clock

log = logging.getLogger(__name__)
#: A store that does not answer within this time is not ready.
READY_WITHIN_S = 5.0


def router(readings: Readings, clock: Clock) -> APIRouter:
    """The two routes."""
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process runs and its event loop turns."""
        return {"status": "ok"}

    @routes.get("/readyz", response_model=None)
    async def readyz() -> JSONResponse:
        """The store answers."""
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                feeds = await asyncio.to_thread(readings.feeds, clock.now())
        except Exception as error:
            log.warning("not ready: %s: %s", type(error).__name__, error)
            return problem_response(503, "the store does not answer")
        return JSONResponse(
            {
                "status": "ready",
                "feeds": {feed.topic: feed.last_at and feed.last_at.isoformat() for feed in feeds},
            }
        )

    return routes
