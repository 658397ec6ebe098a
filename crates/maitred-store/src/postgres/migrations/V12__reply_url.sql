-- The template of the address at which the leads of a source are answered.
ALTER TABLE maitred.sources ADD COLUMN reply_url TEXT;
