-- Where the contacts of a source go while it is closed, and where a contact arrived that went to another source; how
-- many contacts of a source are given away in a time.
ALTER TABLE sources ADD COLUMN fallback_id INTEGER;
CREATE INDEX sources_fallback ON sources (fallback_id, id) WHERE fallback_id IS NOT NULL;
ALTER TABLE contacts ADD COLUMN original_source_id INTEGER;
ALTER TABLE sources ADD COLUMN caps TEXT;
