"""The constants of the method in one place; a pack may set them, the code never hides another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["town", "grid", "ring1", "ring2", "district"]
Tier = Literal["red", "yellow", "blue"]

LEVELS: tuple[Level, ...] = ("town", "grid", "ring1", "ring2", "district")
#: From the rarest down; a tier's place in this tuple is its rank.
TIERS: tuple[Tier, ...] = ("red", "yellow", "blue")


@dataclass(frozen=True)
class Policy:
    """How the district is watched. Windows in hours, recurrence intervals and half-lives in days.

    `windows` and `window_weights` belong together (weights sum to 1). `least` events make a finding, a level
    each (in the order of `LEVELS`). `kappa` scales the number of tests a level is worth a day (`calibration`).
    `guard` are the newest hours a baseline leaves out.
    """

    windows: tuple[int, ...] = (24, 72, 168)
    window_weights: tuple[float, ...] = (0.5, 0.25, 0.25)
    guard: int = 168
    half_life: float = 180.0
    red: float = 365.0
    yellow: float = 30.0
    blue: float = 7.0
    least: tuple[int, ...] = (3, 3, 4, 5, 5)
    kappa: tuple[float, ...] = (12.0, 3.0, 4.0, 4.0, 120.0)
    quiet_hours: float = 24.0
    coverage: float = 0.5

    def floors(self) -> tuple[float, float, float]:
        """The recurrence interval each tier starts at, in the order of `TIERS`."""
        return self.red, self.yellow, self.blue
