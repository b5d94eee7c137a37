-- The history of the cases of some days, from the facts. One row a state, basis and moment.
WITH
    toDateTime64('1900-01-01 00:00:00', 3, 'UTC') AS never,
    toDateTime64('2299-12-31 00:00:00', 3, 'UTC') AS forever,
    stages AS (
        SELECT
            day, source, id, reported_at,
            min(happened) AS known_at,
            groupArrayIf(happened, stage = 'closed') AS closings,
            groupArrayIf(happened, stage = 'reopened') AS reopenings,
            groupArrayIf(happened, stage = 'withdrawn') AS withdrawals,
            groupArrayIf(happened, stage IN ('reported', 'reopened')) AS reports
        FROM (
            SELECT day, source, id, reported_at, stage, round, min(at) AS happened
            FROM event_stages WHERE day IN {units:Array(Date)}
            GROUP BY day, source, id, reported_at, stage, round
        )
        GROUP BY day, source, id, reported_at
    ),
    cases AS (
        SELECT
            day, source, id, reported_at,
            max(latest) AS attributes, max(due) AS deadline, max(level) AS solved, max(rating) AS rated
        FROM event_cases WHERE day IN {units:Array(Date)}
        GROUP BY day, source, id, reported_at
    ),
    turned AS (
        SELECT
            day, reported_at, closings, reopenings, withdrawals, reports,
            attributes.area AS area, attributes.category AS category,
            attributes.channel AS channel, attributes.urgency AS urgency,
            toUInt8(deadline.rank > 0) AS has_due, deadline.value AS deadline_at,
            solved.value AS level, rated.value AS rating,
            arraySort(arrayDistinct(arrayConcat(
                [known_at], closings, reopenings, withdrawals, if(empty(withdrawals), [], reports)))) AS turns
        FROM stages INNER JOIN cases USING (day, source, id, reported_at)
    ),
    states AS (
        SELECT
            * EXCEPT (turns),
            from_turn,
            if(position < length(turns), turns[position + 1], forever) AS valid_to,
            toUInt8(position < length(turns)) AS superseded,
            arrayFilter(t -> t <= from_turn, closings) AS closed_times,
            arrayMax(arrayPushBack(closed_times, never)) AS last_closed,
            arrayMax(arrayPushBack(arrayFilter(t -> t <= from_turn, reopenings), never)) AS last_reopened,
            arrayMax(arrayPushBack(arrayFilter(t -> t <= from_turn, withdrawals), never)) AS last_withdrawn,
            arrayMax(arrayPushBack(arrayFilter(t -> t <= from_turn, reports), never)) AS last_report,
            toUInt8(last_withdrawn > last_report) AS withdrawn,
            toUInt8(last_closed > never AND last_reopened <= last_closed) AS closed,
            toUInt8(closed AND last_closed < reported_at) AS backdated,
            greatest(from_turn, reported_at) AS counted_from,
            if(closed AND NOT backdated,
               intDiv(toUnixTimestamp64Milli(last_closed) - toUnixTimestamp64Milli(reported_at), 60000), 0)
                AS whole_minutes
        FROM turned
        ARRAY JOIN turns AS from_turn, arrayEnumerate(turns) AS position
    )
SELECT
    day,
    {versions:Array(UInt64)}[indexOf({units:Array(Date)}, day)] AS version,
    entry.1 AS basis,
    superseded,
    if(superseded, valid_to, entry.2) AS turn,
    entry.2 AS valid_from,
    valid_to,
    entry.3 AS moment,
    toDate32(toTimeZone(entry.3, {zone:String})) AS local_day,
    area, category, channel, urgency,
    entry.4 AS stage,
    withdrawn, closed,
    toUInt8(last_closed > never) AS ever_closed,
    toUInt8(last_reopened > never) AS reopened,
    has_due,
    toUInt8(has_due AND closed AND last_closed <= deadline_at) AS on_time,
    backdated, level, rating,
    toUInt32(if(whole_minutes < 1000, whole_minutes,
        intDiv(whole_minutes, exp10(length(toString(whole_minutes)) - 3))
            * exp10(length(toString(whole_minutes)) - 3))) AS minutes,
    if(has_due, deadline_at, forever) AS due_at
FROM states
ARRAY JOIN arrayConcat(
    if(counted_from < valid_to, [('cohort', counted_from, reported_at, '')], []),
    if(withdrawn OR closed, [], [('open', from_turn, reported_at, '')]),
    if(withdrawn, [], arrayMap(t -> ('flow', from_turn, t, 'closed'), closed_times))
) AS entry
