"""A clock that runs fast by day and slowly at night, so that work is done when people work."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np

from streams.simulate.rhythm import HOUR, Floats, Ints, offsets

#: Relative pace of each local hour.
_PACE = np.array(
    [1, 1, 1, 1, 1, 2, 6, 14, 20, 22, 22, 18, 12, 14, 20, 22, 22, 18, 12, 9, 7, 5, 3, 2], dtype=np.float64
)


class WorkTime:
    """Adds spans of work to instants. Monotone: more work never ends earlier. A day holds 24 hours of work."""

    def __init__(self, start: int, end: int, zone: ZoneInfo) -> None:
        knots = np.arange(start // HOUR * HOUR, end + HOUR, HOUR, dtype=np.int64)
        pace = _PACE / _PACE.mean()
        hours = (knots + offsets(knots, zone)) // HOUR % 24
        self._knots = knots.astype(np.float64)
        self._done = np.append(0, np.cumsum(pace[hours[:-1]] * HOUR))

    def add(self, at: Ints, work: Floats) -> Ints:
        """The instant at which `work` seconds of work begun `at` are done; beyond the clock's end it runs evenly."""
        goal = np.interp(at.astype(np.float64), self._knots, self._done) + work
        done = np.interp(goal, self._done, self._knots) + np.maximum(goal - self._done[-1], 0)
        return np.asarray(np.rint(done), dtype=np.int64)
