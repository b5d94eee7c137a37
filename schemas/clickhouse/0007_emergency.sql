-- When an emergency mode ends by itself; the epoch: by hand. It is part of the key, so that two actions that differ in it
-- alone are two, whatever order they come in.
ALTER TABLE actions
    ADD COLUMN IF NOT EXISTS until DateTime64(3, 'UTC'),
    MODIFY ORDER BY (warning_id, at, action, actor, note, until);
