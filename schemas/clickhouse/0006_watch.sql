-- What the watch needs: its words as they were said, where messages came from and when, heat, and what was sent on.

-- One row a word of the watch. The life of a warning is computed from its words and the actions (schemas/lifecycle.py);
-- `message` is the whole word, so the contract can grow without the table.
CREATE TABLE warning_words (
    warning_id String,
    area LowCardinality(String),
    rule LowCardinality(String),
    updated_at DateTime64(3, 'UTC'),
    raised_at DateTime64(3, 'UTC'),
    found UInt8,
    colour LowCardinality(String),
    state LowCardinality(String),
    message String CODEC(ZSTD)
) ENGINE = ${ReplacingMergeTree} ORDER BY (warning_id, updated_at, message);

-- Hours in which a source spoke, by the time of its messages: silence is told by these, never by statistics.
CREATE TABLE feed_hours (
    topic LowCardinality(String),
    source LowCardinality(String),
    hour DateTime('UTC'),
    first_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_at SimpleAggregateFunction(max, DateTime64(3, 'UTC'))
) ENGINE = ${AggregatingMergeTree} ORDER BY (topic, source, hour);

CREATE MATERIALIZED VIEW feed_hours_events_in TO feed_hours AS
SELECT 'events' AS topic, source, toStartOfHour(at) AS hour, min(at) AS first_at, max(at) AS last_at
FROM event_messages GROUP BY topic, source, hour;
CREATE MATERIALIZED VIEW feed_hours_mediation_in TO feed_hours AS
SELECT 'mediation' AS topic, source, toStartOfHour(at) AS hour, min(at) AS first_at, max(at) AS last_at
FROM mediation_messages GROUP BY topic, source, hour;
CREATE MATERIALIZED VIEW feed_hours_cameras_in TO feed_hours AS
SELECT 'cameras' AS topic, '' AS source, hour, min(at) AS first_at, max(at) AS last_at
FROM camera_messages GROUP BY topic, source, hour;

-- Heat as told at one look: category '' is the area's composite score, others its cells that are not calm.
CREATE TABLE heat (
    at DateTime64(3, 'UTC') COMMENT 'time of the look',
    area LowCardinality(String),
    category LowCardinality(String),
    score Nullable(Float64) COMMENT '0 to 100; NULL = unknown',
    surge Nullable(Float64),
    burden Nullable(Float64),
    coverage Float64 COMMENT 'share of the window in which the sources of the area spoke',
    observed Float64,
    expected Nullable(Float64),
    window UInt16 COMMENT 'hours counted',
    written DateTime('UTC') DEFAULT now()
) ENGINE = ${MergeTree} PARTITION BY toYYYYMM(at) ORDER BY (at, area, category)
TTL written + INTERVAL 14 DAY;

-- What an output has taken: everything else of the newest days is sent (again), so each at least once.
CREATE TABLE deliveries (
    output LowCardinality(String),
    delivery_id String,
    at DateTime64(3, 'UTC') COMMENT 'when it was taken'
) ENGINE = ${ReplacingMergeTree} ORDER BY (output, delivery_id);

-- Superseded by warning_words.
DROP TABLE IF EXISTS warnings;
