-- What another system calls an operator.
ALTER TABLE operators ADD COLUMN external_id TEXT;
CREATE UNIQUE INDEX operators_external_id ON operators (external_id) WHERE deleted_at IS NULL;
