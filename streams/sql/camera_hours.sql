-- What each device said in some hours, from its messages.
WITH
    hourly AS (
        SELECT hour, device_id, arraySort(groupArray((at, said))) AS beats, maxIf(at, online) AS seen_online
        FROM (
            SELECT hour, device_id, at, max(state) AS said, max(said_online) AS online
            FROM camera_beats WHERE hour IN {units:Array(DateTime('UTC'))}
            GROUP BY hour, device_id, at
        )
        GROUP BY hour, device_id
    )
SELECT
    hour,
    {versions:Array(UInt64)}[indexOf({units:Array(DateTime('UTC'))}, hour)] AS version,
    device_id,
    beats[1].1 AS first_at,
    beats[-1].1 AS last_at,
    seen_online AS last_online,
    beats[-1].2.2 AS status,
    beats[-1].2.3 AS area,
    beats[-1].2.4 AS network,
    beats[-1].2.5 AS kind,
    toUInt32(arraySum(arrayMap(
        (beat, following) -> if(beat.2.2 = 'online',
            least(following, toUnixTimestamp64Milli(beat.1) + {offline_after_ms:Int64})
                - toUnixTimestamp64Milli(beat.1), 0),
        beats,
        arrayPushBack(arrayMap(b -> toUnixTimestamp64Milli(b.1), arrayPopFront(beats)),
                      (toInt64(toUnixTimestamp(hour)) + 3600) * 1000)))) AS online_ms
FROM hourly
