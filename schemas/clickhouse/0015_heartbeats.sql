-- What 0014 has copied, and the way of a worker of the version before: first what it writes to, so that it stops instead of
-- writing to nowhere. A step of its own: until it begins, 0014 can be done again.
DROP TABLE IF EXISTS camera_messages;
DROP TABLE IF EXISTS camera_messages_in;
DROP TABLE IF EXISTS camera_heartbeats;
