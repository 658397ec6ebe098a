-- When all that told who a lead is was forgotten, and while the texts of his contacts are: the last one that is done.
ALTER TABLE maitred.leads ADD COLUMN erased_at BIGINT;
ALTER TABLE maitred.leads ADD COLUMN erasing_behind BIGINT;
CREATE INDEX leads_erasing ON maitred.leads (id) WHERE erasing_behind IS NOT NULL;
-- Whom a lead absorbed.
CREATE INDEX leads_merged ON maitred.leads (merged_into) WHERE merged_into IS NOT NULL;
