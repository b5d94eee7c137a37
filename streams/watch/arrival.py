"""How late reports come, from when each was first seen: the newest hours hold what is known of them by now, not all."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from streams.risk.counts import Floats
from streams.risk.delay import completeness
from streams.watch.finding import Look

#: Reports of so many days tell how late they come; before there are so many, all are taken to be known at once.
DAYS, ENOUGH = 35, 200
HOURS = 168

#: A source that was connected lately fills in its past: only what it reported after its first message came by itself.
_ARRIVALS = """
    SELECT (toUnixTimestamp64Milli(seen) - toUnixTimestamp64Milli(reported_at)) / 3600000. AS late,
           (toUnixTimestamp64Milli({at:DateTime64(3, 'UTC')}) - toUnixTimestamp64Milli(reported_at)) / 3600000. AS old
    FROM (
        SELECT reported_at, seen, min(seen) OVER (PARTITION BY source) AS connected FROM (
            SELECT source, reported_at, min(seen) AS seen FROM event_arrivals
            WHERE day >= {first:Date} AND day <= {last:Date}
            GROUP BY day, source, id, reported_at
        )
    ) WHERE reported_at >= connected AND reported_at < {at:DateTime64(3, 'UTC')} AND seen < {at:DateTime64(3, 'UTC')}
"""


def arrived(look: Look) -> Floats | None:
    """Share of reports known once they are so many whole hours old [168]; None where too few came live to tell, or in a
    replay, whose clock says nothing of when they came. Raises `StoreError`."""
    first = look.at - timedelta(days=DAYS)
    table = look.store.table(_ARRIVALS, {"at": look.at, "first": first.date(), "last": look.at.date()})
    if table.num_rows < ENOUGH:
        return None
    late, old = (np.maximum(table[name].to_numpy(), 0.0) for name in ("late", "old"))
    return completeness(late, HOURS, old)
