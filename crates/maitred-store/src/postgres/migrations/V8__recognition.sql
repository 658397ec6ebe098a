-- What the sender said of the lead that the lead does not have: values that identify nobody, another name.
ALTER TABLE maitred.contacts ADD COLUMN sent TEXT;

-- The id space of a source's external ids, if it shares one with others.
ALTER TABLE maitred.sources ADD COLUMN id_space TEXT;

-- External ids mean one person within an id space. Those that are stored keep working: nobody knows where one came from,
-- so each is put in the space of every source that its lead has contacts from, and besides in the space "compat", where
-- the dialects of other services look as well, if it may have come by one of them (their sources are bots, or other).
CREATE TABLE maitred.identities_in_spaces (
    kind    SMALLINT         NOT NULL,
    value   TEXT COLLATE "C" NOT NULL,
    space   TEXT COLLATE "C" NOT NULL,
    lead_id BIGINT           NOT NULL
);
INSERT INTO maitred.identities_in_spaces SELECT kind, value, '', lead_id FROM maitred.identities WHERE kind <> 0;
INSERT INTO maitred.identities_in_spaces
    SELECT DISTINCT i.kind, i.value,
           CASE s.kind WHEN 1 THEN 'telegram' WHEN 2 THEN 'whatsapp' ELSE 'source:' || s.id END, i.lead_id
    FROM maitred.identities i JOIN maitred.contacts c ON c.lead_id = i.lead_id
    JOIN maitred.sources s ON s.id = c.source_id WHERE i.kind = 0;
INSERT INTO maitred.identities_in_spaces
    SELECT i.kind, i.value, 'compat', i.lead_id FROM maitred.identities i
    WHERE i.kind = 0 AND (NOT EXISTS (SELECT 1 FROM maitred.contacts c WHERE c.lead_id = i.lead_id)
        OR EXISTS (SELECT 1 FROM maitred.contacts c JOIN maitred.sources s ON s.id = c.source_id
                   WHERE c.lead_id = i.lead_id AND s.kind IN (0, 6)));
DROP TABLE maitred.identities;
ALTER TABLE maitred.identities_in_spaces RENAME TO identities;
ALTER TABLE maitred.identities ADD PRIMARY KEY (kind, value, space);
CREATE INDEX identities_lead ON maitred.identities (lead_id);
