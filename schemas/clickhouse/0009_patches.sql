-- A unit's current rows are a whole version and the patches upon it (docs/decisions/0017): rows of event_history carry a
-- sign, so that a patch can take away what it replaces, and the hash of their case, so that it finds it. Derived tables
-- are made anew: every unit is recomputed from the facts.
DROP TABLE IF EXISTS rollup_versions;

CREATE TABLE rollup_current (
    topic LowCardinality(String),
    unit DateTime('UTC'),
    current SimpleAggregateFunction(max, Tuple(
        version UInt64, versions Array(UInt64)))
        COMMENT 'version: marks seen × 2^24 + a number of the writer; versions: those whose rows count, together'
) ENGINE = ${AggregatingMergeTree} ORDER BY (topic, unit);

DROP TABLE IF EXISTS event_history;

CREATE TABLE event_history (
    day Date,
    version UInt64,
    sign Int8 COMMENT '-1 takes away a row of an earlier version',
    case_hash UInt64 COMMENT 'sipHash64(source, id)',
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
    due_at DateTime64(3, 'UTC') COMMENT 'open: the deadline, far future where none',
    INDEX turns turn TYPE minmax GRANULARITY 1,
    INDEX local_days local_day TYPE minmax GRANULARITY 1
) ENGINE = ${MergeTree}
PARTITION BY toYear(day) ORDER BY (basis, superseded, day, case_hash);

DROP TABLE IF EXISTS event_days;

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
    n Int64 COMMENT 'cases now in this state; of a patch: how many more'
) ENGINE = ${MergeTree}
PARTITION BY toYear(day) ORDER BY (basis, local_day, day, version);
