"""What a worker says of itself over HTTP: `/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from schemas.contracts import INPUT_TOPICS
from schemas.metrics import CONTENT_TYPE, Sample, exposition
from streams.app import Worker
from streams.pipeline import waiting_of

#: Touched units are recomputed at least this often while all is well.
ROLLED_WITHIN_S = 60.0


def troubles(worker: Worker) -> list[str]:
    """Why this worker does not take messages in, or does not keep the figures current; empty where it does."""
    found = [] if worker.joined else ["no partitions yet: still joining its group, or no broker"]
    for topic, intaker in worker.intakers.items():
        if intaker.stopped:
            found.append(f"{topic} is stopped: {intaker.stopped}")
        elif intaker.failing:
            found.append(f"{topic} waits for the store: {intaker.failing}")
    if worker.progress.rolled_seconds > ROLLED_WITHIN_S:
        found.append(f"no recomputation for {worker.progress.rolled_seconds:.0f} s")
    return found


def samples(worker: Worker) -> Iterator[Sample]:
    """Every metric of this worker now."""
    waiting = waiting_of(worker.app, INPUT_TOPICS, worker.settings.topic_prefix)
    for topic, waits in waiting.items():
        yield Sample("gridpulse_waiting_messages", waits.messages, topic)
        yield Sample("gridpulse_waiting_seconds", waits.seconds, topic)
    for topic, intaker in worker.intakers.items():
        yield Sample("gridpulse_taken_total", intaker.messages, topic)
        yield Sample("gridpulse_rejected_total", intaker.rejected, topic)
        yield Sample("gridpulse_topic_stopped", int(intaker.stopped is not None), topic)
        yield Sample("gridpulse_store_errors_total", intaker.errors, topic)
    yield Sample("gridpulse_rollup_seconds", worker.progress.rolled_seconds)


def create_health(worker: Worker) -> FastAPI:
    """The three routes, to be served on the worker's own event loop: one that does not turn does not answer."""
    app = FastAPI(title="gridpulse worker", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process runs and its event loop turns."""
        return {"status": "ok"}

    @app.get("/readyz", response_model=None)
    async def readyz() -> JSONResponse:
        """Messages are taken in and figures kept current; 503 with the reasons where they are not."""
        found = troubles(worker)
        return JSONResponse(
            {"status": "not ready" if found else "ready", "troubles": found}, 503 if found else 200
        )

    @app.get("/metrics")
    async def metrics() -> Response:
        """For Prometheus."""
        return Response(exposition(samples(worker)), media_type=CONTENT_TYPE)

    return app


class HealthServer(uvicorn.Server):
    """Serves the routes on a worker's event loop and leaves the signals to the worker."""

    def __init__(self, worker: Worker) -> None:
        settings = worker.settings
        app = create_health(worker)
        super().__init__(
            uvicorn.Config(app, host=settings.health_host, port=settings.health_port, log_level="error")
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield
