-- What devices said, as a set: the same message twice is one row, and the reader takes the greatest of an instant. No state
-- is merged, and few words make many rows, so that an insert and a merge cost two thirds and a third (docs/decisions/0023).

-- What the agent inserts: one row a message. `state` is the rank of the status (1 byte), then status, area, network and
-- kind, each but the first after a NUL.
CREATE TABLE device_messages (
    hour DateTime('UTC'),
    device_id LowCardinality(String),
    at DateTime64(3, 'UTC'),
    state LowCardinality(String),
    edge UInt8 COMMENT '0: others of the same insert make this one neither the first nor the last of its device, nor the last online'
) ENGINE = Null;

CREATE TABLE camera_said (
    hour DateTime('UTC') COMMENT 'hour of at: unit of recomputation' CODEC(DoubleDelta, ZSTD),
    device_id LowCardinality(String) CODEC(ZSTD),
    at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD),
    state LowCardinality(String) CODEC(ZSTD)
) ENGINE = ${ReplacingMergeTree}
PARTITION BY toYYYYMM(hour) ORDER BY (hour, device_id, at, state)
SETTINGS min_parts_to_merge_at_once = 12;

CREATE MATERIALIZED VIEW camera_said_in TO camera_said AS
SELECT hour, device_id, at, state FROM device_messages;

CREATE MATERIALIZED VIEW camera_newest_from_devices_in TO camera_newest AS
SELECT
    device_id,
    min(said_at) AS first_at,
    max(said_at) AS last_at,
    max(concat(reinterpretAsFixedString(byteSwap(toUInt64(toUnixTimestamp64Milli(said_at)))), state)) AS last,
    max(if(startsWith(substring(state, 2), 'online\0'), said_at, toDateTime64(0, 3, 'UTC'))) AS last_online
FROM (SELECT device_id, at AS said_at, state FROM device_messages WHERE edge = 1)
GROUP BY device_id;

CREATE MATERIALIZED VIEW feeds_devices_in TO feeds AS
SELECT 'cameras' AS topic, min(at) AS first_at, max(at) AS last_at FROM device_messages GROUP BY topic;

CREATE MATERIALIZED VIEW feed_hours_devices_in TO feed_hours AS
SELECT 'cameras' AS topic, '' AS source, hour, min(at) AS first_at, max(at) AS last_at
FROM device_messages GROUP BY hour;

-- A worker of the version before that still writes is heard until the old tables go.
CREATE MATERIALIZED VIEW camera_messages_in TO device_messages AS
SELECT hour, device_id, at, concat(char(rank), status, '\0', area, '\0', network, '\0', kind) AS state, toUInt8(1) AS edge
FROM camera_messages;

DROP TABLE IF EXISTS camera_heartbeats_in;
DROP TABLE IF EXISTS camera_newest_in;
DROP TABLE IF EXISTS feeds_cameras_in;
DROP TABLE IF EXISTS feed_hours_cameras_in;

-- Where one of the messages of an instant said online though another weighs more, both.
INSERT INTO camera_said
WITH substring(state, position(state, '\0')) AS rest
SELECT
    hour, device_id, at,
    arrayJoin(if(said_online = 1, [state, concat(char(1), 'online', rest)], [state])) AS state
FROM camera_heartbeats AS old;
