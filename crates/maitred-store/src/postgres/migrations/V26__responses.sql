-- How soon contacts of a source are to be answered, in JSON that maitred-core reads; none if that does not matter.
ALTER TABLE maitred.sources ADD COLUMN urgency TEXT;

-- When somebody first responded, by when they were to, and when it was noted that nobody had.
ALTER TABLE maitred.contacts ADD COLUMN first_response_at BIGINT;
ALTER TABLE maitred.contacts ADD COLUMN respond_by BIGINT;
ALTER TABLE maitred.contacts ADD COLUMN overdue_at BIGINT;
ALTER TABLE maitred.source_totals ADD COLUMN overdue BIGINT NOT NULL DEFAULT 0;

-- Those to whom somebody should have responded, and nobody has.
CREATE INDEX contacts_overdue ON maitred.contacts (id)
    WHERE overdue_at IS NOT NULL AND first_response_at IS NULL AND status < 2;
