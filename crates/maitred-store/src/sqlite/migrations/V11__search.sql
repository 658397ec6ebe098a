-- The words of leads' names, by which they are found. The functions are those of search.rs.
CREATE TABLE lead_words (
    word    TEXT    NOT NULL,
    lead_id INTEGER NOT NULL REFERENCES leads (id),
    PRIMARY KEY (word, lead_id)
) STRICT, WITHOUT ROWID;
INSERT INTO lead_words
    SELECT w.value, l.id FROM leads l, json_each(maitred_words(l.name)) w WHERE l.name IS NOT NULL ORDER BY 1, 2;
CREATE INDEX lead_words_lead ON lead_words (lead_id, word);
DROP INDEX leads_name;
ALTER TABLE leads DROP COLUMN name_folded;

-- What identities are searched by: without letter case, and phones by their last digits.
ALTER TABLE identities ADD COLUMN search TEXT NOT NULL DEFAULT '';
ALTER TABLE identities ADD COLUMN tail TEXT;
UPDATE identities SET search = maitred_searched(kind, value), tail = maitred_tail(kind, value);
CREATE INDEX identities_search ON identities (kind, search);
CREATE INDEX identities_tail ON identities (tail) WHERE tail IS NOT NULL;
