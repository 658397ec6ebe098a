-- Who asked for what an event tells: `system`, `anonymous`, `cli`, `key:3`, `user:7`. Events from before have none.
ALTER TABLE maitred.events ADD COLUMN actor TEXT;

-- Keys of the API. Only what a key's secret hashes to is here. Rows stay when a key is revoked.
CREATE TABLE maitred.keys (
    id           BIGINT   PRIMARY KEY,
    name         TEXT     NOT NULL,
    role         SMALLINT NOT NULL,
    source_id    BIGINT,
    operator_id  BIGINT,
    prefix       TEXT     NOT NULL,
    digest       BYTEA    NOT NULL,
    created_at   BIGINT   NOT NULL,
    created_by   TEXT     NOT NULL,
    expires_at   BIGINT,
    last_used_at BIGINT,
    revoked_at   BIGINT,
    revoked_by   TEXT
);
CREATE UNIQUE INDEX keys_prefix ON maitred.keys (prefix);

-- The next id of a key, and a number that every change of keys raises: nodes look at it and read keys anew.
CREATE TABLE maitred.access (
    one      BIGINT PRIMARY KEY CHECK (one = 1),
    version  BIGINT NOT NULL,
    next_key BIGINT NOT NULL
);
INSERT INTO maitred.access VALUES (1, 0, 1);
