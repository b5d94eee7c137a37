"""The courses of tiles, day by day: cases by the day they began, stocks and devices as they stood at its end, the time
online of the day; and statistics period by period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import Any

from dashboard.queries import sql
from dashboard.queries.evaluate import Evaluator, Scope, started
from dashboard.queries.statistics import StatisticFigures, per_10k
from dashboard.readings import Number, Only
from schemas.contracts import Topic
from schemas.indicators import CATALOGUE, Indicator
from schemas.packs import Pack

#: Periods of a statistic's course: two years of quarters.
PERIODS = 8

Course = tuple[Number | None, ...]
_AVAILABILITY = tuple(indicator for indicator in CATALOGUE if indicator.over == "availability")
_AT = "{at:DateTime64(3, 'UTC')}"
_MIDNIGHTS = "arrayMap(ms -> fromUnixTimestamp64Milli(ms, 'UTC'), {midnights:Array(Int64)})"
_CHOSEN = """
    (empty({categories:Array(String)}) OR category IN {categories:Array(String)})
    AND ({channel:String} = '' OR channel = {channel:String})
"""


def of_cases(
    evaluator: Evaluator,
    scope: Scope,
    at: datetime,
    days: int,
    first: Mapping[Topic, datetime],
    only: Only | None = None,
) -> dict[str, Course]:
    """The last whole local days, oldest first: sums and medians of the cases begun on each, as known at `at`; open
    cases as they stood at its end. None is no data; `first` is when each topic's first message was. Events are those
    of `only`. Blocks; raises `StoreError`."""
    every, _, ends = _days(at, days, evaluator.pack)
    found: dict[str, Course] = {}
    for topic in sql.CASE_TOPICS:
        known = [started(dict(first), topic.topic, end) for end in ends]
        bound = {"at": at, "first": every[0], "days": days, "topic": topic.topic} | scope.bound
        bound |= _chosen(topic, only)
        population = evaluator.pack.areas[scope.code].population
        found |= _cohorts(evaluator, topic, every, known, bound, population)
        wanted = sql.stocks(topic)
        rows = _by_end(evaluator, _stock_sql(topic), bound, ends)
        found |= _stood(wanted, rows, known)
    return found


def of_devices(
    evaluator: Evaluator, scope: Scope, at: datetime, days: int, first: Mapping[Topic, datetime]
) -> dict[str, Course]:
    """The same days: devices as they stood at the end of each, and their time online of the day."""
    _, begin, ends = _days(at, days, evaluator.pack)
    known = [started(dict(first), "cameras", end) for end in ends]
    bound = {"offline_after_ms": evaluator.offline_after_ms, "begin": round(begin.timestamp() * 1000)}
    bound |= scope.bound
    found = _stood(sql.device_indicators(), _by_end(evaluator, _device_sql(), bound, ends), known)
    return found | _stood(_AVAILABILITY, _by_end(evaluator, _online_sql(), bound, ends), known)


def _days(at: datetime, days: int, pack: Pack) -> tuple[list[date], datetime, list[datetime]]:
    """The last whole local days before `at`, when the first of them begins, and the midnight at the end of each."""
    today = at.astimezone(pack.zone).date()
    every = [today - timedelta(days=back) for back in range(days, 0, -1)]
    begin, *ends = (
        datetime.combine(day, time(), pack.zone).astimezone(UTC) for day in (*every, today)
    )  # local midnights
    return every, begin, ends


def by_period(pack: Pack, statistics: StatisticFigures, area: str) -> dict[str, Course]:
    """Figures from statistics over the last periods, oldest first, the newest known one last."""
    population = pack.areas[area].population
    return {
        indicator.name: tuple(
            per_10k(value, population) for value in statistics.course(indicator.statistic, area, PERIODS)
        )
        for indicator in CATALOGUE
        if indicator.statistic
    }


def _chosen(topic: sql.CaseTopic, only: Only | None) -> dict[str, Any]:
    if topic is not sql.EVENTS:
        return {}
    wanted = only or Only()
    return {"categories": list(wanted.categories), "channel": wanted.channel}


# Cases by the day they began ----------------------------------------------------------------------------------------


def _cohorts(
    evaluator: Evaluator,
    topic: sql.CaseTopic,
    every: Sequence[date],
    known: Sequence[bool],
    bound: dict[str, Any],
    population: int | None,
) -> dict[str, Course]:
    indicators = sql.summed(topic)
    quantiles = list(chain.from_iterable(sql.quantiles(topic).values()))
    rows = {row[0]: row[1:] for row in evaluator.store.rows(_cohort_sql(topic, indicators, quantiles), bound)}
    days = [rows.get(day) for day in every]
    wanted = sql.measures(indicators)
    found = {i.name: _course(i, wanted, days, known, population) for i in indicators}
    for place, indicator in enumerate(quantiles, start=len(wanted)):
        found[indicator.name] = tuple(
            None if row is None or not row[place + len(quantiles)] else int(row[place]) for row in days
        )
    return found


def _cohort_sql(topic: sql.CaseTopic, indicators: Sequence[Indicator], quantiles: list[Indicator]) -> str:
    sums = [measure.summed("1") for measure in sql.measures(indicators)]
    chosen = [f"(basis = 'cohort' AND {i.numerator})" for i in quantiles]
    medians = [
        f"quantileExactLowIf({i.quantile})(minutes, {c})" for i, c in zip(quantiles, chosen, strict=True)
    ]
    sizes = [f"countIf({c})" for c in chosen]
    return f"""
        SELECT toDate(local_day) AS local, {", ".join([*sums, *medians, *sizes])}
        FROM (
            SELECT local_day, basis, {", ".join(topic.state)}, minutes, sum({topic.weight}) AS n
            FROM {topic.prefix}_history
            WHERE basis != 'open' AND {sql.CURRENT_DAYS} AND {sql.IN_SCOPE} AND {_chosen_sql(topic)}
              AND local_day >= {{first:Date}} AND local_day < {{first:Date}} + {{days:UInt16}}
              AND valid_from < {_AT} AND valid_to >= {_AT}
            GROUP BY ALL HAVING n != 0
        ) ARRAY JOIN range(toUInt64(n)) AS one
        GROUP BY local
    """


def _chosen_sql(topic: sql.CaseTopic) -> str:
    return _CHOSEN if topic is sql.EVENTS else "1"


# What stood at the end of each day ----------------------------------------------------------------------------------


def _stock_sql(topic: sql.CaseTopic) -> str:
    """Sums of the cases open at each midnight."""
    overdue = "due_at < midnight AS overdue, " if topic is sql.EVENTS else ""
    sums = ", ".join(measure.summed("weight") for measure in sql.measures(sql.stocks(topic)))
    return f"""
        SELECT toUnixTimestamp64Milli(midnight), {sums}
        FROM (
            SELECT *, midnight, {overdue}{topic.weight} AS weight, 1 AS known FROM {topic.prefix}_history
            ARRAY JOIN arrayFilter(m -> valid_from < m AND m <= valid_to, {_MIDNIGHTS}) AS midnight
            WHERE basis = 'open' AND (superseded = 0 OR turn >= {_MIDNIGHTS}[1])
              AND {sql.CURRENT_DAYS} AND {sql.IN_SCOPE} AND {_chosen_sql(topic)}
        ) GROUP BY midnight
    """


def _device_sql() -> str:
    """Sums of the devices at each midnight.

    What is known at one is known at all later ones: `place` is the first of them. Beats are read only of an hour that
    a midnight cuts in two, as in zones of half an hour.
    """
    sums = ", ".join(f"sum(toInt64({m.expression}))" for m in sql.measures(sql.device_indicators()))
    return f"""
        WITH {_MIDNIGHTS} AS midnights,
             arrayMap(m -> toStartOfHour(m), arrayFilter(m -> toStartOfHour(m) != m, midnights)) AS cut
        SELECT toUnixTimestamp64Milli(midnight), {sums}
        FROM (
            SELECT midnights[step] AS midnight, said[2] AS area,
                   said[1] = 'online' AND {_since("heard")} <= {{offline_after_ms:Int64}} AS online,
                   {_since("online_at")} > 86400000 AS long_offline
            FROM (
                SELECT device_id, step, max(last_at) AS heard, {sql.SAID % "max(last)"} AS said,
                       max(last_seen) AS online_at
                FROM (
                    SELECT device_id, arrayFirstIndex(m -> at < m, midnights) AS place, max(at) AS last_at,
                           max(latest) AS last, max(seen) AS last_seen
                    FROM ({_HEARD}) GROUP BY device_id, place HAVING place > 0
                )
                ARRAY JOIN range(place, length(midnights) + 1) AS step
                GROUP BY device_id, step
            )
        )
        WHERE {sql.IN_SCOPE} GROUP BY midnight
    """


def _since(moment: str) -> str:
    return f"(toUnixTimestamp64Milli(midnight) - toUnixTimestamp64Milli({moment}))"


#: Last words of devices, their time, and when they were last online: hour by hour, and of now.
_HEARD = f"""
    SELECT device_id, last_at AS at, {sql.OF_HOUR} AS latest, last_online AS seen
    FROM camera_hours WHERE {sql.CURRENT_HOURS}
    UNION ALL
    SELECT device_id, at, {sql.placed("at", "state")}, {sql.SEEN}
    FROM camera_said WHERE has(cut, hour)
    UNION ALL
    SELECT device_id, max(last_at), max(last), max(last_online) FROM camera_newest GROUP BY device_id
