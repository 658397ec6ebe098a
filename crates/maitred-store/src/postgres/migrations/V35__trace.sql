-- Which contact a call of an endpoint was about, and when an operator was first told of one in Telegram: the page
-- "Where is my lead?" of a contact reads both.
ALTER TABLE maitred.deliveries ADD COLUMN contact_id BIGINT;
CREATE INDEX deliveries_contact ON maitred.deliveries (contact_id, id) WHERE contact_id IS NOT NULL;
ALTER TABLE maitred.telegram_notices ADD COLUMN told_at BIGINT;
