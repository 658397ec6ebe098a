-- By which calendar a source is open, and what that is compiled to, as of operators. Openings and closings up to
-- hours_seen_at have been handled; the next one is a row of due, of kind 2.
ALTER TABLE maitred.sources ADD COLUMN calendar_id BIGINT;
ALTER TABLE maitred.sources ADD COLUMN hours BYTEA;
ALTER TABLE maitred.sources ADD COLUMN hours_revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE maitred.sources ADD COLUMN hours_seen_at BIGINT;
CREATE INDEX sources_calendar ON maitred.sources (calendar_id, id) WHERE calendar_id IS NOT NULL;
