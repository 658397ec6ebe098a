-- The file of keys, version 5. Which contact a call of an endpoint was about, and when an operator was first told of one in
-- Telegram: the page "Where is my lead?" of a contact reads both.
ALTER TABLE deliveries ADD COLUMN contact_id INTEGER;
CREATE INDEX deliveries_contact ON deliveries (contact_id, id) WHERE contact_id IS NOT NULL;
ALTER TABLE telegram_notices ADD COLUMN told_at INTEGER;
