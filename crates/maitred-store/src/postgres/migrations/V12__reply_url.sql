-- The template of the address at which the leads of a source are answered.
ALTER TABLE maitred.sources ADD COLUMN reply_url TEXT;

-- Who did something with a contact by hand: releasing, transferring, resolving, reopening, editing. Arriving and being
-- assigned, which most events are about, are not in it.
CREATE INDEX events_by_hand ON maitred.events (contact_id, at) WHERE kind IN (2, 3, 4, 5, 6);
