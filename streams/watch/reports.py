"""Events by the time of their report, as the risk engine counts them: duplicates of one thing are one incident."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.clickhouse import Store
from schemas.packs import Pack
from streams.risk.counts import Counts, Floats
from streams.risk.incidents import first_of_incidents
from streams.watch.ground import Ground, indices

_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)

#: From the facts: their key begins with the day, so a week reads a week. Withdrawn cases were reported, too.
_REPORTS = """
    SELECT toUnixTimestamp64Milli(reported_at)
               + 1000 * toInt64(timeZoneOffset(toTimeZone(reported_at, {zone:String}))) AS local_ms,
           attributes.area AS area, attributes.category AS category
    FROM (
        SELECT reported_at, max(latest) AS attributes FROM event_cases
        WHERE day >= {first:Date} AND day <= {last:Date}
          AND reported_at >= {start:DateTime64(3, 'UTC')} AND reported_at < {end:DateTime64(3, 'UTC')}
        GROUP BY day, source, id, reported_at
    )
"""


@dataclass(frozen=True)
class Reports:
    """Reports of a span of time: `hour` is `hour_of` their local time, with its fraction."""

    hour: Floats
    area: pa.ChunkedArray
    category: pa.ChunkedArray

    def occurring(self, column: pa.ChunkedArray) -> list[str]:
        """The distinct values of `area` or `category`."""
        values: list[str] = pc.unique(column).to_pylist()
        return values


def reports(store: Store, pack: Pack, start: datetime, end: datetime) -> Reports:
    """Events reported in start ≤ t < end. Blocks; raises `StoreError`."""
    bound = {
        "zone": pack.settings.time_zone, "start": start, "end": end,
        "first": start.astimezone(UTC).date(), "last": end.astimezone(UTC).date(),
    }  # fmt: skip
    table = store.table(_REPORTS, bound)
    hours = table["local_ms"].to_numpy() / 3_600_000 - (_MONDAY.timestamp() / 3600)
    return Reports(hours.astype(np.float64), table["area"], table["category"])


def history_from(store: Store, pack: Pack) -> datetime:
    """When history begins: with the first whole local day after the first message. Of the time before only later stages
    of a few cases tell, and their reports are no history. Raises `StoreError`."""
    ((first,),) = store.rows("SELECT min(first_at) FROM feeds WHERE topic = 'events'")
    local = first.replace(tzinfo=UTC).astimezone(pack.zone)
    midnight = datetime.combine(local.date(), time(), pack.zone)
    whole = (
        midnight
        if midnight == local
        else datetime.combine(local.date() + timedelta(days=1), time(), pack.zone)
    )
    return whole.astimezone(UTC)


def history(store: Store, pack: Pack, end: datetime) -> Reports:
    """Events reported before `end`, since history began. Blocks; raises `StoreError`."""
    return reports(store, pack, history_from(store, pack), end)


def incidents(found: Reports, ground: Ground) -> Counts:
    """Hourly counts of the incidents; reports of areas or categories the ground does not have are left aside."""
    grid, category = indices(found.area, ground.area_index), indices(found.category, ground.category_index)
    kept = (grid >= 0) & (category >= 0)
    at, grid, category = found.hour[kept], grid[kept], category[kept]
    opens = first_of_incidents(at, grid, category)
    hours = np.floor(at[opens]).astype(np.int64)
    return Counts(hours, grid[opens], category[opens], np.ones(int(opens.sum())))


def local_hour(at: datetime, pack: Pack) -> float:
    """`hour_of` an instant in the pack's zone."""
    local = at.astimezone(pack.zone).replace(tzinfo=UTC)
    return (local - _MONDAY) / timedelta(hours=1)


def instant_of(hour: float, pack: Pack) -> datetime:
    """The instant of a local hour."""
    return (_MONDAY + timedelta(hours=hour)).replace(tzinfo=pack.zone).astimezone(UTC)
