"""How late events become known, and what that does to the newest hours."""

from __future__ import annotations

import numpy as np

from streams.risk.counts import Floats


def completeness(delays: Floats, hours: int = 168) -> Floats:
    """Share of events known once they are `age` whole hours old, [hours], from delays of settled events in hours.

    delays: known − happened, each at least 0, of events old enough that none is missing. The middle of the hour
    stands for it; the empirical law is mixed with one on-time event in twenty, so that few data never say 0
    (after Lawless 1994, 10.2307/3315820, without truncation: only settled events go in).
    """
    late = np.sort(np.maximum(np.asarray(delays, dtype=float), 0.0))
    known = np.searchsorted(late, np.arange(hours) + 0.5, side="right")
    return np.asarray((known + 1.0) / (len(late) + 1.0))
