-- By which calendar a source is open, and what that is compiled to, as of operators. Openings and closings up to
-- hours_seen_at have been handled; the next one is a row of due, of kind 2.
ALTER TABLE sources ADD COLUMN calendar_id INTEGER;
ALTER TABLE sources ADD COLUMN hours BLOB;
ALTER TABLE sources ADD COLUMN hours_revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN hours_seen_at INTEGER;
CREATE INDEX sources_calendar ON sources (calendar_id, id) WHERE calendar_id IS NOT NULL;
