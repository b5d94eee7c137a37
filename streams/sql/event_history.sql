-- The history of the cases of some days, from the facts. One row a state, basis and moment.
-- A patch takes the touched cases alone, and takes away what the versions before it say of them.
-- Its cases come as JSON that is read while the query runs: thousands of them as values cost more than the rest of it.
WITH
    given AS (
        SELECT some.1 AS day, some.2 AS source, arrayJoin(some.3) AS id
        FROM (SELECT arrayJoin(
            JSONExtract(materialize({cases:String}), 'Array(Tuple(Date, String, Array(String)))')) AS some)
    ),
    touched AS (SELECT day, sipHash64(source, id) AS case_hash FROM given),
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
            FROM event_stages
            WHERE day IN {units:Array(Date)}
              AND ({whole:UInt8} OR (day, source, id) IN given)
            GROUP BY day, source, id, reported_at, stage, round
        )
        GROUP BY day, source, id, reported_at
    ),
    cases AS (
        SELECT
            day, source, id, reported_at,
            splitByChar('\0', substring(max(latest), 10)) AS said,
            max(due) AS deadline,
            substringIndex(max(level), '\0', -1) AS level,
            toUInt8OrZero(substringIndex(max(rating), '\0', -1)) AS rating
        FROM event_newest
        WHERE day IN {units:Array(Date)} AND ({whole:UInt8} OR (day, source, id) IN given)
        GROUP BY day, source, id, reported_at
    ),
    turned AS (
        SELECT
            day, sipHash64(source, id) AS case_hash, reported_at, closings, reopenings, withdrawals, reports,
            said[2] AS area, said[3] AS category, said[4] AS channel, said[5] AS urgency,
            toUInt8(deadline != '') AS has_due,
            fromUnixTimestamp64Milli(toInt64OrZero(substringIndex(deadline, '\0', -1)), 'UTC') AS deadline_at,
            level, rating,
            arraySort(arrayDistinct(arrayConcat(
                [known_at], closings, reopenings, withdrawals, if(empty(withdrawals), [], reports)))) AS turns
        FROM stages INNER JOIN cases USING (day, source, id, reported_at)
    ),
    turning AS (
        SELECT
            * EXCEPT (turns, closings, reopenings, withdrawals, reports), from_turn,
            if(position < length(turns), turns[position + 1], forever) AS valid_to,
            toUInt8(position < length(turns)) AS superseded,
            arrayFilter(t -> t <= from_turn, closings) AS closed_times,
            arrayMax(arrayPushBack(arrayFilter(t -> t <= from_turn, reopenings), never)) AS last_reopened,
            arrayMax(arrayPushBack(arrayFilter(t -> t <= from_turn, withdrawals), never)) AS last_withdrawn,
            arrayMax(arrayPushBack(arrayFilter(t -> t <= from_turn, reports), never)) AS last_report
        FROM turned
        ARRAY JOIN turns AS from_turn, arrayEnumerate(turns) AS position
    ),
    closing AS (
        SELECT *, arrayMax(arrayPushBack(closed_times, never)) AS last_closed FROM turning
    ),
    states AS (
        SELECT
            *,
            toUInt8(last_withdrawn > last_report) AS withdrawn,
            toUInt8(last_closed > never AND last_reopened <= last_closed) AS closed,
            toUInt8(last_closed < reported_at) AS early,
            greatest(from_turn, reported_at) AS counted_from
        FROM closing
    ),
    timed AS (
        SELECT
            *,
            toUInt8(closed AND early) AS backdated,
            if(closed AND NOT early,
               intDiv(toUnixTimestamp64Milli(last_closed) - toUnixTimestamp64Milli(reported_at), 60000), 0)
                AS whole_minutes,
            exp10(greatest(length(toString(whole_minutes)), 3) - 3) AS step
        FROM states
    )
SELECT
    day,
    {versions:Array(UInt64)}[indexOf({units:Array(Date)}, day)] AS version,
    toInt8(1) AS sign,
    case_hash,
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
    toUInt32(intDiv(whole_minutes, step) * step) AS minutes,
    if(has_due, deadline_at, forever) AS due_at
FROM timed
ARRAY JOIN arrayConcat(
    if(counted_from < valid_to, [('cohort', counted_from, reported_at, '')], []),
    if(withdrawn OR closed, [], [('open', from_turn, reported_at, '')]),
    if(withdrawn, [], arrayMap(t -> ('flow', from_turn, t, 'closed'), closed_times))
) AS entry
UNION ALL
SELECT
    * REPLACE ({versions:Array(UInt64)}[indexOf({units:Array(Date)}, day)] AS version, toInt8(-sign) AS sign)
FROM event_history
WHERE NOT {whole:UInt8} AND (day, event_history.version) IN {before:Array(Tuple(Date, UInt64))} AND (day, case_hash) IN touched
