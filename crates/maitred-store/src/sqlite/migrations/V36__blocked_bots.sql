-- The source whose bot a lead blocked last, and since when that is known.
ALTER TABLE leads ADD COLUMN blocked_source_id INTEGER;
ALTER TABLE leads ADD COLUMN blocked_at INTEGER;
