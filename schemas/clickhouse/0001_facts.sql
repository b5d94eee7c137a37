-- Facts and case state: keyed by what never changes, columns are min / max states only, so that duplicates,
-- order and replays cannot change them. Times are the store's milliseconds in UTC.

-- What an agent inserts: one row a message. The views below turn it into state; nothing is kept here.
CREATE TABLE event_messages (
    day Date,
    source String,
    id String,
    reported_at DateTime64(3, 'UTC'),
    stage LowCardinality(String),
    rank UInt8,
    round UInt16,
    at DateTime64(3, 'UTC'),
    area String,
    category String,
    channel String,
    urgency String,
    due_at Nullable(DateTime64(3, 'UTC')),
    level String,
    rating UInt8,
    canonical String
) ENGINE = Null;

CREATE TABLE event_stages (
    day Date COMMENT 'UTC day of the report: unit of recomputation',
    source LowCardinality(String),
    id String,
    reported_at DateTime64(3, 'UTC'),
    stage LowCardinality(String),
    round UInt16,
    at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'stage time: the least at of its messages'
) ENGINE = ${AggregatingMergeTree}
PARTITION BY toYear(day) ORDER BY (day, source, id, reported_at, stage, round);

CREATE MATERIALIZED VIEW event_stages_in TO event_stages AS
SELECT day, source, id, reported_at, stage, round, at FROM event_messages;

CREATE TABLE event_cases (
    day Date,
    source LowCardinality(String),
    id String,
    reported_at DateTime64(3, 'UTC'),
    latest SimpleAggregateFunction(max, Tuple(
        at DateTime64(3, 'UTC'), rank UInt8, canonical String,
        area String, category String, channel String, urgency String))
        COMMENT 'attributes of the latest message by time, stage order, content',
    due SimpleAggregateFunction(max, Tuple(
        at DateTime64(3, 'UTC'), rank UInt8, canonical String, value DateTime64(3, 'UTC')))
        COMMENT 'of the latest message that carries a deadline; rank 0 = none did',
    level SimpleAggregateFunction(max, Tuple(
        at DateTime64(3, 'UTC'), rank UInt8, canonical String, value String)),
    rating SimpleAggregateFunction(max, Tuple(
        at DateTime64(3, 'UTC'), rank UInt8, canonical String, value UInt8))
) ENGINE = ${AggregatingMergeTree}
PARTITION BY toYear(day) ORDER BY (day, source, id, reported_at);

CREATE MATERIALIZED VIEW event_cases_in TO event_cases AS
WITH toDateTime64(0, 3, 'UTC') AS never
SELECT
    day, source, id, reported_at,
    tuple(at, rank, canonical, area, category, channel, urgency) AS latest,
    if(due_at IS NULL, tuple(never, toUInt8(0), '', never),
       tuple(at, rank, canonical, assumeNotNull(due_at))) AS due,
    if(level = '', tuple(never, toUInt8(0), '', ''), tuple(at, rank, canonical, level)) AS level,
    if(rating = 0, tuple(never, toUInt8(0), '', toUInt8(0)), tuple(at, rank, canonical, rating)) AS rating
FROM event_messages;

CREATE TABLE mediation_messages (
    day Date,
    source String,
    id String,
    registered_at DateTime64(3, 'UTC'),
    stage LowCardinality(String),
    rank UInt8,
    round UInt16,
    at DateTime64(3, 'UTC'),
    area String,
    dispute_type String,
    origin String,
    body_level String,
    triage String,
    due_at Nullable(DateTime64(3, 'UTC')),
    canonical String
) ENGINE = Null;

CREATE TABLE mediation_stages (
    day Date,
    source LowCardinality(String),
    id String,
    registered_at DateTime64(3, 'UTC'),
    stage LowCardinality(String),
    round UInt16,
    at SimpleAggregateFunction(min, DateTime64(3, 'UTC'))
) ENGINE = ${AggregatingMergeTree}
PARTITION BY toYear(day) ORDER BY (day, source, id, registered_at, stage, round);

CREATE MATERIALIZED VIEW mediation_stages_in TO mediation_stages AS
SELECT day, source, id, registered_at, stage, round, at FROM mediation_messages;

CREATE TABLE mediation_cases (
    day Date,
    source LowCardinality(String),
    id String,
    registered_at DateTime64(3, 'UTC'),
    latest SimpleAggregateFunction(max, Tuple(
        at DateTime64(3, 'UTC'), rank UInt8, canonical String,
        area String, dispute_type String, origin String)),
    body SimpleAggregateFunction(max, Tuple(
        at DateTime64(3, 'UTC'), rank UInt8, canonical String, value String)),
    triage SimpleAggregateFunction(max, Tuple(
        at DateTime64(3, 'UTC'), rank UInt8, canonical String, value String)),
    due SimpleAggregateFunction(max, Tuple(
        at DateTime64(3, 'UTC'), rank UInt8, canonical String, value DateTime64(3, 'UTC')))
) ENGINE = ${AggregatingMergeTree}
PARTITION BY toYear(day) ORDER BY (day, source, id, registered_at);

