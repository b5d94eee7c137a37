"""Keeps the derived tables equal to the facts: recomputes every unit that a batch touched, under a new version.

A unit is the UTC day of a case's report or the hour of a device's message. After its facts a batch writes a mark;
a unit with more marks than its version saw is recomputed. Nothing needs to be remembered in memory, so any worker can
go on after any crash. The version holds the marks counted *before* the facts were read: two writers of one unit cannot
hide each other's facts, because the one that saw fewer marks has the lower version. Where a worker's ledger knows which
cases were touched, it writes a patch upon the current version instead of the whole unit (docs/decisions/0017).
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from typing import Any

import orjson

from schemas.clickhouse import Store
from schemas.errors import StoreError
from schemas.packs import Pack
from streams.ledger import Case, Ledger, Pending

#: Room below the count of marks for a number of the writer, so that no two writers ever use the same version.
WRITER_BITS = 24
#: Stands for "a status holds until it changes": longer than any stored time range.
NEVER_OFFLINE_MS = 10**14
#: Days of events patched by one statement: fewer cases than in days rewritten, and the statement itself is what costs.
PATCHES_AT_ONCE = 32


_MAKE_CURRENT = """INSERT INTO rollup_current
    SELECT {topic:String}, told.1, tuple(told.2, all)
    FROM (
        SELECT new.1 AS told, new.2 AS all FROM (SELECT arrayJoin(arrayZip(
            {new:Array(Tuple(DateTime('UTC'), UInt64, UInt64))}, {versions:Array(Array(UInt64))})) AS new)
    ) WHERE NOT {upon:UInt8} OR (told.1, told.3) IN (
        SELECT unit, max(current).version FROM rollup_current WHERE topic = {topic:String} GROUP BY unit)
"""
_DIRTY = """
    SELECT topic, unit, sum(marks) AS marked, max(version) AS now
    FROM (
        SELECT topic, unit, marks, toUInt64(0) AS version FROM rollup_marks WHERE topic IN {topics:Array(String)}
        UNION ALL
        SELECT topic, unit, 0, current.version FROM rollup_current WHERE topic IN {topics:Array(String)}
    )
    GROUP BY topic, unit HAVING marked > bitShiftRight(now, {bits:UInt8}) ORDER BY unit DESC
"""
_WEIGHED = """
    SELECT count(), countIf(sign < 0) FROM {table:Identifier}
    WHERE (day, version) IN {counted:Array(Tuple(Date, UInt64))}
"""


@dataclass(frozen=True, slots=True)
class Derived:
    """A derived table: `query` (streams/sql) computes its rows from the tables it stands on. `weight`: what a row
    counts, in tables whose rows are added up."""

    table: str
    query: str
    weight: str = "1"

    def compute(self, store: Store, bound: Mapping[str, Any]) -> None:
        """Write its rows. `bound`: what `parameters` gives, of which it takes what it names."""
        named = set(re.findall(r"\{(\w+):", self.query))
        taken = {name: value for name, value in bound.items() if name in named}
        store.command(f"INSERT INTO {self.table} {self.query}", taken)


@dataclass(frozen=True, slots=True)
class Rollup:
    """The derived tables of one topic, in the order they are computed. `at_once`: how many units one statement
    recomputes at most, which bounds its memory. `hourly` units are hours, else UTC days; `patched` ones take patches of
    single cases."""

    topic: str
    tables: tuple[Derived, ...]
    at_once: int
    hourly: bool = False
    patched: bool = False

    @property
    def unit_column(self) -> str:
        return "hour" if self.hourly else "day"


def _sql(name: str) -> str:
    return (resources.files(__package__) / "sql" / f"{name}.sql").read_text("utf-8")


ROLLUPS: tuple[Rollup, ...] = (
    Rollup(
        "events",
        (
            Derived("event_history", _sql("event_history"), "sign"),
            Derived("event_days", _sql("event_days"), "n"),
        ),
        at_once=16,
        patched=True,
    ),
    Rollup(
        "mediation",
        (
            Derived("mediation_history", _sql("mediation_history")),
            Derived("mediation_days", _sql("mediation_days")),
        ),
        at_once=128,  # a district has seventy times as many events as disputes
    ),
    Rollup("cameras", (Derived("camera_hours", _sql("camera_hours")),), at_once=4, hourly=True),
)
#: Topics that figures are made of.
ROLLED_TOPICS = frozenset(rollup.topic for rollup in ROLLUPS)


@dataclass(frozen=True, slots=True)
class DirtyUnit:
    """A topic's unit to recompute, the marks it had when it was found, and its current version (0 = none yet)."""

    topic: str
    unit: datetime
    marks: int
    version: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """A dirty unit with what the ledger knows of it, and the version it is going to have."""

    dirty: DirtyUnit
    pending: Pending
    version: int

    @property
    def versions(self) -> tuple[int, ...]:
        """The versions whose rows count together once this is done."""
        return (*self.pending.before, self.version)


