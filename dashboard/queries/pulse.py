"""What figures stand on: numbers that differ after every write, so that "nothing changed" costs next to nothing.

The one place that says which tables a figure stands on. A number is taken *before* the figures are read: what is
written while they are read makes the next number differ, so nothing is ever missed.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from schemas.clickhouse import Store

Ground = Literal[
    "events", "mediation", "devices", "feeds", "statistics", "warnings", "heat", "quarantine", "pipeline"
]

#: Tables of each ground beside the derived ones, which count from the moment their version is the current one.
_TABLES: dict[Ground, tuple[str, ...]] = {
    "events": (),
    "mediation": (),
    "devices": ("camera_newest", "camera_said"),
    "feeds": ("feeds",),
    "statistics": ("statistics",),
    "warnings": ("warning_words", "actions"),
    "heat": ("heat",),
    "quarantine": ("quarantine",),
    "pipeline": ("pipeline",),
}
#: Topics of derived tables a ground stands on.
_TOPICS: dict[Ground, str] = {"events": "events", "mediation": "mediation", "devices": "cameras"}
#: What a screen shows at once: the rest (heartbeats, how far the workers are) can wait for the next second.
_NEWS: tuple[str, ...] = ("warning_words", "actions", "statistics")

#: The number of the last insert into each partition: merges keep it, every insert raises it.
_INSERTS = """
    SELECT table, partition_id, max_block_number FROM system.parts
    WHERE active AND database = currentDatabase()
"""
_CURRENT = "rollup_current"
#: Not FINAL: that does not merge a part of a tuple. Of hours, which are many and take no patches, no versions. Not
#: compiled, as `patches` is not.
_VERSIONS = """
    SELECT topic, sum(version), groupArrayIf((unit, versions), topic = {patched:String}) FROM (
        SELECT topic, toUnixTimestamp(unit) AS unit, max(current.version) AS version,
               argMax(current.versions, current.version) AS versions
        FROM rollup_current GROUP BY topic, unit
    ) GROUP BY topic
    SETTINGS compile_expressions = 0, compile_aggregate_expressions = 0
"""
#: The topic whose units take patches.
PATCHED: Ground = "events"

#: The versions whose rows count, of each unit (seconds since the epoch), the whole one first.
Versions = Mapping[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Pulse:
    """One look at what the figures stand on: equal numbers, equal rows. `units`: those that take patches."""

    inserts: Mapping[str, frozenset[tuple[str, int]]]
    versions: Mapping[str, int]
    units: Versions = field(default_factory=dict)

    def of(self, ground: Ground) -> Hashable:
        """What differs once anything was written that figures on this ground stand on."""
        topic = _TOPICS.get(ground)
        tables = tuple(self.inserts.get(table) for table in _TABLES[ground])
        return tables, None if topic is None else self.versions.get(topic)

    @property
    def news(self) -> Hashable:
        """What differs once there is anything that screens show at once."""
        return (
            self.versions.get("events"),
            self.versions.get("mediation"),
            *(self.inserts.get(table) for table in _NEWS),
        )


class Pulses:
    """Takes the pulse of one store; used by one thread at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._inserted: frozenset[tuple[str, int]] | None = None
        self._versions: dict[str, int] = {}
        self._units: Versions = {}
        self._taken: tuple[int, Pulse] | None = None

    def take(self) -> Pulse:
        """The pulse of now: one query, and a second one where a derived table got a new version; none where this
        process alone can write, and has not. Blocks; raises `StoreError`."""
        written = self._store.writes
        if written is None:
            return self._read()
        if self._taken is None or self._taken[0] != written:
            self._taken = written, self._read()
        return self._taken[1]

    def _read(self) -> Pulse:
        inserts: dict[str, dict[str, int]] = {}
        for table, partition, block in self._store.rows(_INSERTS):
            known = inserts.setdefault(table, {})
            known[partition] = max(block, known.get(partition, block))
        found = {table: frozenset(numbers.items()) for table, numbers in inserts.items()}
        inserted = found.get(_CURRENT)
        if inserted != self._inserted:
            told = self._store.rows(_VERSIONS, {"patched": PATCHED})
            self._versions = {topic: int(number) for topic, number, _ in told}
            self._units = {unit: tuple(versions) for _, _, units in told for unit, versions in units}
            self._inserted = inserted
        return Pulse(found, self._versions, self._units)
