"""The queries of single panels: trend, hour × category, mediation, feeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from dashboard.queries import sql
from dashboard.queries.evaluate import Scope
from dashboard.readings import (
    DayCount,
    Feed,
    Heat,
    Held,
    MediationPanel,
    Pipeline,
    Repeats,
    SourceFeed,
    TopicLag,
)
from schemas.clickhouse import Store
from schemas.contracts import INPUT_TOPICS, Topic
from schemas.packs import Pack
from schemas.windows import Span

#: Reports and closings by local day; events by category and local hour.
DayCounts = Mapping[date, tuple[int, int]]
HeatCounts = Mapping[tuple[str, int], int]

_AT = "{at:DateTime64(3, 'UTC')}"

_TREND = f"""
    SELECT local_day, sum(weight * (basis = 'cohort' AND NOT withdrawn)) AS reported,
           sum(weight * (basis = 'flow' AND stage = 'closed')) AS closed
    FROM (
        SELECT basis, local_day, area, withdrawn, stage, toInt64(n) AS weight FROM event_days
        WHERE {sql.CURRENT_DAYS} AND local_day >= {{first:Date}} AND local_day <= {{last:Date}}
        UNION ALL
        SELECT basis, local_day, area, withdrawn, stage, if(superseded, sign, -sign) AS weight
        FROM event_history
        WHERE {sql.CURRENT_DAYS} AND basis != 'open' AND turn >= {_AT} AND (superseded = 0 OR valid_from < {_AT})
          AND local_day >= {{first:Date}} AND local_day <= {{last:Date}}
    )
    WHERE {sql.IN_SCOPE} GROUP BY local_day
"""

_COUNTED = f"""
    basis = 'cohort' AND day >= toDate({{start:DateTime64(3, 'UTC')}}) AND {sql.CURRENT_DAYS} AND {sql.IN_SCOPE}
    AND NOT withdrawn AND moment >= {{start:DateTime64(3, 'UTC')}} AND valid_from < {_AT} AND valid_to >= {_AT}
"""

_HEAT = f"""
    SELECT category, toHour(toTimeZone(moment, {{zone:String}})) AS hour, sum(sign) AS n
    FROM event_history WHERE {_COUNTED} GROUP BY category, hour HAVING n != 0
"""

_MEDIATION = f"""
    SELECT triage, dispute_type, outcome, count() AS n
    FROM mediation_history WHERE {_COUNTED} GROUP BY triage, dispute_type, outcome
"""

#: The newest message before T of what hours tell, and whether T divides what an hour tells of a source.
_HOURS_BEFORE = f"""
    SELECT maxIf(last_at, last_at < {_AT}), countIf(first_at < {_AT} AND last_at >= {_AT})
    FROM feed_hours WHERE topic = {{topic:String}} AND hour < {_AT}
"""
#: The newest message before T: of statistics, and of the hour that T divides.
_LAST_BEFORE = {
    "events": f"SELECT max(at) FROM event_stages WHERE at < {_AT} AND at >= toStartOfHour({_AT})",
    "mediation": f"SELECT max(at) FROM mediation_stages WHERE at < {_AT} AND at >= toStartOfHour({_AT})",
    "statistics": f"SELECT max(at) FROM statistics WHERE at < {_AT}",
    "cameras": f"SELECT max(at) FROM camera_said WHERE at < {_AT} AND hour = toStartOfHour({_AT})",
}

#: A worker that has not spoken for so many seconds no longer counts beside one that has.
PIPELINE_LATELY_S = 10.0
_PIPELINE = """
    SELECT topic, dateDiff('millisecond', told_at, now64(3, 'UTC')) / 1000 AS age, waiting, waiting_s, rolled_s,
           filling, broker_s
    FROM pipeline FINAL ORDER BY topic
