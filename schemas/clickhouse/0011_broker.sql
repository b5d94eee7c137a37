-- A worker whose broker does not answer has nothing that waits and still knows of nothing new: it tells that, too.
ALTER TABLE pipeline
    ADD COLUMN IF NOT EXISTS broker_s Float64 DEFAULT 0 COMMENT 'seconds since the broker last answered this worker';
