-- What the sender said of the lead that the lead does not have: values that identify nobody, another name.
ALTER TABLE contacts ADD COLUMN sent TEXT;

-- The id space of a source's external ids, if it shares one with others.
ALTER TABLE sources ADD COLUMN id_space TEXT;

-- External ids mean one person within an id space. Those that are stored keep working: nobody knows where one came from,
-- so each is put in the space of every source that its lead has contacts from, and besides in the space "compat", where
-- the dialects of other services look as well, if it may have come by one of them (their sources are bots, or other).
CREATE TABLE identities_in_spaces (
    kind    INTEGER NOT NULL,
    value   TEXT    NOT NULL,
    space   TEXT    NOT NULL,
    lead_id INTEGER NOT NULL REFERENCES leads (id),
    PRIMARY KEY (kind, value, space)
) STRICT, WITHOUT ROWID;
INSERT INTO identities_in_spaces SELECT kind, value, '', lead_id FROM identities WHERE kind <> 0;
INSERT INTO identities_in_spaces
    SELECT DISTINCT i.kind, i.value,
           CASE s.kind WHEN 1 THEN 'telegram' WHEN 2 THEN 'whatsapp' ELSE 'source:' || s.id END, i.lead_id
    FROM identities i JOIN contacts c ON c.lead_id = i.lead_id JOIN sources s ON s.id = c.source_id WHERE i.kind = 0;
INSERT INTO identities_in_spaces
    SELECT i.kind, i.value, 'compat', i.lead_id FROM identities i
    WHERE i.kind = 0 AND (NOT EXISTS (SELECT 1 FROM contacts c WHERE c.lead_id = i.lead_id)
        OR EXISTS (SELECT 1 FROM contacts c JOIN sources s ON s.id = c.source_id
                   WHERE c.lead_id = i.lead_id AND s.kind IN (0, 6)));
DROP TABLE identities;
ALTER TABLE identities_in_spaces RENAME TO identities;
CREATE INDEX identities_lead ON identities (lead_id);