def mark(
    store: Store,
    topic: str,
    units: Iterable[datetime],
    ledger: Ledger | None = None,
    cases: Mapping[datetime, frozenset[Case]] | None = None,
) -> None:
    """Say that a batch has written facts of these units, and note its cases. Call it after the facts are stored."""
    rows = sorted(set(units))
    if not rows:
        return
    ledger, batch = ledger or Ledger(), uuid.uuid4()
    with ledger.lock:
        store.command(
            "INSERT INTO rollup_marks (topic, unit, marks, batch) "
            "SELECT {topic:String}, arrayJoin({units:Array(DateTime('UTC'))}), 1, {batch:UUID}",
            {"topic": topic, "units": rows, "batch": batch},
        )
        ledger.note(topic, cases or {})


def dirty_units(store: Store, *which: Rollup) -> list[DirtyUnit]:
    """Units of these rollups (none named: of all) with more marks than their version saw, newest first."""
    topics = [rollup.topic for rollup in which or ROLLUPS]
    rows = store.rows(_DIRTY, {"topics": topics, "bits": WRITER_BITS})
    return [
        DirtyUnit(topic, unit.replace(tzinfo=UTC), int(marks), int(version))
        for topic, unit, marks, version in rows
    ]


def parameters(
    rollup: Rollup, units: Sequence[datetime], versions: Sequence[int], pack: Pack
) -> dict[str, Any]:
    """What the queries of `streams/sql` take to compute these units whole."""
    after = pack.offline_after
    days = [unit if rollup.hourly else unit.date() for unit in units]
    return {
        "units": days,
        "versions": list(versions),
        "zone": pack.settings.time_zone,
        "offline_after_ms": NEVER_OFFLINE_MS if after is None else after // timedelta(milliseconds=1),
        "whole": 1,
        "cases": "[]",
        "before": [],
        "counted": list(zip(days, versions, strict=True)),
    }


def recompute(
    store: Store, rollup: Rollup, units: Sequence[DirtyUnit], pack: Pack, ledger: Ledger | None = None
) -> None:
    """Rewrite these units from the facts and make the new version the current one."""
    nothing = Pending(0)
    _recompute(store, rollup, [Work(dirty, nothing, _version(dirty)) for dirty in units], pack, ledger)


def _version(dirty: DirtyUnit) -> int:
    return (dirty.marks << WRITER_BITS) + secrets.randbits(WRITER_BITS)


def _recompute(
    store: Store, rollup: Rollup, works: Sequence[Work], pack: Pack, ledger: Ledger | None
) -> None:
    """Write the rows of these units, all whole or all patches, and make them current."""
    bound = parameters(rollup, [w.dirty.unit for w in works], [w.version for w in works], pack)
    patches = works[0].pending.cases is not None
    if patches:
        bound |= {
            "whole": 0,
            "cases": _named([(w.dirty.unit, case) for w in works for case in sorted(w.pending.cases or ())]),
            "before": [(w.dirty.unit.date(), version) for w in works for version in w.pending.before],
        }
    for derived in rollup.tables:
        derived.compute(store, bound)
    _make_current(store, rollup, works, upon=patches)
    if ledger is not None:
        with ledger.lock:
            for w in works:
                ledger.done(rollup.topic, w.dirty.unit, w.dirty.marks, w.versions, w.pending)


