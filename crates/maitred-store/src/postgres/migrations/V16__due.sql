-- When something changes by itself, one row for each subject: kind 0 is a scheduled contact. A projection of the rows of
-- the subjects; maitred-core says how it follows from them.
CREATE TABLE maitred.due (
    kind       SMALLINT NOT NULL,
    subject_id BIGINT   NOT NULL,
    at         BIGINT   NOT NULL,
    PRIMARY KEY (kind, subject_id)
);
CREATE INDEX due_at ON maitred.due (at, kind, subject_id);

-- Before when nobody gets a contact, and whether it waits for that outside of the waiting order.
ALTER TABLE maitred.contacts ADD COLUMN not_before BIGINT;
ALTER TABLE maitred.contacts ADD COLUMN scheduled BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE maitred.source_totals ADD COLUMN scheduled BIGINT NOT NULL DEFAULT 0;

DROP INDEX maitred.contacts_waiting;
CREATE INDEX contacts_waiting ON maitred.contacts (source_id, priority DESC, created_at, id)
    WHERE status = 0 AND NOT scheduled;
