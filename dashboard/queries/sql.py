"""The queries behind the figures, built from the catalogue. Every value is bound; only catalogue text is SQL.

A case counts at T in the state whose row has valid_from < T <= valid_to. The day rollup counts every case in its last
state; from that the few last rows not yet true at T are taken away and the superseded rows true at T are added:
both have `turn` >= T, which is the sort key, so that "now" reads next to nothing beside the rollup.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.indicators import CATALOGUE, Indicator


@dataclass(frozen=True, slots=True)
class CaseTopic:
    """A topic whose cases have a history: its tables' prefix, the state columns the catalogue's conditions use, and
    what a row of the history counts; `patched`: whether single cases of a unit are rewritten (docs/decisions/0017)."""

    topic: Literal["events", "mediation"]
    prefix: str
    state: tuple[str, ...]
    weight: str = "toInt64(1)"
    patched: bool = False


EVENTS = CaseTopic(
    "events",
    "event",
    (
        "stage", "withdrawn", "closed", "ever_closed", "reopened", "has_due", "on_time", "backdated", "level",
        "rating",
    ),
    "toInt64(sign)",
    patched=True,
)  # fmt: skip
MEDIATION = CaseTopic(
    "mediation", "mediation", ("withdrawn", "accepted", "escalated", "outcome", "backdated")
)
CASE_TOPICS = (EVENTS, MEDIATION)

#: Rows of the current versions of their unit; others are leftovers. Rows of events add up by their sign.
CURRENT_DAYS = (
    "(day, version) IN (SELECT toDate(unit), arrayJoin(argMax(current.versions, current.version)) FROM rollup_current "
    "WHERE topic = {topic:String} GROUP BY unit)"
)
CURRENT_HOURS = (
    "(hour, version) IN (SELECT unit, max(current.version) FROM rollup_current "
    "WHERE topic = 'cameras' GROUP BY unit)"
)
#: The viewer's area: bound in every query.
IN_SCOPE = "({everywhere:UInt8} OR area IN {areas:Array(String)})"


@dataclass(frozen=True, slots=True)
class Measure:
    """One sum a query returns: an SQL condition (or value) over the rows of one basis."""

    basis: str
    expression: str

    def summed(self, weight: str) -> str:
        """The sum over rows that count `weight` times: those of its basis, and of the stock all that a query chose."""
        basis = "1" if self.basis == "stock" else f"basis = '{self.basis}'"
        if self.expression.startswith("if("):  # a value, not a condition
            return f"sumIf({weight} * toInt64({self.expression}), {basis})"
        return f"sumIf({weight}, {basis} AND ({self.expression}))"


def measures(indicators: Sequence[Indicator]) -> tuple[Measure, ...]:
    """The distinct sums these indicators need, numerators and denominators, in a fixed order."""
    wanted: dict[Measure, None] = {}
    for indicator in indicators:
        wanted[Measure(indicator.over, indicator.numerator)] = None
        if indicator.denominator is not None:
            wanted[Measure(indicator.over, indicator.denominator)] = None
    return tuple(wanted)


def summed(topic: CaseTopic) -> tuple[Indicator, ...]:
    """Indicators of the topic that are sums over its cohort and flow rows."""
    return tuple(
        i
        for i in CATALOGUE
        if i.topic == topic.topic and i.over in ("cohort", "flow") and i.kind != "quantile"
    )


def stocks(topic: CaseTopic) -> tuple[Indicator, ...]:
    """Indicators of the topic that stand at T whatever the window."""
    return tuple(i for i in CATALOGUE if i.topic == topic.topic and i.over == "stock")


def quantiles(topic: CaseTopic) -> dict[str, tuple[Indicator, ...]]:
    """Indicators of the topic that are order statistics of `minutes`, by the condition for a case to be one of them."""
    found: dict[str, tuple[Indicator, ...]] = {}
    for indicator in CATALOGUE:
        if indicator.topic == topic.topic and indicator.kind == "quantile":
            found[indicator.numerator] = (*found.get(indicator.numerator, ()), indicator)
    return found


def sums(wanted: Sequence[Measure], weight: str, prefix: str = "m") -> str:
    """The columns m0, m1, …: each measure summed up."""
    return ", ".join(f"{m.summed(weight)} AS {prefix}{i}" for i, m in enumerate(wanted))


def window_sums(topic: CaseTopic, windows: int) -> str:
    """Sums by area and segment of days. Takes at, starts (first local days of the windows, ascending), topic, scope.

    A row of segment k counts in the windows 1…k: those that start on or before its day.
    """
    segment = " + ".join(
        ["1", *(f"(local_day >= {{starts:Array(Date)}}[{n}])" for n in range(2, windows + 1))]
    )
    state = ", ".join(topic.state)
    wanted = measures(summed(topic))
    days = "local_day >= {starts:Array(Date)}[1] AND local_day <= {last_day:Date}"
    at = "{at:DateTime64(3, 'UTC')}"
    return f"""
        SELECT area, {segment} AS segment, {sums(wanted, "weight")}
        FROM (
            SELECT basis, local_day, area, {state}, toInt64(n) AS weight
            FROM {topic.prefix}_days WHERE {CURRENT_DAYS} AND {days} AND {IN_SCOPE}
            UNION ALL
            SELECT basis, local_day, area, {state}, if(superseded, 1, -1) * {topic.weight} AS weight
            FROM {topic.prefix}_history
            WHERE basis != 'open' AND turn >= {at} AND (superseded = 0 OR valid_from < {at})
              AND {CURRENT_DAYS} AND {days} AND {IN_SCOPE}
        )
        GROUP BY area, segment
    """


def stock_sums(topic: CaseTopic, ahead: bool) -> str:
    """Sums of the cases open at T, by area, and perhaps the deadlines ahead. Takes at, ahead, topic, scope.

    In two parts, for last and for superseded states: of one, all superseded rows would be read.
    """
    at = "{at:DateTime64(3, 'UTC')}"
    wanted = sums(measures(stocks(topic)), "weight")
    overdue, deadlines = "", ""
    if topic is EVENTS:
        overdue = f"due_at < {at} AS overdue, "
        deadlines = ", " + deadlines_ahead("weight") if ahead else ""
    return f"""
        SELECT area, {wanted}{deadlines}
        FROM (
            SELECT *, {overdue}{topic.weight} AS weight FROM {topic.prefix}_history
            WHERE basis = 'open' AND superseded = 0 AND turn < {at} AND {CURRENT_DAYS} AND {IN_SCOPE}
            UNION ALL
            SELECT *, {overdue}{topic.weight} AS weight FROM {topic.prefix}_history
            WHERE basis = 'open' AND superseded = 1 AND turn >= {at} AND valid_from < {at}
              AND {CURRENT_DAYS} AND {IN_SCOPE}
        )
        GROUP BY area
    """


def deadlines_ahead(weight: str) -> str:
    """The column `ahead`: of rows of open events an array of (moment in milliseconds, what it changes in each measure
    of the stock), one each for the deadlines from T up to `ahead`."""
    changes = ", ".join(
        f"{weight} * (toInt64({_given(m, '1')}) - toInt64({_given(m, '0')}))"
        for m in measures(stocks(EVENTS))
    )
    return (
        f"groupArrayIf((toUnixTimestamp64Milli(due_at), {changes}), "
        f"{weight} != 0 AND due_at >= {{at:DateTime64(3, 'UTC')}} AND due_at < {{ahead:DateTime64(3, 'UTC')}}) AS ahead"
    )


def _given(measure: Measure, overdue: str) -> str:
    """The measure where the deadline is past, or ahead."""
    return re.sub(r"\boverdue\b", overdue, measure.expression)


def minute_counts(topic: CaseTopic, condition: str, single: bool) -> str:
    """How many cases took how many minutes, by area; or `single` ones, some of them taken away again. Takes at, starts
    (one day), last_day, topic, scope."""
    at = "{at:DateTime64(3, 'UTC')}"
    count, grouped = (
        (topic.weight, "") if single else (f"sum({topic.weight})", "GROUP BY area, minutes HAVING n != 0")
    )
    return f"""
        SELECT area, minutes, {count} AS n
        FROM {topic.prefix}_history
        WHERE basis = 'cohort' AND {CURRENT_DAYS} AND {IN_SCOPE}
          AND day >= {{starts:Array(Date)}}[1] - 1 AND day <= {{last_day:Date}} + 1
          AND local_day >= {{starts:Array(Date)}}[1] AND local_day <= {{last_day:Date}}
          AND valid_from < {at} AND valid_to >= {at} AND {condition} {grouped}
    """


_AT = "{at:DateTime64(3, 'UTC')}"
_HOUR = "toStartOfHour({at:DateTime64(3, 'UTC')})"


def placed(at: str, state: str) -> str:
    """The newest message of a device as `camera_newest.last` holds it: the greatest is the latest (0012_newest.sql)."""
    return f"concat(reinterpretAsFixedString(byteSwap(toUInt64(toUnixTimestamp64Milli({at})))), {state})"


#: Status, area, network and kind of such a text.
SAID = r"splitByChar('\0', substring(%s, 10))"
#: Such a text of an hour's last message: hours have no moment in common, and so need no rank.
OF_HOUR = placed("last_at", r"char(0), status, '\0', area, '\0', network, '\0', kind")

#: When a row of `camera_said` says that its device was online, or the epoch.
SEEN = r"if(startsWith(substring(state, 2), 'online\0'), at, toDateTime64(0, 3, 'UTC'))"

#: Every device at T: when first heard, its last message, when last online. Devices silent since before T come from
#: the running state; those that spoke at T or later from the hours before and the messages of the hour T lies in.
DEVICES = f"""
    WITH late AS (SELECT device_id FROM camera_newest GROUP BY device_id HAVING max(last_at) >= {_AT})
    SELECT device_id, heard AS last_at, said[1] AS status, said[2] AS area, said[3] AS network, said[4] AS kind,
           online_at, first_at
    FROM (
        SELECT device_id, min(first_at) AS first_at, max(last_at) AS heard, {SAID % "max(last)"} AS said,
               max(last_online) AS online_at
        FROM camera_newest GROUP BY device_id HAVING heard < {_AT}
        UNION ALL
        SELECT device_id, min(first) AS first_at, max(at) AS heard, {SAID % "max(latest)"} AS said,
               max(seen) AS online_at
        FROM (
            SELECT device_id, first_at AS first, last_online AS seen, last_at AS at, {OF_HOUR} AS latest
            FROM camera_hours
            WHERE {CURRENT_HOURS} AND hour < {_HOUR} AND device_id IN late
            UNION ALL
            SELECT device_id, at AS first, {SEEN} AS seen, at,
                   {placed("at", "state")} AS latest
            FROM camera_said WHERE hour = {_HOUR} AND at < {_AT} AND device_id IN late
        )
        GROUP BY device_id
    )
    WHERE {IN_SCOPE}
