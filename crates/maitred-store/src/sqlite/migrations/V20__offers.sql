-- How a source offers its contacts, in JSON that maitred-core reads; none if it does not.
ALTER TABLE sources ADD COLUMN offers TEXT;

-- Until when its operator may accept a contact and when they did, when a contact that rests may be offered to all again,
-- and who was asked already, in JSON that maitred-core reads.
ALTER TABLE contacts ADD COLUMN accept_by INTEGER;
ALTER TABLE contacts ADD COLUMN accepted_at INTEGER;
ALTER TABLE contacts ADD COLUMN retry_at INTEGER;
ALTER TABLE contacts ADD COLUMN attempts TEXT;
ALTER TABLE source_totals ADD COLUMN resting INTEGER NOT NULL DEFAULT 0;

-- How many offers in a row somebody did not answer.
ALTER TABLE operators ADD COLUMN misses INTEGER NOT NULL DEFAULT 0;

-- What rests is not in the waiting order.
DROP INDEX contacts_waiting;
CREATE INDEX contacts_waiting ON contacts (source_id, priority DESC, created_at, id)
    WHERE status = 0 AND NOT scheduled AND retry_at IS NULL;
CREATE INDEX contacts_resting ON contacts (source_id, priority DESC, created_at, id) WHERE retry_at IS NOT NULL;
