"""Keeps the derived tables equal to the facts: recomputes every unit that a batch touched, whole, under a new version.

A unit is the UTC day of a case's report or the hour of a device's message. After its facts a batch writes a mark;
a unit with more marks than its version saw is recomputed. Nothing is remembered in memory, so any worker can go on
after any crash. The version holds the marks counted *before* the facts were read: two writers of one unit cannot
hide each other's facts, because the one that saw fewer marks has the lower version.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any

import pyarrow as pa

from schemas.clickhouse import Store
from schemas.packs import Pack

#: Room below the count of marks for a number of the writer, so that no two writers ever use the same version.
WRITER_BITS = 24
#: Stands for "a status holds until it changes": longer than any stored time range.
NEVER_OFFLINE_MS = 10**14
#: Units recomputed by one statement: bounds its memory.
UNITS_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Derived:
    """A derived table: `query` (streams/sql) computes its rows from the tables it stands on."""

    table: str
    query: str


@dataclass(frozen=True, slots=True)
class Rollup:
    """The derived tables of one topic, in the order they are computed. `hourly` units are hours, else UTC days."""

    topic: str
    tables: tuple[Derived, ...]
    hourly: bool = False

    @property
    def unit_column(self) -> str:
        return "hour" if self.hourly else "day"


def _sql(name: str) -> str:
    return (resources.files(__package__) / "sql" / f"{name}.sql").read_text("utf-8")


ROLLUPS: tuple[Rollup, ...] = (
    Rollup(
        "events",
        (Derived("event_history", _sql("event_history")), Derived("event_days", _sql("event_days"))),
    ),
    Rollup(
        "mediation",
        (
            Derived("mediation_history", _sql("mediation_history")),
            Derived("mediation_days", _sql("mediation_days")),
        ),
    ),
    Rollup("cameras", (Derived("camera_hours", _sql("camera_hours")),), hourly=True),
)


@dataclass(frozen=True, slots=True)
class DirtyUnit:
    """A unit to recompute, and the marks it had when it was found."""

    unit: datetime
    marks: int


def mark(store: Store, topic: str, units: Iterable[datetime]) -> None:
    """Say that a batch has written facts of these units. Call it after the facts are stored."""
    rows = sorted(set(units))
    if not rows:
        return
    batch = uuid.uuid4()
    store.command(
        "INSERT INTO rollup_marks (topic, unit, marks, batch) "
        "SELECT {topic:String}, arrayJoin({units:Array(DateTime('UTC'))}), 1, {batch:UUID}",
        {"topic": topic, "units": rows, "batch": batch},
    )


def dirty_units(store: Store, rollup: Rollup) -> list[DirtyUnit]:
    """Units with more marks than their version saw, newest first."""
    rows = store.rows(
        """
        SELECT unit, marked, seen FROM (
            SELECT unit, sum(marks) AS marked FROM rollup_marks WHERE topic = {topic:String} GROUP BY unit
        ) AS m LEFT JOIN (
            SELECT unit, bitShiftRight(max(version), {bits:UInt8}) AS seen
            FROM rollup_versions WHERE topic = {topic:String} GROUP BY unit
        ) AS v USING unit
        WHERE marked > seen ORDER BY unit DESC
        """,
        {"topic": rollup.topic, "bits": WRITER_BITS},
    )
    return [DirtyUnit(unit.replace(tzinfo=UTC), int(marks)) for unit, marks, _ in rows]


def parameters(
    rollup: Rollup, units: Sequence[DirtyUnit], versions: Sequence[int], pack: Pack
) -> dict[str, Any]:
    """What the queries of `streams/sql` take."""
    after = pack.offline_after
    return {
        "units": [d.unit if rollup.hourly else d.unit.date() for d in units],
        "versions": list(versions),
        "zone": pack.settings.time_zone,
        "offline_after_ms": NEVER_OFFLINE_MS if after is None else after // timedelta(milliseconds=1),
    }


def recompute(store: Store, rollup: Rollup, units: Sequence[DirtyUnit], pack: Pack) -> None:
    """Rewrite these units from the facts and make the new version the current one."""
    writer = secrets.randbits(WRITER_BITS)
    versions = [(d.marks << WRITER_BITS) + writer for d in units]
    bound = parameters(rollup, units, versions, pack)
    for derived in rollup.tables:
        store.command(f"INSERT INTO {derived.table} {derived.query}", bound)
    store.insert(
        "rollup_versions",
        pa.table(
            {
                "topic": pa.array([rollup.topic] * len(units)),
                "unit": pa.array([int(d.unit.timestamp()) for d in units], pa.uint32()),
                "version": pa.array(versions, pa.uint64()),
            }
        ),
    )


Choice = Callable[[str, Sequence[DirtyUnit]], Sequence[DirtyUnit]]


def everything(topic: str, dirty: Sequence[DirtyUnit]) -> Sequence[DirtyUnit]:
    """Leave nothing for later."""
    return dirty


def refresh(store: Store, pack: Pack, now: datetime | None = None, choose: Choice = everything) -> int:
    """Recompute the dirty units that `choose` picks for a topic; returns how many. With `now`, hours still running are
    left for later."""
    done = 0
    for rollup in ROLLUPS:
        dirty = dirty_units(store, rollup)
        if rollup.hourly and now is not None:
            dirty = [d for d in dirty if d.unit + timedelta(hours=1) <= now]
        chosen = choose(rollup.topic, dirty)
        for start in range(0, len(chosen), UNITS_AT_ONCE):
            recompute(store, rollup, chosen[start : start + UNITS_AT_ONCE], pack)
        done += len(chosen)
    return done


def clean(store: Store, worth: float = 0.2) -> None:
    """Remove rows of versions that are no longer current, from tables where they are more than a share of `worth`.

    A removal rewrites parts of the table, so a few leftovers are left for later.
    """
    for rollup in ROLLUPS:
        for derived in rollup.tables:
            bound = {"topic": rollup.topic}
            superseded = _superseded(rollup, derived)
            counted = f"SELECT countIf({superseded}), count() FROM {derived.table}"  # noqa: S608 - names from ROLLUPS
            ((stale, rows),) = store.rows(counted, bound)
            if stale > worth * rows:
                store.command(f"DELETE FROM {derived.table} WHERE {superseded}", bound)  # noqa: S608


def _superseded(rollup: Rollup, derived: Derived) -> str:
    """The condition for rows of versions below their unit's current one; versions still being written are above it."""
    column = rollup.unit_column
    return (
        f"({column}, version) IN (SELECT t.{column}, t.version FROM "  # noqa: S608
        f"(SELECT DISTINCT {column}, version FROM {derived.table}) AS t "
        "INNER JOIN (SELECT unit, max(version) AS current FROM rollup_versions "
        "WHERE topic = {topic:String} GROUP BY unit) AS v "
        f"ON toDateTime(t.{column}, 'UTC') = v.unit WHERE t.version < v.current)"
    )