"""


def device_indicators() -> tuple[Indicator, ...]:
    """Indicators that count devices at T."""
    return tuple(i for i in CATALOGUE if i.over == "device")


def availability_sums() -> str:
    """Milliseconds online and known of the devices of each area between two whole hours.

    Takes at, from_ms, to_ms, offline_after_ms, scope. Within an hour the rollup holds the time online; a last
    message that said online goes on into the hours after it, until the device's next message or the offline rule.
    """
    ms = "toUnixTimestamp64Milli"
    return f"""
        WITH
            toInt64({{from_ms:Int64}}) AS from_ms,
            toInt64({{to_ms:Int64}}) AS to_ms,
            spoken AS (
                SELECT device_id, toInt64(toUnixTimestamp(hour)) * 1000 AS hour_ms, online_ms, status,
                       {ms}(first_at) AS first_ms, {ms}(last_at) AS last_ms,
                       leadInFrame({ms}(first_at), 1, to_ms) OVER (
                           PARTITION BY device_id ORDER BY hour
                           ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next_ms
                FROM camera_hours WHERE {CURRENT_HOURS} AND hour < fromUnixTimestamp64Milli(to_ms)
            ),
            timed AS (
                SELECT device_id,
                    sum(if(hour_ms >= from_ms, toInt64(online_ms), 0)
                        + if(status = 'online',
                             greatest(0, least(next_ms, last_ms + {{offline_after_ms:Int64}}, to_ms)
                                         - greatest(hour_ms + 3600000, from_ms)), 0)) AS online_ms,
                    to_ms - greatest(from_ms, min(first_ms)) AS known_ms
                FROM spoken GROUP BY device_id
            )
        SELECT area, sum(online_ms) AS online, sum(known_ms) AS known
        FROM ({DEVICES}) AS devices INNER JOIN timed USING device_id
        GROUP BY area
    """
