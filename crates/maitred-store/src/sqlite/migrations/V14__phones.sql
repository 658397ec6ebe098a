-- Whether phones of a source may be extensions.
ALTER TABLE sources ADD COLUMN short_phones INTEGER NOT NULL DEFAULT 0;

-- The last lead whose phones were read again after a source got a country, while there are more to be read.
ALTER TABLE sources ADD COLUMN reread_behind INTEGER;
CREATE INDEX sources_rereading ON sources (id) WHERE reread_behind IS NOT NULL;

-- Phones that could not be read: as they were sent, not as E.164. +83 and +89 are no country, but how +8 is written for
-- the trunk 8 of Russia.
CREATE INDEX identities_unread ON identities (lead_id, value)
    WHERE kind = 1 AND space = '' AND (substr(value, 1, 1) <> '+' OR ltrim(value, '+0123456789;=ext') <> ''
        OR substr(value, 1, 3) IN ('+83', '+89'));
