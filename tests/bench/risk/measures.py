"""What a detector's p-values are worth on the scenarios, at one threshold over all series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streams.risk.counts import Flags, Floats, Ints


@dataclass(frozen=True)
class Measured:
    """Shares from 0 to 1 at `threshold` (alarm where p ≤ threshold)."""

    threshold: float
    false_positives: float
    sensitivity: float
    detected: float
    first_week: float
    precision: float
    worst: float


def inside(outbreak: Floats) -> Flags:
    """Weeks from an outbreak's first to its last with a case [S, W]."""
    some = outbreak > 0
    before = np.maximum.accumulate(some, axis=1)
    after = np.maximum.accumulate(some[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(before & after)


def threshold_for(p: Floats, outbreak: Floats, rate: float = 0.01) -> float:
    """The largest p such that at most `rate` of the weeks outside outbreaks alarm."""
    outside = np.sort(p[~inside(outbreak)])
    allowed = int(rate * len(outside))
    return float(np.nextafter(outside[allowed], 0.0))


def measure(p: Floats, outbreak: Floats, scenario: Ints, threshold: float) -> Measured:
    """All measures; `sensitivity` over weeks with outbreak cases, `worst` the largest rate of a scenario."""
    alarm = np.less_equal(p, threshold)
    within, cases = inside(outbreak), outbreak > 0
    has = cases.any(axis=1)
    first = cases.argmax(axis=1)
    hit = alarm & within
    false = np.logical_and(alarm, ~within)
    rates = [false[scenario == n].sum() / (~within[scenario == n]).sum() for n in np.unique(scenario)]
    return Measured(
        threshold,
        float(false.sum() / (~within).sum()),
        float(alarm[cases].mean()),
        float(hit[has].max(axis=1).mean()),
        float(np.take_along_axis(alarm, first[:, None], axis=1)[has].mean()),
        float(hit.sum() / max(alarm.sum(), 1)),
        float(max(rates)),
    )
