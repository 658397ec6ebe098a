-- The priority that counts stays where it is, in the waiting order; beside it, what was sent if that is lower, and the
-- least that a contact was raised to.
ALTER TABLE contacts ADD COLUMN sent_priority INTEGER;
ALTER TABLE contacts ADD COLUMN raised_to INTEGER;

-- When a contact that waits reaches its next step, and from when on its waiting counts if it was reopened.
ALTER TABLE contacts ADD COLUMN raise_at INTEGER;
ALTER TABLE contacts ADD COLUMN reopened_at INTEGER;
