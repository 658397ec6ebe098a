-- The words of leads' names, by which they are found. Rows that are there get theirs from migrate.rs.
CREATE TABLE maitred.lead_words (
    word    TEXT COLLATE "C" NOT NULL,
    lead_id BIGINT           NOT NULL,
    PRIMARY KEY (word, lead_id)
);
CREATE INDEX lead_words_lead ON maitred.lead_words (lead_id, word);
DROP INDEX maitred.leads_name;
ALTER TABLE maitred.leads DROP COLUMN name_folded;

-- What identities are searched by: without letter case, and phones by their last digits.
ALTER TABLE maitred.identities ADD COLUMN search TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE maitred.identities ADD COLUMN tail TEXT COLLATE "C";
CREATE INDEX identities_search ON maitred.identities (kind, search);
CREATE INDEX identities_tail ON maitred.identities (tail) WHERE tail IS NOT NULL;