def _named(cases: Sequence[tuple[datetime, Case]]) -> str:
    """Touched cases as the queries take them: JSON of (day, source, ids), as short as can be: the driver binds a text
    letter by letter."""
    ids: dict[tuple[date, str], list[str]] = defaultdict(list)
    for unit, (source, name) in cases:
        ids[unit.date(), source].append(name)
    return orjson.dumps([(day, source, found) for (day, source), found in ids.items()]).decode()


def _make_current(store: Store, rollup: Rollup, works: Sequence[Work], upon: bool) -> None:
    """Tell the new versions. A patch becomes current only upon the very version it was made for: the store looks that
    up itself in the moment it writes, so that a worker that slept meanwhile cannot put it upon another one."""
    bound = {
        "topic": rollup.topic,
        "new": [(w.dirty.unit, w.version, w.dirty.version) for w in works],
        "versions": [list(w.versions) for w in works],
        "upon": int(upon),
    }
    store.command(_MAKE_CURRENT, bound)


Choice = Callable[[str, Sequence[DirtyUnit]], Sequence[DirtyUnit]]


def everything(topic: str, dirty: Sequence[DirtyUnit]) -> Sequence[DirtyUnit]:
    """Leave nothing for later."""
    return dirty


def refresh(
    store: Store,
    pack: Pack,
    now: datetime | None = None,
    choose: Choice = everything,
    ledger: Ledger | None = None,
) -> int:
    """Recompute the dirty units that `choose` picks for a topic; returns how many. With `now`, hours still running are
    left for later; with a ledger, units are patched where it knows enough."""
    works = _look(store, now, choose, ledger)
    for rollup in ROLLUPS:
        mine = [work for work in works if work.dirty.topic == rollup.topic]
        for patches in (True, False):
            some = [work for work in mine if (work.pending.cases is not None) is patches]
            step = PATCHES_AT_ONCE if patches else rollup.at_once
            for start in range(0, len(some), step):
                part = some[start : start + step]
                try:
                    _recompute(store, rollup, part, pack, ledger)
                except StoreError:
                    if patches and ledger is not None:  # whatever it was: whole next time
                        ledger.forget(rollup.topic, [work.dirty.unit for work in part])
                    raise
    return len(works)


def _look(store: Store, now: datetime | None, choose: Choice, ledger: Ledger | None) -> list[Work]:
    """What is to be done, with what the ledger knows of it at this very look."""
    ledger = ledger or Ledger()
    with ledger.lock:
        dirty = dirty_units(store)
        works = []
        for rollup in ROLLUPS:
            mine = [d for d in dirty if d.topic == rollup.topic]
            for d in choose(rollup.topic, mine):
                if rollup.hourly and now is not None and d.unit + timedelta(hours=1) > now:
                    continue
                known = rollup.patched
                pending = ledger.pending(d.topic, d.unit, d.marks, d.version) if known else Pending(0)
                if pending.heavy and _worn(store, rollup, d, pending.before, ledger):
                    pending = Pending(pending.seen)
                works.append(Work(d, pending, _version(d)))
    return works


def _worn(store: Store, rollup: Rollup, dirty: DirtyUnit, versions: Sequence[int], ledger: Ledger) -> bool:
    """Whether more rows of the unit only cancel each other than count. New cases take nothing away, so that a day that
    grows is not rewritten for it."""
    counted = [(dirty.unit.date(), version) for version in versions]
    ((rows, taken),) = store.rows(_WEIGHED, {"table": rollup.tables[0].table, "counted": counted})
    count = int(rows) - 2 * int(taken)
    if int(rows) > 2 * count:
        return True
    ledger.weighed(rollup.topic, dirty.unit, count)
    return False


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
        "INNER JOIN (SELECT unit, max(current) AS told FROM rollup_current "
        "WHERE topic = {topic:String} GROUP BY unit) AS v "
        f"ON toDateTime(t.{column}, 'UTC') = v.unit "
        "WHERE t.version < v.told.version AND NOT has(v.told.versions, t.version))"
    )
