"""How much of the last hours each place's feeds were heard: silence makes a place unknown, never calm."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from schemas.areas import AreaTree
from schemas.packs import FeedScope
from streams.risk.counts import Flags, Floats, Ints
from streams.watch.finding import Look
from streams.watch.reports import Survey, local_hour
from streams.watch.rules.silence import FeedState, feeds

HOURS = 168
#: A day in which less than this share of what its hours usually bring was heard says nothing of what is usual.
DAY_HEARD = 0.9
#: Silence is an outage only where so many reports would have come meanwhile.
MISSED = 10.0
#: Hours over which a place must be covered by half, and its feed not be silent now, to be judged.
RECENT = 24

_HOURS = """
    SELECT topic, source, hour, min(first_at), max(last_at) FROM feed_hours
    WHERE topic = 'events' AND first_at < {at:DateTime64(3, 'UTC')} AND hour >= {since:DateTime('UTC')}
    GROUP BY topic, source, hour ORDER BY hour
"""

_HOUR = timedelta(hours=1)
Spoken = Sequence[tuple[datetime, datetime]]


@dataclass(frozen=True)
class Coverage:
    """For each of some areas: `heard` [areas, 168] the share of each hour before the look in which its feeds were
    heard, newest last; `silent` [areas] whether one of them is silent now."""

    heard: Floats
    silent: Flags

    @property
    def recent(self) -> Floats:
        """Share of the last 24 hours heard [areas]."""
        return np.asarray(self.heard[:, -RECENT:].mean(axis=1))

    def known(self, least: float) -> Flags:
        """Whether a place can be judged [areas]."""
        return np.asarray(~self.silent & (self.recent >= least))


def coverage(look: Look, areas: Sequence[str]) -> Coverage:
    """Of the feeds of events: the topic as a whole, and the sources the pack gives an area, wherever these apply. A
    source that has never spoken leaves its area unknown."""
    spoken = _spoken(look, look.at - timedelta(hours=HOURS + 1))
    heard, silent = np.zeros((len(areas), HOURS)), np.ones(len(areas), dtype=bool)
    told = [feed for feed in feeds(look) if feed.topic == "events"]
    for feed in sorted(told, key=lambda feed: feed.source != ""):  # a source of its own outweighs the topic
        within = covered(look.pack.areas, feed, areas)
        heard[within] = hours_heard(spoken[feed.source], look.at, feed.limit)
        silent[within] = feed.silent(look.at)
    ever = {feed.source for feed in told}
    for scope in look.pack.settings.feeds:
        if scope.topic == "events" and scope.source not in ever:
            within = covered(look.pack.areas, scope, areas)
            heard[within], silent[within] = 0.0, True
    return Coverage(heard, silent)


def unheard_days(look: Look, past: Survey) -> Ints:
    """Local days (`hour_of` // 24) of the past in which the topic of events was silent while a tenth or more of a day's
    reports usually come: nothing was reported then because nothing could be. Silence is a gap longer than the pack's
    limit in which ten reports or more would have come."""
    if past.first is None:
        return np.zeros(0, dtype=np.int64)
    first = math.floor(past.first / 24) * 24
    end = look.at.replace(minute=0, second=0, microsecond=0)
    hours = math.ceil(local_hour(end, look.pack) - first) + 2  # a clock put back makes one more
    missed = timedelta(hours=MISSED * hours / past.events)
    limit = max(timedelta(minutes=look.rules.silent_yellow_minutes), missed)
    heard = hours_heard(_spoken(look, end - timedelta(hours=hours + 1))[""], end, limit, hours)
    local = np.array([local_hour(end - timedelta(hours=n), look.pack) for n in range(hours, 0, -1)])
    usual = past.by_hour + 1e-9
    weight, day = usual[local.astype(np.int64) % 24], (local // 24).astype(np.int64)
    days, of = np.unique(day, return_inverse=True)
    share = np.bincount(of, weight * heard) / np.bincount(of, weight)
    return np.asarray(days[(share < DAY_HEARD) & (days * 24 >= first)])


def _spoken(look: Look, since: datetime) -> dict[str, list[tuple[datetime, datetime]]]:
    """First and last message of each hour with any since then, by source; under '' of all."""
    spoken: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    rows = look.store.rows(_HOURS, {"at": look.at, "since": since.replace(minute=0, second=0, microsecond=0)})
    for _, source, _, first, last in rows:
        pair = (first.replace(tzinfo=UTC), min(last.replace(tzinfo=UTC), look.at))
        for key in {"", source}:
            spoken[key].append(pair)
    return spoken


def covered(tree: AreaTree, feed: FeedState | FeedScope, areas: Iterable[str]) -> Flags:
    """Which of the areas the feed speaks for."""
    return np.array([tree.within(area, feed.area) for area in areas], dtype=bool)


def hours_heard(spoken: Spoken, at: datetime, limit: timedelta, hours: int = HOURS) -> Floats:
    """Share [hours] of each of the hours before `at` in which a feed was heard, newest last.

    `spoken` are the first and last message of each hour with any, in order. A gap longer than `limit` is silence from
    its beginning on; so is the time before the first message.
    """
    start = at - timedelta(hours=hours)
    begun: datetime | None = None
    until = start
    stretches: list[tuple[datetime, datetime]] = []
    for first, last in sorted(spoken):
        if begun is None or first - until >= limit:
            if begun is not None:
                stretches.append((begun, until))
            begun = first
        until = max(until, last)
    if begun is not None:
        stretches.append((begun, at if at - until < limit else until))
    heard = np.zeros(hours)
    for begun, until in stretches:
        _fill(heard, (begun - start) / _HOUR, (until - start) / _HOUR)
    return heard


def _fill(heard: Floats, first: float, last: float) -> None:
    """Mark what lies in first ≤ t < last, in hours."""
    low, high = max(math.floor(first), 0), min(math.ceil(last), len(heard))
    if low < high:
        edges = np.arange(low, high)
        heard[low:high] += np.clip(np.minimum(last, edges + 1) - np.maximum(first, edges), 0, 1)
