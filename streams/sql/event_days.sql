-- The day rollup of some units: the last known state of every case, counted.
SELECT
    day, version, basis, local_day, area, stage,
    withdrawn, closed, ever_closed, reopened, has_due, on_time, backdated, level, rating,
    count() AS n
FROM event_history
WHERE day IN {units:Array(Date)} AND version = {versions:Array(UInt64)}[indexOf({units:Array(Date)}, day)]
  AND basis != 'open' AND NOT superseded
GROUP BY ALL
