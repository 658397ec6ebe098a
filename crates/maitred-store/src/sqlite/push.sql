-- The file of keys, version 9.
-- The browsers in which operators are told (Web Push), what they were told there, and the key of the sender.
CREATE TABLE push_key (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    private_key BLOB    NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE push_browsers (
    id          INTEGER PRIMARY KEY,
    operator_id INTEGER NOT NULL,
    url         TEXT    NOT NULL,
    public_key  TEXT    NOT NULL,
    auth        TEXT    NOT NULL,
    language    TEXT,
    created_at  INTEGER NOT NULL,
    told_at     INTEGER,
    error       TEXT
) STRICT;
CREATE INDEX push_browsers_operator ON push_browsers (operator_id);

CREATE TABLE push_notices (
    contact_id  INTEGER NOT NULL,
    operator_id INTEGER NOT NULL,
    decision    INTEGER NOT NULL,
    error       TEXT,
    told_at     INTEGER NOT NULL,
    PRIMARY KEY (contact_id, operator_id)
) STRICT;
CREATE INDEX push_notices_told_at ON push_notices (told_at);
