-- When reports of the newest weeks were first seen, by the wall clock: how late reports come is learnt from these. What is
-- filled in or replayed from further back arrived at no time that means anything, and is left out.
CREATE TABLE event_arrivals (
    day Date,
    source LowCardinality(String),
    id String,
    reported_at DateTime64(3, 'UTC'),
    seen SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'the first of its messages; repetition changes nothing'
) ENGINE = ${AggregatingMergeTree}
PARTITION BY toYYYYMM(day) ORDER BY (day, source, id, reported_at)
TTL day + INTERVAL 60 DAY;

CREATE MATERIALIZED VIEW event_arrivals_in TO event_arrivals AS
SELECT day, source, id, reported_at, min(now64(3, 'UTC')) AS seen
FROM event_messages WHERE stage = 'reported' AND reported_at >= now64(3, 'UTC') - INTERVAL 40 DAY
GROUP BY day, source, id, reported_at;
