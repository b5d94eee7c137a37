"""Runs a worker from its start to an orderly end, watched, and answering for itself over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator

from schemas.errors import ConfigError, WorkerDied
from streams.app import Worker
from streams.health import HealthServer
from streams.watchdog import Watchdog, start_again

log = logging.getLogger(__name__)

#: An orderly stop that takes longer is ended by force: what is not acknowledged is taken again at the next start.
STOP_SECONDS = 10.0
#: Before a worker that died starts again.
REST_SECONDS = 2.0


@contextlib.contextmanager
def at_end_signals(end: Callable[[], None]) -> Iterator[None]:
    """Call `end` in the running event loop at SIGINT and SIGTERM, so that everything is closed in order."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.default_int_handler)


async def serve_worker(worker: Worker) -> None:
    """Run a worker as a process of its own until a signal comes, watched and with its health served.

    Raises `ConfigError` where it cannot start; one that died after its start, or is stuck, starts again.
    """
    watchdog, health = Watchdog(worker, start_again), HealthServer(worker)
    serving = asyncio.create_task(health.serve()) if worker.settings.health_port else None
    watchdog.start()
    try:
        await run_worker(worker, stop_seconds=STOP_SECONDS)
    except WorkerDied as error:
        log.critical("%s: starting again in %.0f s", error, REST_SECONDS)
        await asyncio.sleep(REST_SECONDS)
        start_again()
    finally:
        watchdog.stop()
        if serving is not None:
            health.should_exit = True
            await serving


def end_within(seconds: float) -> None:
    """End this process in so many seconds if it has not ended by itself, whatever its threads wait for."""

    def end() -> None:
        log.warning(
            "not ended within %.0f s, ended by force: nothing is lost, what was under way is taken again",
            seconds,
        )
        os._exit(0)

    alarm = threading.Timer(seconds, end)
    alarm.daemon = True
    alarm.start()


async def run_worker(worker: Worker, *ends: asyncio.Task[None], stop_seconds: float | None = None) -> None:
    """Run a worker until a signal or one of `ends` comes, and stop it in order.

    Raises `ConfigError` where it cannot start, `WorkerDied` where it ended by itself after that. With `stop_seconds`
    the whole process ends within that time after the signal.
    """
    running, asked = worker.app, asyncio.Event()
    with at_end_signals(asked.set):
        asking = asyncio.create_task(asked.wait())
        starting = asyncio.create_task(running.start())
        await asyncio.wait({starting, asking, *ends}, return_when=asyncio.FIRST_COMPLETED)
        stopping = asyncio.create_task(running.wait_until_stopped())
        if not starting.done() or starting.exception() is None:
            await asyncio.wait({stopping, asking, *ends}, return_when=asyncio.FIRST_COMPLETED)
        if asked.is_set() and stop_seconds is not None:
            end_within(stop_seconds)
        await worker.stop()
        for task in (asking, starting, stopping):
            task.cancel()
        failed, *_ = await asyncio.gather(starting, asking, stopping, return_exceptions=True)
    if asked.is_set():
        return
    reason = running.crash_reason or (failed if isinstance(failed, Exception) else None)
    if failed is None and reason is not None:
        raise WorkerDied(f"the worker ended: {reason!r}")
    if reason is not None:
        raise ConfigError(f"the worker cannot start: {reason!r}")
