-- The day rollup of some units: the last known state of every mediation case, counted.
SELECT
    day, version, basis, local_day, area,
    withdrawn, accepted, escalated, outcome, backdated,
    count() AS n
FROM mediation_history
WHERE day IN {units:Array(Date)} AND version = {versions:Array(UInt64)}[indexOf({units:Array(Date)}, day)]
  AND basis != 'open' AND NOT superseded
GROUP BY ALL
