-- How soon contacts of a source are to be answered, in JSON that maitred-core reads; none if that does not matter.
ALTER TABLE sources ADD COLUMN urgency TEXT;

-- When somebody first responded, by when they were to, and when it was noted that nobody had.
ALTER TABLE contacts ADD COLUMN first_response_at INTEGER;
ALTER TABLE contacts ADD COLUMN respond_by INTEGER;
ALTER TABLE contacts ADD COLUMN overdue_at INTEGER;
ALTER TABLE source_totals ADD COLUMN overdue INTEGER NOT NULL DEFAULT 0;

-- Those to whom somebody should have responded, and nobody has.
CREATE INDEX contacts_overdue ON contacts (id)
    WHERE overdue_at IS NOT NULL AND first_response_at IS NULL AND status < 2;
