-- The demo: rows that figures leave out and that are removed together. Contacts and weights are of the demo if their
-- source is.
ALTER TABLE operators ADD COLUMN demo INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN demo INTEGER NOT NULL DEFAULT 0;
ALTER TABLE leads ADD COLUMN demo INTEGER NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN demo INTEGER NOT NULL DEFAULT 0;

-- Nothing but the demo is in them, so they cost no other contact anything.
CREATE INDEX sources_demo ON sources (id) WHERE demo;
CREATE INDEX leads_demo ON leads (id) WHERE demo AND erased_at IS NULL AND merged_into IS NULL;
-- Arrivals.
CREATE INDEX events_demo ON events (contact_id) WHERE demo AND kind = 0;
