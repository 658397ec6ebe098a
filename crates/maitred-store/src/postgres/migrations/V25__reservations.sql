-- Who is to get a contact rather than anybody else, and for how many seconds it is reserved for them.
ALTER TABLE maitred.contacts ADD COLUMN wanted_operator_id BIGINT;
ALTER TABLE maitred.contacts ADD COLUMN wanted_for_s BIGINT NOT NULL DEFAULT 0;
