"""Warnings from plain rules: deadlines passed, devices away, feeds gone silent.

`Watch.changes` looks at the store, compares what it finds with the warnings that stand, and tells only what changed:
raised, recoloured, cleared. What it tells goes through the warnings topic like everything else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from schemas.areas import AreaTree
from schemas.clickhouse import Store
from schemas.clock import Clock
from schemas.contracts import Colour, Warning, WarningState
from schemas.packs import Pack, Rules
from schemas.windows import floor_ms
from streams.rollups import NEVER_OFFLINE_MS

_OVERDUE = """
    SELECT area, category, count() FROM event_history
    WHERE basis = 'open' AND (day, version) IN (
        SELECT toDate(unit), max(version) FROM rollup_versions WHERE topic = 'events' GROUP BY unit)
      AND valid_from < {at:DateTime64(3, 'UTC')} AND valid_to >= {at:DateTime64(3, 'UTC')}
      AND due_at < {at:DateTime64(3, 'UTC')} AND due_at >= {since:DateTime64(3, 'UTC')}
    GROUP BY area, category
"""
_DEVICES = """
    SELECT last.area, count(), countIf(NOT (last.status = 'online'
        AND toUnixTimestamp64Milli({at:DateTime64(3, 'UTC')}) - toUnixTimestamp64Milli(last.at)
            <= {offline_after_ms:Int64}))
    FROM camera_state FINAL WHERE last.at < {at:DateTime64(3, 'UTC')} GROUP BY last.area
"""
_FEEDS = """
    SELECT topic, max(last_at) FROM feeds
    WHERE topic IN ('events', 'mediation', 'cameras') GROUP BY topic HAVING min(first_at) < {at:DateTime64(3, 'UTC')}
"""
_STANDING = """
    SELECT warning_id, area, category, rule, raised_at, window, argMax(colour, updated_at), argMax(state, updated_at),
           argMax(observed, updated_at), argMax(expected, updated_at), max(updated_at)
    FROM warnings GROUP BY warning_id, area, category, rule, raised_at, window
    HAVING argMax(state, updated_at) != 'cleared'
"""
#: A warning told but not yet seen in the table is trusted so many seconds, whatever a replay's clock says.
_TOLD_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that holds now: where, on what, how bad, and the figures that say so."""

    rule: str
    area: str
    category: str
    colour: Colour
    observed: float
    expected: float
    window: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.rule, self.area, self.category


def colour_of(value: float, *, blue: float | None = None, yellow: float, red: float) -> Colour | None:
    """The colour of a value by its lower bounds, None below the lowest."""
    if value >= red:
        return "red"
    if value >= yellow:
        return "yellow"
    return "blue" if blue is not None and value >= blue else None


def overdue(rows: Iterable[tuple[str, str, int]], areas: AreaTree, rules: Rules) -> Iterator[Finding]:
    """Events that passed their deadline in the last day, by area below the root and category."""
    counts: dict[tuple[str, str], int] = {}
    for area, category, n in rows:
        key = (_second_level(areas, area), category)
        counts[key] = counts.get(key, 0) + n
    for (area, category), n in counts.items():
        colour = colour_of(n, blue=rules.overdue_blue, yellow=rules.overdue_yellow, red=rules.overdue_red)
        if colour is not None:
            yield Finding("overdue", area, category, colour, n, rules.overdue_blue, "24h")


def devices_away(rows: Iterable[tuple[str, int, int]], areas: AreaTree, rules: Rules) -> Iterator[Finding]:
    """Areas below the root where too large a share of the devices is not online."""
    counts: dict[str, tuple[int, int]] = {}
    for area, registered, away in rows:
        where = _second_level(areas, area)
        before = counts.get(where, (0, 0))
        counts[where] = (before[0] + registered, before[1] + away)
    for area, (registered, away) in counts.items():
        colour = colour_of(away / registered, yellow=rules.offline_yellow_share, red=rules.offline_red_share)
        if colour is not None and away >= rules.offline_min_devices:
            yield Finding(
                "devices_offline",
                area,
                "cameras",
                colour,
                away,
                rules.offline_yellow_share * registered,
                "now",
            )


def silent_feeds(
    rows: Iterable[tuple[str, datetime]], root: str, at: datetime, rules: Rules
) -> Iterator[Finding]:
    """Topics that spoke before and have been silent for too long."""
    for topic, last in rows:
        minutes = (at - last.replace(tzinfo=UTC)) / timedelta(minutes=1)
        colour = colour_of(minutes, yellow=rules.silent_yellow_minutes, red=rules.silent_red_minutes)
        if colour is not None:
            yield Finding(
                "feed_silent", root, topic, colour, round(minutes), rules.silent_yellow_minutes, "now"
            )


