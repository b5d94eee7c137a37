"""Proves the derived tables: recomputes every unit from the facts and compares it with what the screens read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.clickhouse import Store
from schemas.packs import Pack
from streams import rollups
from streams.rollups import ROLLUPS, Derived, Rollup

#: What the rows of one unit count, and the sum of their hashes as often.
Fingerprint = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Difference:
    """A unit whose derived rows are not what the facts say: rows and hash as stored and as recomputed."""

    table: str
    unit: datetime
    stored: Fingerprint
    recomputed: Fingerprint


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was compared, and what differed."""

    units: int
    rows: int
    differences: tuple[Difference, ...]


def verify(store: Store, pack: Pack, progress: Callable[[int, int], None] | None = None) -> Verdict:
    """Compare every unit of every derived table. `progress` is told (done, all) units. Blocks; raises `StoreError`.

    Units still to do are rolled up first. Messages that arrive meanwhile can show as a difference of a unit of today;
    run it again to see that such a one is gone.
    """
    rollups.refresh(store, pack)
    every = [(rollup, _current(store, rollup)) for rollup in ROLLUPS]
    total = sum(len(units) for _, units in every)
    done = rows = 0
    differences: list[Difference] = []
    for rollup, units in every:
        for start in range(0, len(units), rollup.at_once):
            chunk = units[start : start + rollup.at_once]
            for derived in rollup.tables:
                found, compared = _compare(store, rollup, derived, chunk, pack)
                differences += found
                rows += compared
            done += len(chunk)
            if progress is not None:
                progress(done, total)
    return Verdict(total, rows, tuple(differences))


def _current(store: Store, rollup: Rollup) -> list[tuple[datetime, list[int]]]:
    """Every unit with the versions whose rows count."""
    rows = store.rows(
        "SELECT unit, max(current).versions FROM rollup_current WHERE topic = {topic:String} "
        "GROUP BY unit ORDER BY unit",
        {"topic": rollup.topic},
    )
    return [(unit.replace(tzinfo=UTC), list(versions)) for unit, versions in rows]


def _compare(
    store: Store, rollup: Rollup, derived: Derived, units: list[tuple[datetime, list[int]]], pack: Pack
) -> tuple[list[Difference], int]:
    bound = rollups.parameters(rollup, [unit for unit, _ in units], [all_[-1] for _, all_ in units], pack)
    bound["counted"] = [
        (unit if rollup.hourly else unit.date(), version) for unit, all_ in units for version in all_
    ]
    column = rollup.unit_column
    kind = "DateTime('UTC')" if rollup.hourly else "Date"
    current = (
        f"SELECT * FROM {derived.table} "  # noqa: S608
        f"WHERE ({column}, version) IN {{counted:Array(Tuple({kind}, UInt64))}}"
    )
    stored = _fingerprints(store, derived, column, current, bound)
    recomputed = _fingerprints(store, derived, column, derived.query, bound)
    nothing = (0, 0)
    differences = [
        Difference(derived.table, unit, stored.get(unit, nothing), recomputed.get(unit, nothing))
        for unit in sorted(stored.keys() | recomputed.keys())
        if stored.get(unit, nothing) != recomputed.get(unit, nothing)
    ]
    return differences, sum(rows for rows, _ in stored.values())


def _fingerprints(
    store: Store, derived: Derived, column: str, query: str, bound: dict[str, object]
) -> dict[datetime, Fingerprint]:
    """By unit; rows that take each other away leave nothing."""
    named = {"1": "version"}.get(derived.weight, f"version, {derived.weight}")
    rows = store.rows(
        f"SELECT toDateTime({column}, 'UTC') AS unit, sum(toInt64({derived.weight})) AS counted, "  # noqa: S608
        f"sum(toInt64({derived.weight}) * toInt64(cityHash64(toString(tuple(* EXCEPT ({named})))))) AS hashed "
        f"FROM ({query}) GROUP BY unit HAVING counted != 0 OR hashed != 0",
        bound,
    )
    return {unit.replace(tzinfo=UTC): (int(count), int(total)) for unit, count, total in rows}
