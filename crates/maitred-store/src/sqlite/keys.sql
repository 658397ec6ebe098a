-- The file of keys, version 1. Only what a key's secret hashes to is here. Rows stay when a key is revoked.

CREATE TABLE keys (
    id           INTEGER PRIMARY KEY,
    name         TEXT    NOT NULL,
    role         INTEGER NOT NULL,
    source_id    INTEGER,
    operator_id  INTEGER,
    prefix       TEXT    NOT NULL UNIQUE,
    digest       BLOB    NOT NULL,
    created_at   INTEGER NOT NULL,
    created_by   TEXT    NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    revoked_at   INTEGER,
    revoked_by   TEXT
) STRICT;

-- The next id of a key, and a number that every change of keys raises: servers look at it and read keys anew.
CREATE TABLE access (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    version  INTEGER NOT NULL,
    next_key INTEGER NOT NULL
) STRICT;
INSERT INTO access VALUES (1, 0, 1);
