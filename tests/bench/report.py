"""What every benchmark tells: rows with their spread, ratios, and goals beside what was reached."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path

import msgspec


class Row(msgspec.Struct, frozen=True):
    """One figure over several runs."""

    name: str
    unit: str
    median: float
    min: float
    max: float
    runs: int


class Goal(msgspec.Struct, frozen=True):
    """A bar, what was reached, and whether that meets it."""

    goal: str
    got: float
    met: bool


class Result(msgspec.Struct, frozen=True):
    """One benchmark's outcome, as `--json` prints it."""

    bench: str
    machine: str
    rows: tuple[Row, ...]
    ratios: dict[str, float] = {}
    goals: dict[str, Goal] = {}


def row(name: str, unit: str, values: Sequence[float]) -> Row:
    """Median and spread of the runs."""
    return Row(name, unit, statistics.median(values), min(values), max(values), len(values))


def at_most(limit: float, found: Row) -> Goal:
    """A goal that the median stays below a limit."""
    return Goal(f"<= {limit:g} {found.unit}", found.median, found.median <= limit)


def machine() -> str:
    """The machine in one line."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def busy_seconds() -> float:
    """Seconds that all cores of the machine together were busy since it started (Linux, proc_stat(5))."""
    times = [int(field) for field in Path("/proc/stat").read_text("ascii").splitlines()[0].split()[1:9]]
    return (sum(times) - times[3] - times[4]) / os.sysconf("SC_CLK_TCK")


def peak_mb() -> float:
    """Most resident megabytes (MiB) of this process so far.

    Not `getrusage`: Linux hands the peak of the process that started it on to a new program.
    """
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
