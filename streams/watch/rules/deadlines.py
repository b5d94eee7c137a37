"""Open events by their deadline: what the two deadline rules count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from schemas.packs import Pack
from streams.watch.finding import Look, second_level

#: `superseded` and `turn` say nothing that the times of validity do not, but they are the key.
_DUE = """
    SELECT area, category, sum(sign) AS n FROM event_history
    WHERE basis = 'open' AND (day, version) IN (
        SELECT toDate(unit), arrayJoin(max(current).versions) FROM rollup_current WHERE topic = 'events' GROUP BY unit)
      AND valid_from < {at:DateTime64(3, 'UTC')} AND valid_to >= {at:DateTime64(3, 'UTC')}
      AND (superseded = 0 OR turn >= {at:DateTime64(3, 'UTC')})
      AND due_at >= {start:DateTime64(3, 'UTC')} AND due_at < {end:DateTime64(3, 'UTC')}
    GROUP BY area, category HAVING n != 0
"""
Place = tuple[str, str]


def due_between(look: Look, start: datetime, end: datetime) -> Counter[Place]:
    """Events open now whose deadline lies in start ≤ t < end, by area below the root and top category."""
    rows = look.store.rows(_DUE, {"at": look.at, "start": start, "end": end})
    return by_place(rows, look.pack)  # type: ignore[arg-type]


def by_place(rows: Iterable[tuple[str, str, int]], pack: Pack) -> Counter[Place]:
    """(area, category, n) added up by area below the root and top category: a wall is not flooded."""
    counts: Counter[Place] = Counter()
    for area, category, n in rows:
        counts[second_level(pack.areas, area), pack.category_path(category)[-1]] += n
    return counts
