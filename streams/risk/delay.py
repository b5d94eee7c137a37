"""How late events become known, and what that does to the newest hours."""

from __future__ import annotations

import numpy as np

from streams.risk.counts import Floats

_ON_TIME = 1.0  # events that came at once are mixed in so many, lest few data ever say 0


def completeness(delays: Floats, hours: int = 168, ages: Floats | None = None) -> Floats:
    """Share of events known once they are `age` whole hours old, [hours], of those known after `hours`.

    delays [N]: known − happened in hours; ages [N]: how long ago they happened, absent where none can be missing any
    more. Events known by now say how late they were only if they were not later than they are old: the law is that of
    right-truncated delays, by its reverse hazards (Lawless 1994, 10.2307/3315820; Kalbfleisch & Lawless 1989,
    10.1080/01621459.1989.10478780). The middle of the hour stands for it.
    """
    late = _bins(delays, hours)
    old = np.full(len(late), hours) if ages is None else np.maximum(_bins(ages, hours), late)
    ended = np.bincount(late, minlength=hours + 1).astype(float)
    begun = np.bincount(old, minlength=hours + 1).astype(float)
    ended[0] += _ON_TIME
    begun[hours] += _ON_TIME
    # known within k hours, among those that had k hours to become known
    at_risk = ended.cumsum() - np.concatenate(([0.0], begun.cumsum()[:-1]))
    stays = np.where(at_risk > 0, 1.0 - ended / np.maximum(at_risk, 1e-9), 1.0)
    later = np.concatenate((stays[1:][::-1].cumprod()[::-1], [1.0]))
    return np.asarray(later[:hours])


def _bins(values: Floats, hours: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The first whole hour of age by whose middle a delay is over."""
    return np.clip(np.ceil(np.asarray(values, dtype=float) - 0.5), 0, hours).astype(np.int64)
