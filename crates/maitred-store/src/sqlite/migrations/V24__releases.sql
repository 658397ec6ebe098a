-- After how many seconds contacts of an operator who left are released, in JSON that maitred-core reads; nothing where they
-- stay with them.
ALTER TABLE sources ADD COLUMN releases TEXT;
-- When a contact is released whose operator has left, unless they are back before: a row of due, of kind 0.
ALTER TABLE contacts ADD COLUMN release_at INTEGER;
-- Since when an operator is off shift; behind which contact of theirs it is still to be said when each is released; and
-- whether any may say so.
ALTER TABLE operators ADD COLUMN off_at INTEGER;
ALTER TABLE operators ADD COLUMN marking_behind INTEGER;
ALTER TABLE operators ADD COLUMN has_marks INTEGER NOT NULL DEFAULT 0;
