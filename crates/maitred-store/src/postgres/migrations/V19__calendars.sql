-- When operators work. What a calendar says, and what an operator has beyond it, is JSON that maitred-calendar reads.
CREATE TABLE maitred.calendars (
    id         BIGINT PRIMARY KEY,
    name       TEXT   NOT NULL,
    definition TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);
ALTER TABLE maitred.next_ids ADD COLUMN calendar BIGINT NOT NULL DEFAULT 1;

-- Exceptions and leave of operators, of those who have any.
CREATE TABLE maitred.personal_times (
    operator_id BIGINT PRIMARY KEY,
    definition  TEXT   NOT NULL
);

-- What both are compiled to: maitred-core reads it, and counts how many times it was set. Beginnings and ends up to
-- hours_seen_at have been handled; the next one is a row of due, of kind 1.
ALTER TABLE maitred.operators ADD COLUMN calendar_id BIGINT;
ALTER TABLE maitred.operators ADD COLUMN hours BYTEA;
ALTER TABLE maitred.operators ADD COLUMN hours_revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE maitred.operators ADD COLUMN hours_seen_at BIGINT;
CREATE INDEX operators_calendar ON maitred.operators (calendar_id, id) WHERE calendar_id IS NOT NULL;
