-- Who is to get a contact rather than anybody else, and for how many seconds it is reserved for them.
ALTER TABLE contacts ADD COLUMN wanted_operator_id INTEGER;
ALTER TABLE contacts ADD COLUMN wanted_for_s INTEGER NOT NULL DEFAULT 0;