CREATE MATERIALIZED VIEW mediation_cases_in TO mediation_cases AS
WITH toDateTime64(0, 3, 'UTC') AS never
SELECT
    day, source, id, registered_at,
    tuple(at, rank, canonical, area, dispute_type, origin) AS latest,
    if(body_level = '', tuple(never, toUInt8(0), '', ''), tuple(at, rank, canonical, body_level)) AS body,
    if(triage = '', tuple(never, toUInt8(0), '', ''), tuple(at, rank, canonical, triage)) AS triage,
    if(due_at IS NULL, tuple(never, toUInt8(0), '', never),
       tuple(at, rank, canonical, assumeNotNull(due_at))) AS due
FROM mediation_messages;

CREATE TABLE camera_messages (
    hour DateTime('UTC'),
    device_id String,
    at DateTime64(3, 'UTC'),
    rank UInt8,
    status String,
    area String,
    network String,
    kind String
) ENGINE = Null;

CREATE TABLE camera_beats (
    hour DateTime('UTC') COMMENT 'hour of at: unit of recomputation' CODEC(DoubleDelta, ZSTD),
    device_id String CODEC(ZSTD),
    at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD),
    state SimpleAggregateFunction(max, Tuple(
        rank UInt8, status String, area String, network String, kind String)) CODEC(ZSTD),
    said_online SimpleAggregateFunction(max, UInt8) COMMENT 'one of the messages of this instant said online'
) ENGINE = ${AggregatingMergeTree}
PARTITION BY toYYYYMM(hour) ORDER BY (hour, device_id, at);

CREATE MATERIALIZED VIEW camera_beats_in TO camera_beats AS
SELECT hour, device_id, at, tuple(rank, status, area, network, kind) AS state, toUInt8(status = 'online') AS said_online
FROM camera_messages;

CREATE TABLE camera_state (
    device_id String,
    first_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last SimpleAggregateFunction(max, Tuple(
        at DateTime64(3, 'UTC'), rank UInt8, status String, area String, network String, kind String)),
    last_online SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'epoch where never'
) ENGINE = ${AggregatingMergeTree} ORDER BY device_id;

CREATE MATERIALIZED VIEW camera_state_in TO camera_state AS
SELECT
    device_id,
    at AS first_at,
    tuple(at, rank, status, area, network, kind) AS last,
    if(status = 'online', at, toDateTime64(0, 3, 'UTC')) AS last_online
FROM camera_messages;

CREATE TABLE statistics (
    area String,
    name LowCardinality(String),
    period String,
    source LowCardinality(String),
    at DateTime64(3, 'UTC'),
    figure SimpleAggregateFunction(max, Tuple(canonical String, value Float64))
) ENGINE = ${AggregatingMergeTree} ORDER BY (name, area, period, source, at);

-- Times of the first and last message of each topic, and rows taken.
CREATE TABLE feeds (
    topic LowCardinality(String),
    first_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_at SimpleAggregateFunction(max, DateTime64(3, 'UTC'))
) ENGINE = ${AggregatingMergeTree} ORDER BY topic;

CREATE MATERIALIZED VIEW feeds_events_in TO feeds AS
SELECT 'events' AS topic, min(at) AS first_at, max(at) AS last_at FROM event_messages GROUP BY topic;
CREATE MATERIALIZED VIEW feeds_mediation_in TO feeds AS
SELECT 'mediation' AS topic, min(at) AS first_at, max(at) AS last_at FROM mediation_messages GROUP BY topic;
CREATE MATERIALIZED VIEW feeds_cameras_in TO feeds AS
SELECT 'cameras' AS topic, min(at) AS first_at, max(at) AS last_at FROM camera_messages GROUP BY topic;
CREATE MATERIALIZED VIEW feeds_statistics_in TO feeds AS
SELECT 'statistics' AS topic, min(at) AS first_at, max(at) AS last_at FROM statistics GROUP BY topic;

CREATE TABLE actions (
    warning_id String,
    at DateTime64(3, 'UTC'),
    action LowCardinality(String),
    actor String,
    note String
) ENGINE = ${ReplacingMergeTree} ORDER BY (warning_id, at, action, actor, note);

CREATE TABLE warnings (
    warning_id String,
    area String,
    category String,
    colour LowCardinality(String),
    state LowCardinality(String),
    rule LowCardinality(String),
    raised_at DateTime64(3, 'UTC'),
    updated_at DateTime64(3, 'UTC'),
    window LowCardinality(String),
    observed Float64,
    expected Nullable(Float64),
    recurrence_days Nullable(Float64)
) ENGINE = ${ReplacingMergeTree}
ORDER BY (warning_id, updated_at, state, colour);

CREATE TABLE quarantine (
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    item UInt32 COMMENT 'index in a packed message',
    reason LowCardinality(String),
    field String,
    at DateTime64(3, 'UTC') COMMENT 'when it was rejected',
    payload String COMMENT 'personal numbers masked',
    replayed UInt8 DEFAULT 0 COMMENT '1 once it was sent again after a fix'
) ENGINE = ${ReplacingMergeTree}(replayed) ORDER BY (topic, partition, offset, item);
