"""Feeds that spoke before and have been silent for too long. Heartbeats tell silence, never statistics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from streams.watch.finding import Finding, Look, colour_of

_SPOKEN = """
    SELECT topic, source, max(last_at) FROM feed_hours
    WHERE first_at < {at:DateTime64(3, 'UTC')} GROUP BY topic, source
"""
_NAMES = {
    "events": ("网格事件", "Events"),
    "mediation": ("矛盾纠纷", "Mediation"),
    "cameras": ("感知设备", "Devices"),
}


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed at the time of a look: a whole topic (source empty) or one source that speaks for an area.

    `limit`: how long it may say nothing.
    """

    topic: str
    source: str
    area: str
    last_at: datetime
    limit: timedelta

    def silent(self, at: datetime) -> bool:
        return at - self.last_at >= self.limit


def feeds(look: Look) -> list[FeedState]:
    """Every feed that has spoken: topics as a whole, and the sources the pack gives an area."""
    spoken: dict[tuple[str, str], datetime] = {}
    for topic, source, last in look.store.rows(_SPOKEN, {"at": look.at}):
        for key in ((topic, ""), (topic, source)):
            spoken[key] = max(spoken.get(key, last), last)
    usual = look.rules.silent_yellow_minutes
    wanted = [
        (topic, "", look.pack.areas.root.code, usual) for topic, source in spoken if not source
    ]  # one a topic: `spoken` has each with an empty source
    wanted += [(f.topic, f.source, f.area, f.silent_minutes or usual) for f in look.pack.settings.feeds]
    return [
        FeedState(topic, source, area, spoken[topic, source].replace(tzinfo=UTC), timedelta(minutes=minutes))
        for topic, source, area, minutes in wanted
        if (topic, source) in spoken
    ]


def find(look: Look) -> Iterator[Finding]:
    """One a silent feed, at the area it speaks for."""
    rules = look.rules
    for feed in feeds(look):
        minutes = (look.at - feed.last_at) / timedelta(minutes=1)
        limit = feed.limit / timedelta(minutes=1)
        red = rules.silent_red_minutes * limit / rules.silent_yellow_minutes
        colour = colour_of(minutes, yellow=limit, red=red)
        if colour is None:
            continue
        zh, en = _NAMES.get(feed.topic, (feed.topic, feed.topic))
        said = feed.last_at.astimezone(look.pack.zone).strftime("%m-%d %H:%M")
        source = f" {feed.source}" if feed.source else ""
        yield Finding(
            "feed_silent", feed.area, feed.topic, colour, round(minutes), limit, "now",
            f"{zh}数据源{source}已静默{minutes:.0f}分钟，最后一条消息{said}；期间情况未知，不等于平稳",
            f"{en}{source} has been silent for {minutes:.0f} minutes, last heard {said}: unknown, not calm",
            subject=feed.source,
        )  # fmt: skip
