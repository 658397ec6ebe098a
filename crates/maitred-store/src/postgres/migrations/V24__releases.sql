-- After how many seconds contacts of an operator who left are released, in JSON that maitred-core reads; nothing where they
-- stay with them.
ALTER TABLE maitred.sources ADD COLUMN releases TEXT;
-- When a contact is released whose operator has left, unless they are back before: a row of due, of kind 0.
ALTER TABLE maitred.contacts ADD COLUMN release_at BIGINT;
-- Since when an operator is off shift; behind which contact of theirs it is still to be said when each is released; and
-- whether any may say so.
ALTER TABLE maitred.operators ADD COLUMN off_at BIGINT;
ALTER TABLE maitred.operators ADD COLUMN marking_behind BIGINT;
ALTER TABLE maitred.operators ADD COLUMN has_marks BOOLEAN NOT NULL DEFAULT FALSE;
