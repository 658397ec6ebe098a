-- When operators work. What a calendar says, and what an operator has beyond it, is JSON that maitred-calendar reads.
CREATE TABLE calendars (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL,
    definition TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;
ALTER TABLE next_ids ADD COLUMN calendar INTEGER NOT NULL DEFAULT 1;

-- Exceptions and leave of operators, of those who have any.
CREATE TABLE personal_times (
    operator_id INTEGER PRIMARY KEY,
    definition  TEXT    NOT NULL
) STRICT;

-- What both are compiled to: maitred-core reads it, and counts how many times it was set. Beginnings and ends up to
-- hours_seen_at have been handled; the next one is a row of due, of kind 1.
ALTER TABLE operators ADD COLUMN calendar_id INTEGER;
ALTER TABLE operators ADD COLUMN hours BLOB;
ALTER TABLE operators ADD COLUMN hours_revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE operators ADD COLUMN hours_seen_at INTEGER;
CREATE INDEX operators_calendar ON operators (calendar_id, id) WHERE calendar_id IS NOT NULL;
