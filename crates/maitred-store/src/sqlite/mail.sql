-- The file of keys, version 6.
-- What operators were told by e-mail, and whose address refuses it.
CREATE TABLE mail_notices (
    contact_id  INTEGER NOT NULL,
    operator_id INTEGER NOT NULL,
    decision    INTEGER NOT NULL,
    error       TEXT,
    told_at     INTEGER NOT NULL,
    PRIMARY KEY (contact_id, operator_id)
) STRICT;
CREATE INDEX mail_notices_told_at ON mail_notices (told_at);

CREATE TABLE mail_faults (
    operator_id INTEGER PRIMARY KEY,
    address     TEXT NOT NULL,
    error       TEXT NOT NULL,
    failed_at   INTEGER NOT NULL
) STRICT;
