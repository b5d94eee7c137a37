-- What is newest of a case or a device, as texts whose order by bytes is the order of the messages: the time (milliseconds,
-- 8 bytes, highest first), the rank of the stage (1 byte), the canonical JSON, then what is kept, each after a NUL. The
-- greatest of texts is found many times as fast as that of tuples (docs/decisions/0019). JSON holds no NUL as it is, and
-- words with one are refused.
CREATE TABLE event_newest (
    day Date,
    source LowCardinality(String),
    id String,
    reported_at DateTime64(3, 'UTC'),
    latest SimpleAggregateFunction(max, String)
        COMMENT 'of the latest message by time, stage order, content: area, category, channel, urgency',
    due SimpleAggregateFunction(max, String)
        COMMENT 'of the latest message that carries a deadline: its milliseconds; empty where none did',
    level SimpleAggregateFunction(max, String) COMMENT 'the same of the handling level',
    rating SimpleAggregateFunction(max, String) COMMENT 'the same of the rating'
) ENGINE = ${AggregatingMergeTree}
PARTITION BY toYear(day) ORDER BY (day, source, id, reported_at);

CREATE MATERIALIZED VIEW event_newest_in TO event_newest AS
WITH concat(reinterpretAsFixedString(byteSwap(toUInt64(toUnixTimestamp64Milli(at)))), char(rank), canonical, '\0') AS said
SELECT
    day, source, id, reported_at,
    concat(said, area, '\0', category, '\0', channel, '\0', urgency) AS latest,
    if(due_at IS NULL, '', concat(said, toString(toUnixTimestamp64Milli(assumeNotNull(due_at))))) AS due,
    if(level = '', '', concat(said, level)) AS level,
    if(rating = 0, '', concat(said, toString(rating))) AS rating
FROM event_messages;

DROP TABLE IF EXISTS event_cases_in;

INSERT INTO event_newest
WITH
    state -> concat(reinterpretAsFixedString(byteSwap(toUInt64(toUnixTimestamp64Milli(state.at)))), char(state.rank),
                    state.canonical, '\0') AS said
SELECT
    day, source, id, reported_at,
    concat(said(old.latest), old.latest.area, '\0', old.latest.category, '\0', old.latest.channel, '\0',
           old.latest.urgency) AS latest,
    if(old.due.rank = 0, '', concat(said(old.due), toString(toUnixTimestamp64Milli(old.due.value)))) AS due,
    if(old.level.rank = 0, '', concat(said(old.level), old.level.value)) AS level,
    if(old.rating.rank = 0, '', concat(said(old.rating), toString(old.rating.value))) AS rating
FROM event_cases AS old;

CREATE TABLE mediation_newest (
    day Date,
    source LowCardinality(String),
    id String,
    registered_at DateTime64(3, 'UTC'),
    latest SimpleAggregateFunction(max, String) COMMENT 'area, dispute type, origin',
    body SimpleAggregateFunction(max, String) COMMENT 'level of the mediating body',
    triage SimpleAggregateFunction(max, String),
    due SimpleAggregateFunction(max, String)
) ENGINE = ${AggregatingMergeTree}
PARTITION BY toYear(day) ORDER BY (day, source, id, registered_at);

CREATE MATERIALIZED VIEW mediation_newest_in TO mediation_newest AS
WITH concat(reinterpretAsFixedString(byteSwap(toUInt64(toUnixTimestamp64Milli(at)))), char(rank), canonical, '\0') AS said
SELECT
    day, source, id, registered_at,
    concat(said, area, '\0', dispute_type, '\0', origin) AS latest,
    if(body_level = '', '', concat(said, body_level)) AS body,
    if(triage = '', '', concat(said, triage)) AS triage,
    if(due_at IS NULL, '', concat(said, toString(toUnixTimestamp64Milli(assumeNotNull(due_at))))) AS due
FROM mediation_messages;

DROP TABLE IF EXISTS mediation_cases_in;

INSERT INTO mediation_newest
WITH
    state -> concat(reinterpretAsFixedString(byteSwap(toUInt64(toUnixTimestamp64Milli(state.at)))), char(state.rank),
                    state.canonical, '\0') AS said
SELECT
    day, source, id, registered_at,
    concat(said(old.latest), old.latest.area, '\0', old.latest.dispute_type, '\0', old.latest.origin) AS latest,
    if(old.body.rank = 0, '', concat(said(old.body), old.body.value)) AS body,
    if(old.triage.rank = 0, '', concat(said(old.triage), old.triage.value)) AS triage,
    if(old.due.rank = 0, '', concat(said(old.due), toString(toUnixTimestamp64Milli(old.due.value)))) AS due
FROM mediation_cases AS old;

-- Of a device: rank of the status (1 byte), then status, area, network and kind, each but the first after a NUL.
CREATE TABLE camera_heartbeats (
    hour DateTime('UTC') COMMENT 'hour of at: unit of recomputation' CODEC(DoubleDelta, ZSTD),
    device_id String CODEC(ZSTD),
    at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD),
    state SimpleAggregateFunction(max, String) CODEC(ZSTD),
    said_online SimpleAggregateFunction(max, UInt8) COMMENT 'one of the messages of this instant said online'
) ENGINE = ${AggregatingMergeTree}
PARTITION BY toYYYYMM(hour) ORDER BY (hour, device_id, at);

CREATE MATERIALIZED VIEW camera_heartbeats_in TO camera_heartbeats AS
SELECT
    hour, device_id, at,
    concat(char(rank), status, '\0', area, '\0', network, '\0', kind) AS state,
    toUInt8(status = 'online') AS said_online
FROM camera_messages;

DROP TABLE IF EXISTS camera_beats_in;

INSERT INTO camera_heartbeats
SELECT
    hour, device_id, at,
    concat(char(old.state.rank), old.state.status, '\0', old.state.area, '\0', old.state.network, '\0',
           old.state.kind) AS state,
    said_online
FROM camera_beats AS old;

CREATE TABLE camera_newest (
    device_id String,
    first_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    last SimpleAggregateFunction(max, String) COMMENT 'time (8 bytes as above) and state of the latest message',
    last_online SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'epoch where never'
) ENGINE = ${AggregatingMergeTree} ORDER BY device_id;

CREATE MATERIALIZED VIEW camera_newest_in TO camera_newest AS
SELECT
    device_id,
    at AS first_at,
    at AS last_at,
    concat(reinterpretAsFixedString(byteSwap(toUInt64(toUnixTimestamp64Milli(at)))), char(rank),
           status, '\0', area, '\0', network, '\0', kind) AS last,
    if(status = 'online', at, toDateTime64(0, 3, 'UTC')) AS last_online
FROM camera_messages;

DROP TABLE IF EXISTS camera_state_in;

INSERT INTO camera_newest
SELECT
    device_id, first_at,
    old.last.at AS last_at,
    concat(reinterpretAsFixedString(byteSwap(toUInt64(toUnixTimestamp64Milli(old.last.at)))), char(old.last.rank),
           old.last.status, '\0', old.last.area, '\0', old.last.network, '\0', old.last.kind) AS last,
    last_online
FROM camera_state AS old;
