-- Of the messages of a case in one insert only those can be the newest that none of the others supersedes: the rest is not
-- made a text of and compared. `edge` is 0 for what others of the same insert supersede; a worker that does not tell says 1.
ALTER TABLE event_messages ADD COLUMN IF NOT EXISTS edge UInt8 DEFAULT 1;

CREATE MATERIALIZED VIEW event_newest_of_edges_in TO event_newest AS
WITH concat(reinterpretAsFixedString(byteSwap(toUInt64(toUnixTimestamp64Milli(at)))), char(rank), canonical, '\0') AS said
SELECT
    day, source, id, reported_at,
    concat(said, area, '\0', category, '\0', channel, '\0', urgency) AS latest,
    if(due_at IS NULL, '', concat(said, toString(toUnixTimestamp64Milli(assumeNotNull(due_at))))) AS due,
    if(level = '', '', concat(said, level)) AS level,
    if(rating = 0, '', concat(said, toString(rating))) AS rating
FROM event_messages WHERE edge = 1;

DROP TABLE IF EXISTS event_newest_in;
