"""`/healthz`, `/readyz` and `/metrics`: whether the process runs, whether it can read the store, how old that is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from dashboard.problems import problem_response
from dashboard.readings import Readings
from schemas.clock import Clock
from schemas.metrics import CONTENT_TYPE, Sample, exposition

log = logging.getLogger(__name__)
#: A store that does not answer within this time is not ready.
READY_WITHIN_S = 5.0


def router(readings: Readings, clock: Clock) -> APIRouter:
    """The three routes."""
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

    @routes.get("/metrics", response_model=None)
    async def metrics() -> Response:
        """For Prometheus: how fresh the figures are, and when a worker last spoke. 503 without the store."""
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                found = await asyncio.to_thread(lambda: list(samples(readings, clock)))
        except Exception as error:
            log.warning("no metrics: %s: %s", type(error).__name__, error)
            return problem_response(503, "the store does not answer")
        return Response(exposition(found), media_type=CONTENT_TYPE)

    return routes


def samples(readings: Readings, clock: Clock) -> Iterator[Sample]:
    """What the store tells of the feeds and the workers now; blocks."""
    now = clock.now()
    for feed in readings.feeds(now):
        if feed.last_at is not None:
            yield Sample("gridpulse_feed_age_seconds", (now - feed.last_at).total_seconds(), feed.topic)
    pipeline = readings.pipeline()
    if pipeline is not None:
        yield Sample("gridpulse_worker_age_seconds", pipeline.heard_s)
        yield Sample("gridpulse_rollup_seconds", pipeline.rolled_s)
