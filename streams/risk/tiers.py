"""How rare a finding is: its recurrence interval, and the colour that stands for it."""

from __future__ import annotations

import numpy as np

from streams.risk.counts import Floats, Ints
from streams.risk.policy import TIERS, Policy, Tier


def recurrence(p: Floats, tests: int, kappa: float = 1.0) -> Floats:
    """Days until chance alone brings one as rare: 1 / (κ · m · p) (Kleinman et al. 2004, 10.1093/aje/kwh029).

    `tests` m is how many cells the level has; κ how many independent looks a cell is worth a day.
    """
    return 1.0 / np.maximum(kappa * tests * p, 1e-300)


def tier_of(days: Floats, policy: Policy) -> Ints:
    """0 red, 1 yellow, 2 blue, 3 none."""
    red, yellow, blue = policy.floors()
    return np.select([days >= red, days >= yellow, days >= blue], [0, 1, 2], 3).astype(np.int64)


def colour(tier: int) -> Tier | None:
    """The colour of a tier number; none for 3."""
    return TIERS[tier] if tier < len(TIERS) else None