"""


def day_counts(store: Store, scope: Scope, at: datetime, days: Sequence[date]) -> DayCounts:
    """Reports and closings by local day, for those of the days that have any."""
    bound = {"at": at, "first": days[0], "last": days[-1], "topic": "events"} | scope.bound
    return {day: (int(reported), int(closed)) for day, reported, closed in store.rows(_TREND, bound)}


def last_days(at: datetime, pack: Pack, days: int) -> list[date]:
    """So many local days, the running one last."""
    last = at.astimezone(pack.zone).date()
    return [last - timedelta(days=back) for back in reversed(range(days))]


def trend(counts: DayCounts, days: Sequence[date]) -> list[DayCount]:
    """Reports and closings of every day."""
    return [DayCount(day, *counts.get(day, (0, 0))) for day in days]


def heat_counts(store: Store, scope: Scope, pack: Pack, span: Span) -> HeatCounts:
    """Events of the window by category and local hour."""
    bound = _window(span) | {"topic": "events", "zone": pack.settings.time_zone} | scope.bound
    return {(category, int(hour)): int(n) for category, hour, n in store.rows(_HEAT, bound)}


def heat(counts: HeatCounts, top: int) -> Heat:
    """Hour × category counts, the greatest categories first."""
    by_category: dict[str, list[int]] = {}
    for (category, hour), n in counts.items():
        if n:
            by_category.setdefault(category, [0] * 24)[hour] += n
    order = sorted(by_category, key=lambda category: (-sum(by_category[category]), category))[:top]
    return Heat(tuple(order), tuple(tuple(by_category[category]) for category in order))


def mediation(store: Store, scope: Scope, span: Span) -> MediationPanel:
    """Disputes of the window by triage colour and by type, each by outcome."""
    by_triage: dict[str, dict[str, int]] = {}
    by_type: dict[str, dict[str, int]] = {}
    for triage, dispute_type, outcome, n in store.rows(
        _MEDIATION, _window(span) | {"topic": "mediation"} | scope.bound
    ):
        for table, key in ((by_triage, triage), (by_type, dispute_type)):
            cell = table.setdefault(key, {})
            cell[outcome] = cell.get(outcome, 0) + n
    return MediationPanel(by_triage, by_type)


#: First and newest message of a topic.
Ends = Mapping[Topic, tuple[datetime, datetime]]


def ends(store: Store) -> Ends:
    """First and newest message of each topic that has any."""
    rows = store.rows("SELECT topic, min(first_at), max(last_at) FROM feeds GROUP BY topic")
    return {topic: (first.replace(tzinfo=UTC), last.replace(tzinfo=UTC)) for topic, first, last in rows}


def feeds(store: Store, found: Ends, at: datetime) -> list[Feed]:
    """First and newest message of each input topic known at `at`."""
    return [_known(store, Feed(topic, *found.get(topic, (None, None))), at) for topic in INPUT_TOPICS]


def _known(store: Store, feed: Feed, at: datetime) -> Feed:
    """The feed as it was known at `at`: the table knows its ends only, the facts what lay before."""
    if feed.first_at is None or feed.first_at >= at:
        return Feed(feed.topic, None, None)
    if feed.last_at is not None and feed.last_at >= at:
        return Feed(feed.topic, feed.first_at, _last_before(store, feed.topic, at))
    return feed


def _last_before(store: Store, topic: Topic, at: datetime) -> datetime | None:
    """The newest message before T. Facts are read where the hours do not know it."""
    last, divided = None, True
    if topic != "statistics":
        ((last, divided),) = store.rows(_HOURS_BEFORE, {"at": at, "topic": topic})
    if divided:
        ((within,),) = store.rows(_LAST_BEFORE[topic], {"at": at})
        last = within if last is None else max(last, within)
    return None if last is None else _aware(last)


def pipeline(store: Store) -> Pipeline | None:
    """How far the workers are: those that spoke lately count, or the last one that did."""
    rows = store.rows(_PIPELINE)
    if not rows:
        return None
    heard = min(age for _, age, *_ in rows)
    told = [row for row in rows if row[1] <= heard + PIPELINE_LATELY_S]
    lags = tuple(
        TopicLag(topic, sum(int(row[2]) for row in of_topic), max(row[3] for row in of_topic))
        for topic, of_topic in (
            (topic, list(of_topic)) for topic, of_topic in groupby(told, key=itemgetter(0))
        )
    )
    rolled, unanswered = (min(row[column] for row in told) for column in (4, 6))
    return Pipeline(heard, lags, rolled, any(row[5] for row in told), unanswered)


#: A source's times as known at T: of an hour that is not over yet the first message may be all that is.
_SOURCES = f"""
    SELECT topic, source, min(first), max(last) FROM (
        SELECT topic, source, hour, min(first_at) AS first, if(max(last_at) < {_AT}, max(last_at), first) AS last
        FROM feed_hours WHERE source != '' AND hour < {_AT} GROUP BY topic, source, hour
    ) WHERE first < {_AT} GROUP BY topic, source ORDER BY max(last), topic, source LIMIT 100
"""

#: As the risk engine merges reports into incidents (`streams.risk.incidents`).
_REPEATS = f"""
    SELECT area, count(), countIf(moment - before <= 3600) FROM (
        SELECT area, moment, lagInFrame(moment, 1, toDateTime64(0, 3, 'UTC'))
            OVER (PARTITION BY area, category ORDER BY moment
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before
        FROM (
            SELECT area, category, moment FROM event_history WHERE {_COUNTED}
            GROUP BY area, category, moment, case_hash HAVING sum(sign) > 0
        )
    ) GROUP BY area
"""


def sources(store: Store, at: datetime) -> list[SourceFeed]:
    """Every source known at T, the one silent for longest first."""
    return [
        SourceFeed(topic, source, first.replace(tzinfo=UTC), last.replace(tzinfo=UTC))
        for topic, source, first, last in store.rows(_SOURCES, {"at": at})
    ]


def repeats(store: Store, scope: Scope, at: datetime) -> dict[str, Repeats]:
    """Reports of the last seven days that may tell again what was told."""
    bound = {"at": at, "start": at - timedelta(days=7), "topic": "events"} | scope.bound
    return {area: Repeats(int(n), int(again)) for area, n, again in store.rows(_REPEATS, bound)}


_QUARANTINED = """
    SELECT topic, reason, count(), max(at) FROM (
        SELECT topic, partition, offset, item, any(reason) AS reason, min(at) AS at, max(replayed) AS again
        FROM quarantine GROUP BY topic, partition, offset, item
    ) WHERE NOT again GROUP BY topic, reason ORDER BY count() DESC, topic, reason LIMIT 100
"""


def quarantined(store: Store) -> list[Held]:
    """Records in quarantine, by topic and reason."""
    rows = store.rows(_QUARANTINED)
    return [Held(topic, reason, int(n), at.replace(tzinfo=UTC)) for topic, reason, n, at in rows]


def _window(span: Span) -> dict[str, Any]:
    return {"at": span.end, "start": span.start}


def _aware(at: datetime) -> datetime | None:
    aware = at.replace(tzinfo=UTC)
    return aware if aware.timestamp() > 0 else None
