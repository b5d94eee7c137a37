-- What each device said in some hours, from its messages. A beat is its time and, in the last two bits, its rank: of those of
-- one instant the greatest comes last, and the others last no time.
WITH
    hourly AS (
        SELECT
            hour, device_id,
            arraySort(groupArray(toUnixTimestamp64Milli(at) * 4 + ascii(state))) AS beats,
            max(concat(reinterpretAsFixedString(byteSwap(toUInt64(toUnixTimestamp64Milli(at)))), state)) AS latest,
            splitByChar('\0', substring(latest, 10)) AS last_said,
            min(at) AS first_at,
            max(at) AS last_at,
            maxIf(at, startsWith(substring(state, 2), 'online\0')) AS seen_online
        FROM camera_said WHERE hour IN {units:Array(DateTime('UTC'))}
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
        (beat, following) -> if(
            bitAnd(beat, 3) = 1,
            least(bitShiftRight(following, 2), bitShiftRight(beat, 2) + {offline_after_ms:Int64}) - bitShiftRight(beat, 2),
            0),
        beats,
        arrayPushBack(arrayPopFront(beats), (toInt64(toUnixTimestamp(hour)) + 3600) * 4000)
    ))) AS online_ms
FROM hourly
