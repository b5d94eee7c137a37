-- The day rollup of events is written with their history, in one statement: a patch is the analysis of its queries for
-- the most part. What a unit's rows of one version add up to is the same, in however many rows.
CREATE MATERIALIZED VIEW event_days_of_history TO event_days AS
SELECT
    day, version, basis, local_day, area, stage, withdrawn, closed, ever_closed, reopened, has_due, on_time, backdated,
    level, rating, sum(sign) AS n
FROM event_history
WHERE basis != 'open' AND NOT superseded
GROUP BY
    day, version, basis, local_day, area, stage, withdrawn, closed, ever_closed, reopened, has_due, on_time, backdated,
    level, rating
HAVING n != 0;
