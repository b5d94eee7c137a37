-- Derived tables: recomputed from the facts for the units touched, never added to. A unit is the UTC day of a case's
-- report or the hour of a device's message. Rows of a unit count only in its current version (`rollup_versions`):
-- a writer that was slow, or died half way, leaves rows that nobody reads and a later clean-up removes.

-- One mark for each batch and unit, written after the batch's facts. More marks than the version rolled up = to do.
-- Only ever grows, so a mark written twice costs one more recomputation and nothing else.
CREATE TABLE rollup_marks (
    topic LowCardinality(String),
    unit DateTime('UTC'),
    marks UInt64,
    batch UUID COMMENT 'makes every insert differ, so that no server drops it as a repeated one'
) ENGINE = ${SummingMergeTree}(marks) ORDER BY (topic, unit);

CREATE TABLE rollup_versions (
    topic LowCardinality(String),
    unit DateTime('UTC'),
    version SimpleAggregateFunction(max, UInt64) COMMENT 'marks seen × 2^24 + a number of the writer'
) ENGINE = ${AggregatingMergeTree} ORDER BY (topic, unit);

-- One row for each state a case was in, true for evaluation times T with valid_from < T <= valid_to.
-- basis cohort: counted by moment = time of the report; flow: by moment = time of the stage; open: whatever the window.
CREATE TABLE event_history (
    day Date,
    version UInt64,
    basis Enum8('cohort' = 1, 'flow' = 2, 'open' = 3),
    superseded UInt8 COMMENT '1 where a later state follows',
    turn DateTime64(3, 'UTC') COMMENT 'valid_to of a superseded row, valid_from of a last one: see the queries',
    valid_from DateTime64(3, 'UTC'),
    valid_to DateTime64(3, 'UTC'),
    moment DateTime64(3, 'UTC'),
    local_day Date32 COMMENT 'of the moment, in the pack''s time zone',
    area LowCardinality(String),
    category LowCardinality(String),
    channel LowCardinality(String),
    urgency LowCardinality(String),
    stage LowCardinality(String) COMMENT 'flow: which stage',
    withdrawn UInt8,
    closed UInt8,
    ever_closed UInt8,
    reopened UInt8,
    has_due UInt8,
    on_time UInt8,
    backdated UInt8 COMMENT 'closed before it was reported',
    level LowCardinality(String),
    rating UInt8 COMMENT '0 = none',
    minutes UInt32 COMMENT 'report to closing, three significant digits',
    due_at DateTime64(3, 'UTC') COMMENT 'open: the deadline, far future where none'
) ENGINE = ${MergeTree}
PARTITION BY toYear(day) ORDER BY (basis, superseded, turn);

CREATE TABLE event_days (
    day Date,
    version UInt64,
    basis Enum8('cohort' = 1, 'flow' = 2, 'open' = 3),
    local_day Date32,
    area LowCardinality(String),
    stage LowCardinality(String),
    withdrawn UInt8,
    closed UInt8,
    ever_closed UInt8,
    reopened UInt8,
    has_due UInt8,
    on_time UInt8,
    backdated UInt8,
    level LowCardinality(String),
    rating UInt8,
    n UInt64 COMMENT 'cases now in this state'
) ENGINE = ${MergeTree}
PARTITION BY toYear(day) ORDER BY (basis, local_day, day, version);

CREATE TABLE mediation_history (
    day Date,
    version UInt64,
    basis Enum8('cohort' = 1, 'flow' = 2, 'open' = 3),
    superseded UInt8,
    turn DateTime64(3, 'UTC'),
    valid_from DateTime64(3, 'UTC'),
    valid_to DateTime64(3, 'UTC'),
    moment DateTime64(3, 'UTC'),
    local_day Date32,
    area LowCardinality(String),
    dispute_type LowCardinality(String),
    origin LowCardinality(String),
    body_level LowCardinality(String),
    triage LowCardinality(String),
    withdrawn UInt8,
    accepted UInt8,
    escalated UInt8,
    outcome LowCardinality(String) COMMENT 'succeeded, failed or empty',
    backdated UInt8,
    minutes UInt32
) ENGINE = ${MergeTree}
PARTITION BY toYear(day) ORDER BY (basis, superseded, turn);

CREATE TABLE mediation_days (
    day Date,
    version UInt64,
    basis Enum8('cohort' = 1, 'flow' = 2, 'open' = 3),
    local_day Date32,
    area LowCardinality(String),
    withdrawn UInt8,
    accepted UInt8,
    escalated UInt8,
    outcome LowCardinality(String),
    backdated UInt8,
    n UInt64
) ENGINE = ${MergeTree}
PARTITION BY toYear(day) ORDER BY (basis, local_day, day, version);

-- What one device said in one hour: enough for its state at any whole hour and its time online.
CREATE TABLE camera_hours (
    hour DateTime('UTC'),
    version UInt64,
    device_id String,
    first_at DateTime64(3, 'UTC'),
    last_at DateTime64(3, 'UTC'),
    last_online DateTime64(3, 'UTC') COMMENT 'epoch where not online in this hour',
    status LowCardinality(String),
    area LowCardinality(String),
    network LowCardinality(String),
    kind LowCardinality(String),
    online_ms UInt32 COMMENT 'online within the hour, from messages of the hour'
) ENGINE = ${MergeTree}
PARTITION BY toYYYYMM(hour) ORDER BY (device_id, hour, version);
