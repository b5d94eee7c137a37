-- What each device said in some hours, from its messages.
WITH
    hourly AS (
        SELECT
            hour, device_id,
            arraySort(groupArray((toUnixTimestamp64Milli(at), startsWith(said, 'online\0')))) AS beats,
            splitByChar('\0', argMax(said, at)) AS last_said,
            min(at) AS first_at,
            max(at) AS last_at,
            maxIf(at, online) AS seen_online
        FROM (
            SELECT hour, device_id, at, substring(max(state), 2) AS said, max(startsWith(substring(state, 2), 'online\0')) AS online
            FROM camera_said WHERE hour IN {units:Array(DateTime('UTC'))}
            GROUP BY hour, device_id, at
        )
        GROUP BY hour, device_id
    )
SELECT
    hour,
    {versions:Array(UInt64)}[indexOf({units:Array(DateTime('UTC'))}, hour)] AS version,
    device_id,
    first_at,
    last_at,
    seen_online AS last_online,
    last_said[1] AS status,
    last_said[2] AS area,
    last_said[3] AS network,
    last_said[4] AS kind,
    toUInt32(arraySum(arrayMap(
        (beat, following) -> if(beat.2, least(following, beat.1 + {offline_after_ms:Int64}) - beat.1, 0),
        beats,
        arrayPushBack(arrayMap(b -> b.1, arrayPopFront(beats)), (toInt64(toUnixTimestamp(hour)) + 3600) * 1000)
    ))) AS online_ms
FROM hourly
