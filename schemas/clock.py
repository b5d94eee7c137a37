"""Now, as a parameter: the wall clock, a replay that runs faster, or one fixed instant."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time figures are evaluated at, an aware UTC datetime; `replay` is a replay's speed."""

    @property
    def replay(self) -> float | None: ...

    def now(self) -> datetime: ...


@dataclass(frozen=True)
class WallClock:
    """The real time."""

    @property
    def replay(self) -> float | None:
        return None

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class FixedClock:
    """Always the same instant: for tests and `--at`."""

    at: datetime

    @property
    def replay(self) -> float | None:
        return None

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class ReplayClock:
    """Starts at `start` when the wall clock reads `origin` (Unix seconds), then runs `speed` times as fast.

    The origin is a wall time, not a monotonic one, so that processes given the same three values agree.
    """

    start: datetime
    speed: float
    origin: float

    @property
    def replay(self) -> float | None:
        return self.speed

    def now(self) -> datetime:
        elapsed = max(0.0, time.time() - self.origin)
        return self.start + timedelta(seconds=elapsed * self.speed)
