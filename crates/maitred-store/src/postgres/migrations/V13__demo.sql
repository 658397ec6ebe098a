-- The demo: rows that figures leave out and that are removed together. Contacts and weights are of the demo if their
-- source is.
ALTER TABLE maitred.operators ADD COLUMN demo BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE maitred.sources ADD COLUMN demo BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE maitred.leads ADD COLUMN demo BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE maitred.events ADD COLUMN demo BOOLEAN NOT NULL DEFAULT false;

-- Nothing but the demo is in them, so they cost no other contact anything.
CREATE INDEX sources_demo ON maitred.sources (id) WHERE demo;
CREATE INDEX leads_demo ON maitred.leads (id) WHERE demo AND erased_at IS NULL AND merged_into IS NULL;
-- Arrivals.
CREATE INDEX events_demo ON maitred.events (contact_id) WHERE demo AND kind = 0;
