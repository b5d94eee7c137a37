-- The history of the mediation cases of some days, from the facts. One row a state and basis.
WITH
    toDateTime64('1900-01-01 00:00:00', 3, 'UTC') AS never,
    toDateTime64('2299-12-31 00:00:00', 3, 'UTC') AS forever,
    stages AS (
        SELECT
            day, source, id, registered_at,
            min(happened) AS known_at,
            groupArrayIf(happened, stage = 'succeeded') AS successes,
            groupArrayIf(happened, stage = 'failed') AS failures,
            groupArrayIf(happened, stage = 'reopened') AS reopenings,
            groupArrayIf(happened, stage = 'withdrawn') AS withdrawals,
            groupArrayIf(happened, stage IN ('registered', 'reopened')) AS reports,
            groupArrayIf(happened, stage NOT IN ('registered', 'withdrawn')) AS acceptances,
            groupArrayIf(happened, stage = 'escalated') AS escalations
        FROM (
            SELECT day, source, id, registered_at, stage, round, min(at) AS happened
            FROM mediation_stages WHERE day IN {units:Array(Date)}
            GROUP BY day, source, id, registered_at, stage, round
        )
        GROUP BY day, source, id, registered_at
    ),
    cases AS (
        SELECT
            day, source, id, registered_at,
            splitByChar('\0', substring(max(latest), 10)) AS said,
            substringIndex(max(body), '\0', -1) AS body_level,
            substringIndex(max(triage), '\0', -1) AS triage
        FROM mediation_newest WHERE day IN {units:Array(Date)}
        GROUP BY day, source, id, registered_at
    ),
    turned AS (
        SELECT
            * EXCEPT (source, id, said, known_at),
            said[2] AS area, said[3] AS dispute_type, said[4] AS origin,
            arraySort(arrayDistinct(arrayConcat(
                [known_at], successes, failures, reopenings, withdrawals,
                if(empty(withdrawals), [], reports),
                if(empty(acceptances), [], [arrayMin(acceptances)]),
                if(empty(escalations), [], [arrayMin(escalations)])))) AS turns
        FROM stages INNER JOIN cases USING (day, source, id, registered_at)
    ),
    states AS (
        SELECT
            * EXCEPT (turns),
            from_turn,
            if(position < length(turns), turns[position + 1], forever) AS valid_to,
            toUInt8(position < length(turns)) AS superseded,
            arrayMax(arrayPushBack(arrayFilter(t -> t <= from_turn, successes), never)) AS last_success,
            arrayMax(arrayPushBack(arrayFilter(t -> t <= from_turn, failures), never)) AS last_failure,
            greatest(last_success, last_failure) AS ended_at,
            arrayMax(arrayPushBack(arrayFilter(t -> t <= from_turn, reopenings), never)) AS last_reopened,
            arrayMax(arrayPushBack(arrayFilter(t -> t <= from_turn, withdrawals), never)) AS last_withdrawn,
            arrayMax(arrayPushBack(arrayFilter(t -> t <= from_turn, reports), never)) AS last_report,
            toUInt8(last_withdrawn > last_report) AS withdrawn,
            multiIf(ended_at = never OR last_reopened > ended_at, '',
                    last_success >= last_failure, 'succeeded', 'failed') AS outcome,
            toUInt8(outcome != '' AND ended_at < registered_at) AS backdated,
            greatest(from_turn, registered_at) AS counted_from,
            if(outcome != '' AND NOT backdated,
               intDiv(toUnixTimestamp64Milli(ended_at) - toUnixTimestamp64Milli(registered_at), 60000), 0)
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
    registered_at AS moment,
    toDate32(toTimeZone(registered_at, {zone:String})) AS local_day,
    area, dispute_type, origin, body_level, triage,
    withdrawn,
    toUInt8(arrayExists(t -> t <= from_turn, acceptances)) AS accepted,
    toUInt8(arrayExists(t -> t <= from_turn, escalations)) AS escalated,
    outcome, backdated,
    toUInt32(if(whole_minutes < 1000, whole_minutes,
        intDiv(whole_minutes, exp10(length(toString(whole_minutes)) - 3))
            * exp10(length(toString(whole_minutes)) - 3))) AS minutes
FROM states
ARRAY JOIN arrayConcat(
    if(counted_from < valid_to, [('cohort', counted_from)], []),
    if(withdrawn OR outcome != '', [], [('open', from_turn)])
) AS entry