def compare(standing: Iterable[Warning], findings: Iterable[Finding], at: datetime) -> list[Warning]:
    """What must be told so that the standing warnings become the findings: raise, recolour, clear.

    Of several that stand for one thing (two workers looked at once, or one died before its words were stored) the
    oldest stays.
    """
    by_key: dict[tuple[str, str, str], Warning] = {}
    told: list[Warning] = []
    for standing_warning in sorted(standing, key=lambda w: (w.raised_at, w.warning_id)):
        key = (standing_warning.rule, standing_warning.area, standing_warning.category)
        if by_key.setdefault(key, standing_warning) is not standing_warning:
            told.append(_cleared(standing_warning, at))
    for finding in findings:
        warning = by_key.pop(finding.key, None)
        if warning is None:
            told.append(_raised(finding, at))
        elif warning.colour != finding.colour:
            told.append(_changed(warning, at, warning.state, finding.colour, finding.observed))
    told.extend(_cleared(warning, at) for warning in by_key.values())
    return told


def _raised(finding: Finding, at: datetime) -> Warning:
    return Warning(
        warning_id=f"{finding.rule}/{finding.area}/{finding.category}/{int(at.timestamp() * 1000)}",
        area=finding.area,
        category=finding.category,
        colour=finding.colour,
        state="raised",
        raised_at=at,
        window=finding.window,
        observed=finding.observed,
        expected=finding.expected,
        rule=finding.rule,
        updated_at=at,
    )


def _changed(warning: Warning, at: datetime, state: WarningState, colour: Colour, observed: float) -> Warning:
    return msgspec.structs.replace(warning, updated_at=at, state=state, colour=colour, observed=observed)


def _cleared(warning: Warning, at: datetime) -> Warning:
    return _changed(warning, at, "cleared", warning.colour, warning.observed)


def _second_level(areas: AreaTree, code: str) -> str:
    path = areas.ancestors(code)
    return path[min(1, len(path) - 1)].code


class Watch:
    """Looks at the store with the pack's rules. Blocks; one caller at a time. `seconds` tells real time passing."""

    def __init__(
        self, store: Store, pack: Pack, clock: Clock, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self.store = store
        self.pack = pack
        self.clock = clock
        self._seconds = seconds
        self._told: dict[str, tuple[float, Warning]] = {}

    def changes(self) -> list[tuple[bytes, bytes]]:
        """(key, value) messages for the warnings topic. Raises `StoreError`."""
        at = floor_ms(self.clock.now())
        told = compare(self._standing(), list(self._findings(at)), at)
        self._told |= {w.warning_id: (self._seconds(), w) for w in told}
        return [(w.area.encode(), msgspec.json.encode(w)) for w in told]

    def _findings(self, at: datetime) -> Iterator[Finding]:
        pack, rules = self.pack, self.pack.settings.rules
        after = pack.offline_after
        after_ms = NEVER_OFFLINE_MS if after is None else after // timedelta(milliseconds=1)
        rows = self.store.rows
        yield from overdue(rows(_OVERDUE, {"at": at, "since": at - timedelta(days=1)}), pack.areas, rules)  # type: ignore[arg-type]
        yield from devices_away(rows(_DEVICES, {"at": at, "offline_after_ms": after_ms}), pack.areas, rules)  # type: ignore[arg-type]
        yield from silent_feeds(rows(_FEEDS, {"at": at}), pack.areas.root.code, at, rules)  # type: ignore[arg-type]

    def _standing(self) -> list[Warning]:
        found = {row[0]: _warning(row) for row in self.store.rows(_STANDING)}
        for warning_id, (when, told) in list(self._told.items()):
            seen = found.get(warning_id)
            stored = seen is not None and _since(seen) >= _since(told)
            if stored or self._seconds() - when > _TOLD_SECONDS:
                del self._told[warning_id]
            else:
                found[warning_id] = told
        return [w for w in found.values() if w.state != "cleared"]


def _since(warning: Warning) -> datetime:
    return warning.updated_at or warning.raised_at


def _warning(row: Sequence[Any]) -> Warning:
    warning_id, area, category, rule, raised_at, window, colour, state, observed, expected, updated_at = row
    fields = {
        "warning_id": warning_id, "area": area, "category": category, "rule": rule, "window": window,
        "colour": colour, "state": state, "observed": observed, "expected": expected,
        "raised_at": raised_at.replace(tzinfo=UTC), "updated_at": updated_at.replace(tzinfo=UTC),
    }  # fmt: skip
    return msgspec.convert(fields, Warning)