"""


# The time online of each day ------------------------------------------------------------------------------------------


def _online_sql() -> str:
    """Milliseconds online and known of the devices by the midnight that ends each day, where each was then.

    As `sql.availability_sums` over windows of a day each. Hours long before the first day tell only where a device was
    and since when it is known.
    """
    ends, begin, holds = "{midnights:Array(Int64)}", "{begin:Int64}", "{offline_after_ms:Int64}"
    ms, hour_ms = "toUnixTimestamp64Milli", "(toInt64(toUnixTimestamp(hour)) * 1000)"
    of_its_day = f"arrayFirstIndex(m -> {hour_ms} < m, {ends}) AS place"
    return f"""
        WITH
            homes AS (
                SELECT device_id, step, max(said) AS said, min(since) AS since
                FROM (
                    SELECT device_id, {of_its_day}, max(tuple({ms}(last_at), toString(area))) AS said,
                           min({ms}(first_at)) AS since
                    FROM camera_hours WHERE {sql.CURRENT_HOURS} AND {hour_ms} < {ends}[-1]
                    GROUP BY device_id, place
                )
                ARRAY JOIN range(place, length({ends}) + 1) AS step
                GROUP BY device_id, step
            ),
            spoken AS (
                SELECT device_id, {of_its_day}, {hour_ms} AS hour_ms, toInt64(online_ms) AS within,
                       status = 'online' AS goes_on,
                       least({ms}(last_at) + {holds}, leadInFrame({ms}(first_at), 1, {ends}[-1]) OVER (
                           PARTITION BY device_id ORDER BY hour
                           ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) AS until_ms
                FROM camera_hours
                WHERE {sql.CURRENT_HOURS} AND {hour_ms} < {ends}[-1] AND {hour_ms} + 3600000 + {holds} >= {begin}
            ),
            times AS (
                SELECT device_id, step, sum(
                    if(step = place AND hour_ms >= starts[step], within, 0) + if(goes_on, greatest(
                        0, least(until_ms, {ends}[step]) - greatest(hour_ms + 3600000, starts[step])), 0)) AS online
                FROM (SELECT *, arrayPushFront(arrayPopBack({ends}), {begin}) AS starts FROM spoken)
                ARRAY JOIN range(place, greatest(place, arrayFirstIndex(m -> until_ms <= m, {ends})) + 1) AS step
                GROUP BY device_id, step
            )
        SELECT {ends}[step] AS midnight, sum(online), sum(midnight - greatest(begins, since))
        FROM (
            SELECT step, said.2 AS area, since, if(step = 1, {begin}, {ends}[step - 1]) AS begins, online
            FROM homes LEFT JOIN times USING (device_id, step)
        )
        WHERE {sql.IN_SCOPE} GROUP BY step
    """


def _by_end(
    evaluator: Evaluator, query: str, bound: dict[str, Any], ends: Sequence[datetime]
) -> list[Sequence[Any] | None]:
    midnights = [round(end.timestamp() * 1000) for end in ends]
    rows = {row[0]: row[1:] for row in evaluator.store.rows(query, bound | {"midnights": midnights})}
    return [rows.get(midnight) for midnight in midnights]


def _stood(
    indicators: Sequence[Indicator], rows: Sequence[Sequence[Any] | None], known: Sequence[bool]
) -> dict[str, Course]:
    wanted = sql.measures(indicators)
    return {indicator.name: _course(indicator, wanted, rows, known) for indicator in indicators}


def _course(
    indicator: Indicator,
    wanted: tuple[sql.Measure, ...],
    rows: Sequence[Sequence[Any] | None],
    known: Sequence[bool],
    population: int | None = None,
) -> Course:
    return tuple(
        _value(indicator, row, wanted, population) if fed else None
        for row, fed in zip(rows, known, strict=True)
    )


def _value(
    indicator: Indicator, row: Sequence[Any] | None, wanted: tuple[sql.Measure, ...], population: int | None
) -> Number | None:
    top = 0 if row is None else int(row[wanted.index(sql.Measure(indicator.over, indicator.numerator))])
    if indicator.kind == "per_10k":
        return per_10k(top, population)
    if indicator.denominator is None:
        return top
    whole = sql.Measure(indicator.over, indicator.denominator)
    bottom = 0 if row is None else int(row[wanted.index(whole)])
    return top / bottom if bottom else None
