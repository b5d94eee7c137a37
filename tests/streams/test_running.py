"""`gridpulse worker` as an operator runs it: it answers for itself, ends when told, and says why it cannot start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from schemas.contracts import INPUT_TOPICS
from streams.app import topic_names
from streams.broker import create_topics, embedded_broker, free_port
from streams.settings import WorkerSettings
from tests.support.chain import wait_until
from tests.support.child import bound
from tests.support.server import Serving


@contextmanager
def worker(folder: Path, **settings: object) -> Iterator[subprocess.Popen[str]]:
    """The command, until the block ends."""
    given = {f"GRIDPULSE_{name.upper()}": str(value) for name, value in settings.items()}
    process = subprocess.Popen(
        bound(sys.executable, "-m", "gridpulse", "worker"),
        env=os.environ | {"GRIDPULSE_STORE": f"chdb://{folder}/store"} | given,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ready(server: Serving) -> bool:
    try:
        return server.get("/readyz").status == 200
    except OSError:
        return False


@pytest.mark.broker
def test_a_worker_is_ready_once_it_has_joined_and_ends_in_order(tmp_path: Path) -> None:
    with embedded_broker() as brokers:
        settings = WorkerSettings(brokers=brokers)
        create_topics(brokers, topic_names(settings), 1, 1)
        health = Serving(free_port())
        with worker(tmp_path, brokers=brokers, session_timeout=6, health_port=health.port) as process:
            wait_until(lambda: ready(health), 120, lambda: "not ready", 0.2)
            assert health.get("/healthz").json == {"status": "ok"}
            metrics = health.get("/metrics").body.decode()
            for topic in INPUT_TOPICS:
                assert f'gridpulse_waiting_messages{{topic="{topic}"}} 0\n' in metrics
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0


def test_a_worker_without_a_broker_says_so_and_ends(tmp_path: Path) -> None:
    with worker(tmp_path, brokers="127.0.0.1:1") as process:
        _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "the worker cannot start" in said.splitlines()[-1]


TOLD_EARLY = """
import os, signal, sys, gridpulse
from streams import app
make = app.create_worker
def told(*parts):
    made = make(*parts)
    os.kill(os.getpid(), signal.Signals[sys.argv[1]])
    return made
app.create_worker = told
gridpulse.worker(None)
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_that_comes_while_the_worker_is_made_ends_it_in_order(tmp_path: Path, name: str) -> None:
    given = {"GRIDPULSE_STORE": f"chdb://{tmp_path}/store", "GRIDPULSE_BROKERS": "127.0.0.1:1"}
    command = [sys.executable, "-c", TOLD_EARLY, name]
    done = subprocess.run(command, env=os.environ | given, timeout=120, check=False)
    assert done.returncode == 0


CARRIED = """
import sys, gridpulse, uvicorn
from streams import settings
def told(*_):
    print(*sorted({name.partition(".")[0] for name in sys.modules}))
    raise SystemExit(0)
if sys.argv[1] == "worker":
    from streams import app
    app.create_worker = told
    gridpulse.worker(None)
else:
    uvicorn.Server.run = told
    gridpulse.dashboard(None)
"""


@pytest.mark.parametrize(
    ("command", "never"), [("worker", {"dashboard", "dash", "pandas", "openpyxl"}), ("dashboard", {"faust"})]
)
def test_a_worker_carries_no_screens_and_a_dashboard_no_faust(
    tmp_path: Path, command: str, never: set[str]
) -> None:
    given = {"GRIDPULSE_STORE": f"chdb://{tmp_path}/store"}
    done = subprocess.run(
        [sys.executable, "-c", CARRIED, command],
        env=os.environ | given,
        timeout=120,
        check=True,
        capture_output=True,
        text=True,
    )
    assert never & set(done.stdout.split()) == set()
