-- When all that told who a lead is was forgotten, and while the texts of his contacts are: the last one that is done.
ALTER TABLE leads ADD COLUMN erased_at INTEGER;
ALTER TABLE leads ADD COLUMN erasing_behind INTEGER;
CREATE INDEX leads_erasing ON leads (id) WHERE erasing_behind IS NOT NULL;
-- Whom a lead absorbed.
CREATE INDEX leads_merged ON leads (merged_into) WHERE merged_into IS NOT NULL;
