-- The day rollup of some units: the last known state of every case, counted; of a patch: how many more there are.
SELECT
    day, {versions:Array(UInt64)}[indexOf({units:Array(Date)}, day)] AS version, basis, local_day, area, stage,
    withdrawn, closed, ever_closed, reopened, has_due, on_time, backdated, level, rating,
    sum(sign) AS n
FROM event_history
WHERE (day, event_history.version) IN {counted:Array(Tuple(Date, UInt64))} AND basis != 'open' AND NOT superseded
GROUP BY ALL
HAVING n != 0
