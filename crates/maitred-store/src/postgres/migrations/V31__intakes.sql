-- Where and how sources take in what is sent to them without a key.
CREATE TABLE maitred.intakes (
    source_id BIGINT PRIMARY KEY,
    token     TEXT,
    settings  TEXT NOT NULL DEFAULT '{}',
    secret    TEXT
);
CREATE UNIQUE INDEX intakes_token ON maitred.intakes (token);

-- What was received there, for a while.
CREATE TABLE maitred.payloads (
    id          BIGINT   PRIMARY KEY,
    source_id   BIGINT   NOT NULL,
    contact_id  BIGINT,
    state       SMALLINT NOT NULL,
    reason      TEXT     NOT NULL,
    body        TEXT     NOT NULL,
    received_at BIGINT   NOT NULL
);
CREATE INDEX payloads_source ON maitred.payloads (source_id, state, id);
CREATE INDEX payloads_contact ON maitred.payloads (contact_id);
CREATE INDEX payloads_received ON maitred.payloads (received_at);
ALTER TABLE maitred.next_ids ADD COLUMN payload BIGINT NOT NULL DEFAULT 1;
