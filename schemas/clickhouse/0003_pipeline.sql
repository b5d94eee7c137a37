-- How far each worker is, told by itself every few seconds and at the store's own clock: what still waits at the broker
-- and since when, and how old the newest recomputation is. A worker that ended is known by the age of its rows.
CREATE TABLE pipeline (
    worker String,
    topic LowCardinality(String),
    told_at DateTime64(3, 'UTC'),
    waiting UInt64 COMMENT 'messages at the broker that are not stored yet',
    waiting_s Float64 COMMENT 'age of the oldest of them in seconds, 0 where none was fetched',
    rolled_s Float64 COMMENT 'seconds since the start of the last recomputation of all touched units',
    filling UInt8 COMMENT '1 while history is still being sent to the topics'
) ENGINE = ${ReplacingMergeTree}(told_at) ORDER BY (worker, topic) TTL toDateTime(told_at) + INTERVAL 7 DAY;
