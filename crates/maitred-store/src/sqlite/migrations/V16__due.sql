-- When something changes by itself, one row for each subject: kind 0 is a scheduled contact. A projection of the rows of
-- the subjects; maitred-core says how it follows from them.
CREATE TABLE due (
    kind       INTEGER NOT NULL,
    subject_id INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (kind, subject_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX due_at ON due (at, kind, subject_id);

-- Before when nobody gets a contact, and whether it waits for that outside of the waiting order.
ALTER TABLE contacts ADD COLUMN not_before INTEGER;
ALTER TABLE contacts ADD COLUMN scheduled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source_totals ADD COLUMN scheduled INTEGER NOT NULL DEFAULT 0;

DROP INDEX contacts_waiting;
CREATE INDEX contacts_waiting ON contacts (source_id, priority DESC, created_at, id) WHERE status = 0 AND NOT scheduled;
