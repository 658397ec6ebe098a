-- The browsers in which operators are told (Web Push), what they were told there, and the key of the sender.
CREATE TABLE maitred.push_key (
    one         BIGINT PRIMARY KEY CHECK (one = 1),
    private_key BYTEA  NOT NULL,
    created_at  BIGINT NOT NULL
);

CREATE TABLE maitred.push_browsers (
    id          BIGINT PRIMARY KEY,
    operator_id BIGINT NOT NULL,
    url         TEXT   NOT NULL,
    public_key  TEXT   NOT NULL,
    auth        TEXT   NOT NULL,
    language    TEXT,
    created_at  BIGINT NOT NULL,
    told_at     BIGINT,
    error       TEXT
);
CREATE INDEX push_browsers_operator ON maitred.push_browsers (operator_id);

CREATE TABLE maitred.push_notices (
    contact_id  BIGINT NOT NULL,
    operator_id BIGINT NOT NULL,
    decision    BIGINT NOT NULL,
    error       TEXT,
    told_at     BIGINT NOT NULL,
    PRIMARY KEY (contact_id, operator_id)
);
CREATE INDEX push_notices_told_at ON maitred.push_notices (told_at);
