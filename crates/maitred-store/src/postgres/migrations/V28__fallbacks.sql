-- Where the contacts of a source go while it is closed, and where a contact arrived that went to another source; how
-- many contacts of a source are given away in a time.
ALTER TABLE maitred.sources ADD COLUMN fallback_id BIGINT;
CREATE INDEX sources_fallback ON maitred.sources (fallback_id, id) WHERE fallback_id IS NOT NULL;
ALTER TABLE maitred.contacts ADD COLUMN original_source_id BIGINT;
ALTER TABLE maitred.sources ADD COLUMN caps TEXT;
