"""How much of the last hours each place's feeds were heard: silence makes a place unknown, never calm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from schemas.areas import AreaTree
from schemas.packs import FeedScope
from streams.risk.counts import Flags, Floats
from streams.watch.finding import Look
from streams.watch.rules.silence import FeedState, feeds

HOURS = 168
#: Hours over which a place must be covered by half, and its feed not be silent now, to be judged.
RECENT = 24

_HOURS = """
    SELECT topic, source, hour, min(first_at), max(last_at) FROM feed_hours
    WHERE topic = 'events' AND first_at < {at:DateTime64(3, 'UTC')} AND hour >= {since:DateTime('UTC')}
    GROUP BY topic, source, hour ORDER BY hour
"""

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
    since = look.at - timedelta(hours=HOURS + 1)
    spoken: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    rows = look.store.rows(_HOURS, {"at": look.at, "since": since.replace(minute=0, second=0, microsecond=0)})
    for _, source, _, first, last in rows:
        pair = (first.replace(tzinfo=UTC), min(last.replace(tzinfo=UTC), look.at))
        for key in {"", source}:
            spoken[key].append(pair)
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


def covered(tree: AreaTree, feed: FeedState | FeedScope, areas: Iterable[str]) -> Flags:
    """Which of the areas the feed speaks for."""
    return np.array([tree.within(area, feed.area) for area in areas], dtype=bool)


def hours_heard(spoken: Spoken, at: datetime, limit: timedelta) -> Floats:
    """Share [168] of each of the hours before `at` in which a feed was heard, newest last.

    `spoken` are the first and last message of each hour with any, in order. A gap longer than `limit` is silence from
    its beginning on; so is the time before the first message.
    """
    start = at - timedelta(hours=HOURS)
    heard = np.zeros(HOURS)
    begun: datetime | None = None
    until = start
    for first, last in sorted(spoken):
        if begun is None or first - until >= limit:
            _fill(heard, begun, until, start)
            begun = first
        until = max(until, last)
    if begun is not None and at - until < limit:
        until = at
    _fill(heard, begun, until, start)
    return heard


def _fill(heard: Floats, begun: datetime | None, until: datetime, start: datetime) -> None:
    if begun is None:
        return
    first, last = ((t - start) / timedelta(hours=1) for t in (begun, until))
    edges = np.arange(HOURS)
    heard += np.clip(np.minimum(last, edges + 1) - np.maximum(first, edges), 0, 1)
