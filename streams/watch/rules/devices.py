"""Devices that are not online: too large a share of an area, or many of one place at once.

While no device at all is heard, and until each could have spoken again after that, it is the feed that was away (see
`silence`) and no device is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from streams.rollups import NEVER_OFFLINE_MS
from streams.watch.finding import Finding, Look, colour_of, second_level

_PLACES = """
    SELECT area, count(), groupArrayIf(online_at, NOT online) FROM (
        SELECT splitByChar('\\0', substring(last, 10)) AS said, said[2] AS area, last_online AS online_at,
               said[1] = 'online' AND toUnixTimestamp64Milli({at:DateTime64(3, 'UTC')})
                   - toUnixTimestamp64Milli(last_at) <= {offline_after_ms:Int64} AS online
        FROM camera_newest FINAL WHERE last_at < {at:DateTime64(3, 'UTC')}
    ) GROUP BY area
"""


_SPOKE = """
    SELECT countIf(at > {newer:DateTime64(3, 'UTC')}), countIf(at <= {newer:DateTime64(3, 'UTC')})
    FROM camera_said
    WHERE hour >= toStartOfHour({older:DateTime64(3, 'UTC')}) AND at > {older:DateTime64(3, 'UTC')}
        AND at < {at:DateTime64(3, 'UTC')}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Devices located at one area: how many there are, and when each that is away was last online."""

    area: str
    registered: int
    away: tuple[datetime, ...]


def places(look: Look) -> list[Place]:
    """Every area with devices of its own; none where the feed as a whole was silent just now."""
    after = look.pack.offline_after
    if after is not None and not spoke(look, after):
        return []
    after_ms = NEVER_OFFLINE_MS if after is None else after // timedelta(milliseconds=1)
    rows = look.store.rows(_PLACES, {"at": look.at, "offline_after_ms": after_ms})
    return [Place(area, registered, tuple(away)) for area, registered, away in rows]


def spoke(look: Look, after: timedelta) -> bool:
    """Whether any device was heard in the last stretch of this length, and in the one before it."""
    bound = {"at": look.at, "newer": look.at - after, "older": look.at - 2 * after}
    ((newer, older),) = look.store.rows(_SPOKE, bound)
    return bool(newer and older)


def find(look: Look) -> Iterator[Finding]:
    """Shares by area below the root; what fell silent at once by the place itself."""
    found = places(look)
    yield from shares(look, found)
    yield from cuts(look, found)


def shares(look: Look, found: Iterable[Place]) -> Iterator[Finding]:
    """Areas below the root where too large a share of the devices is not online."""
    counts: dict[str, tuple[int, int]] = {}
    for place in found:
        where = second_level(look.pack.areas, place.area)
        registered, away = counts.get(where, (0, 0))
        counts[where] = (registered + place.registered, away + len(place.away))
    rules = look.rules
    for area, (registered, away) in counts.items():
        share = away / registered
        colour = colour_of(share, yellow=rules.offline_yellow_share, red=rules.offline_red_share)
        if colour is not None and away >= rules.offline_min_devices:
            yield Finding(
                "devices_offline", area, "cameras", colour, away, rules.offline_yellow_share * registered, "now",
                f"{look.name(area, 'zh')}{registered}台设备中{away}台不在线（{share:.1%}）",
                f"{away} of {registered} devices in {look.name(area, 'en')} are not online ({share:.1%})",
            )  # fmt: skip


def cuts(look: Look, found: Iterable[Place]) -> Iterator[Finding]:
    """Places where many devices were last online within a few minutes of each other: a line or the power is cut."""
    rules = look.rules
    span = timedelta(minutes=rules.cut_minutes)
    for place in found:
        n = most_within(place.away, span)
        colour = colour_of(n, yellow=rules.cut_yellow, red=rules.cut_red)
        if colour is not None and n >= rules.cut_share * place.registered:
            yield Finding(
                "devices_cut", place.area, "cameras", colour, n, rules.cut_yellow, f"{rules.cut_minutes:g}m",
                f"{look.name(place.area, 'zh')}{n}台设备在{rules.cut_minutes:g}分钟内同时失联，疑似断网或断电",
                f"{n} devices at {look.name(place.area, 'en')} fell silent within {rules.cut_minutes:g} minutes: "
                "a line or the power may be cut",
            )  # fmt: skip


def most_within(times: Sequence[datetime], span: timedelta) -> int:
    """The greatest number of times that lie within a span."""
    ordered = sorted(times)
    most = first = 0
    for last, at in enumerate(ordered):
        while at - ordered[first] > span:
            first += 1
        most = max(most, last - first + 1)
    return most
