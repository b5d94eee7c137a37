"""Events by the time of their report, as the risk engine counts them: duplicates of one thing are one incident."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.clickhouse import Store
from schemas.packs import Pack
from streams.risk.counts import Counts, Floats, Ints
from streams.risk.incidents import first_of_incidents
from streams.watch.ground import Ground, indices

_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)

#: Days of history read at once: some ten megabytes of a large district, and a query a month.
PIECE_DAYS = 28

#: From the facts: their key begins with the day, so a week reads a week. Withdrawn cases were reported, too.
_REPORTS = """
    SELECT toUnixTimestamp64Milli(reported_at)
               + 1000 * toInt64(timeZoneOffset(toTimeZone(reported_at, {zone:String}))) AS local_ms,
           said[2] AS area, said[3] AS category
    FROM (
        SELECT reported_at, splitByChar('\\0', substring(max(latest), 10)) AS said FROM event_newest
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


def history(store: Store, pack: Pack, end: datetime) -> Iterator[Reports]:
    """Events reported before `end` since history began, in pieces of whole local days and in order of time: never more
    than one piece is held. Blocks; raises `StoreError`."""
    start = history_from(store, pack)
    ((first, events),) = store.rows(
        "SELECT min(reported_at), count() FROM event_newest "
        "WHERE reported_at >= {start:DateTime64(3, 'UTC')} AND reported_at < {end:DateTime64(3, 'UTC')}",
        {"start": start, "end": end},
    )
    if not events:
        return
    day = first.replace(tzinfo=UTC).astimezone(pack.zone).date()
    while start < end:
        day += timedelta(days=PIECE_DAYS)
        until = min(datetime.combine(day, time(), pack.zone).astimezone(UTC), end)
        yield reports(store, pack, start, until)
        start = until


@dataclass(frozen=True)
class Survey:
    """What history holds before it is counted: the `first` report's `hour_of`, None without any; how many reports came
    in each hour of the local day [24]; the areas and categories that occur."""

    first: float | None
    by_hour: Ints
    areas: frozenset[str]
    categories: frozenset[str]

    @property
    def events(self) -> int:
        return int(self.by_hour.sum())

    @classmethod
    def of(cls, pieces: Iterable[Reports]) -> Survey:
        """Of all the pieces."""
        firsts, by_hour = [], np.zeros(24, dtype=np.int64)
        areas: set[str] = set()
        categories: set[str] = set()
        for piece in pieces:
            if len(piece.hour):
                firsts.append(float(piece.hour.min()))
            by_hour += np.bincount(piece.hour.astype(np.int64) % 24, minlength=24)
            areas.update(pc.unique(piece.area).to_pylist())
            categories.update(pc.unique(piece.category).to_pylist())
        return cls(min(firsts, default=None), by_hour, frozenset(areas), frozenset(categories))


def counted(pieces: Iterable[Reports], ground: Ground) -> Iterator[Counts]:
    """The incidents of each piece, those that reach over its beginning told once."""
    last = np.full((len(ground.areas), len(ground.categories)), -np.inf)
    for piece in pieces:
        yield incidents(piece, ground, last)


def incidents(found: Reports, ground: Ground, last: Floats | None = None) -> Counts:
    """Hourly counts of the incidents; reports of areas or categories the ground does not have are left aside. `last`
    as `first_of_incidents` takes it."""
    grid, category = indices(found.area, ground.area_index), indices(found.category, ground.category_index)
    kept = (grid >= 0) & (category >= 0)
    at, grid, category = found.hour[kept], grid[kept], category[kept]
    opens = first_of_incidents(at, grid, category, last=last)
    hours = np.floor(at[opens]).astype(np.int64)
    return Counts(hours, grid[opens], category[opens], np.ones(int(opens.sum())))


def local_hour(at: datetime, pack: Pack) -> float:
    """`hour_of` an instant in the pack's zone."""
    local = at.astimezone(pack.zone).replace(tzinfo=UTC)
    return (local - _MONDAY) / timedelta(hours=1)


def instant_of(hour: float, pack: Pack) -> datetime:
    """The instant of a local hour."""
    return (_MONDAY + timedelta(hours=hour)).replace(tzinfo=pack.zone).astimezone(UTC)
