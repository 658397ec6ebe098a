-- Where and how sources take in what is sent to them without a key.
CREATE TABLE intakes (
    source_id INTEGER PRIMARY KEY,
    token     TEXT,
    settings  TEXT NOT NULL DEFAULT '{}',
    secret    TEXT
) STRICT;
CREATE UNIQUE INDEX intakes_token ON intakes (token);

-- What was received there, for a while.
CREATE TABLE payloads (
    id          INTEGER PRIMARY KEY,
    source_id   INTEGER NOT NULL,
    contact_id  INTEGER,
    state       INTEGER NOT NULL,
    reason      TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX payloads_source ON payloads (source_id, state, id);
CREATE INDEX payloads_contact ON payloads (contact_id);
CREATE INDEX payloads_received ON payloads (received_at);
ALTER TABLE next_ids ADD COLUMN payload INTEGER NOT NULL DEFAULT 1;
