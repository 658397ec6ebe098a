-- People who log in, and their sessions. Of passwords an argon2id hash is kept, of sessions the SHA-256 of their token.
-- Rows of people stay when they are disabled.
CREATE TABLE maitred.users (
    id            BIGINT   PRIMARY KEY,
    name          TEXT     NOT NULL,
    name_folded   TEXT     NOT NULL,
    role          SMALLINT NOT NULL,
    operator_id   BIGINT,
    password      TEXT     NOT NULL,
    created_at    BIGINT   NOT NULL,
    created_by    TEXT     NOT NULL,
    disabled_at   BIGINT,
    disabled_by   TEXT,
    last_login_at BIGINT
);
CREATE UNIQUE INDEX users_name ON maitred.users (name_folded);

CREATE TABLE maitred.sessions (
    digest     BYTEA  PRIMARY KEY,
    user_id    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
);
CREATE INDEX sessions_user ON maitred.sessions (user_id);

ALTER TABLE maitred.access ADD COLUMN next_user BIGINT NOT NULL DEFAULT 1;
