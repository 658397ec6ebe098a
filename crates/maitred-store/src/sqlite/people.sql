-- The file of keys, version 2: people who log in, and their sessions. Of passwords an argon2id hash is kept, of sessions
-- the SHA-256 of their token. Rows of people stay when they are disabled.

CREATE TABLE users (
    id            INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL,
    name_folded   TEXT    NOT NULL UNIQUE,
    role          INTEGER NOT NULL,
    operator_id   INTEGER,
    password      TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    created_by    TEXT    NOT NULL,
    disabled_at   INTEGER,
    disabled_by   TEXT,
    last_login_at INTEGER
) STRICT;

CREATE TABLE sessions (
    digest     BLOB    PRIMARY KEY,
    user_id    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id);

ALTER TABLE access ADD COLUMN next_user INTEGER NOT NULL DEFAULT 1;
