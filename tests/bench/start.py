"""How soon a demo is there: from its start to a server that is ready, and to the first figures of the replay."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from streams.broker import free_port
from tests.bench.report import Result, at_most, machine, row

_PATIENCE = 120.0


def run(rounds: int) -> Result:
    """Start the Boston demo `rounds` times, each from nothing."""
    timings = [_once() for _ in range(rounds)]
    ready = row("ready", "s", [ready for ready, _ in timings])
    figures = row("first_figures", "s", [figures for _, figures in timings])
    return Result(
        "start",
        machine(),
        (ready, figures),
        goals={"ready": at_most(5, ready), "first_figures": at_most(20, figures)},
    )


def _once() -> tuple[float, float]:
    port = free_port()
    begun = time.monotonic()
    command = [sys.executable, "-m", "gridpulse", "demo", "--port", str(port)]
    demo = subprocess.Popen(command, stdout=sys.stderr)  # what a benchmark prints is its JSON alone
    try:
        answers = wait(f"http://127.0.0.1:{port}/readyz", lambda _: True, begun)
        address = f"http://127.0.0.1:{port}/api/v1/areas/boston/indicators?window=ytd"
        return answers, wait(address, has_figures, begun)
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(30)


def has_figures(answer: Any) -> bool:
    """Whether an answer of the API knows of events."""
    return bool(answer["indicators"]["events_reported"]["value"])


def wait(address: str, well: Callable[[Any], bool], begun: float) -> float:
    """Seconds from `begun` (monotonic) until the address answers with JSON that is well."""
    while time.monotonic() - begun < _PATIENCE:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if well(json.load(answer)):
                    return time.monotonic() - begun
        except (urllib.error.URLError, TimeoutError, json.JSONDecodeError):
            pass
        time.sleep(0.1)
    raise TimeoutError(f"{address} had nothing to say within {_PATIENCE:.0f} s")
