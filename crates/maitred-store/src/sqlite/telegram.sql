-- The file of keys, with Telegram: bots of sources, chats of operators, and the messages that operators were sent. They change beside the
-- batches, as keys do.

-- What raises the version is read again by all servers; the position is how far in the feed operators were told.
CREATE TABLE telegram (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    version  INTEGER NOT NULL,
    position INTEGER NOT NULL
) STRICT;
INSERT INTO telegram VALUES (1, 0, -1);

CREATE TABLE telegram_bots (
    source_id   INTEGER  PRIMARY KEY,
    token       TEXT,
    bot_id      INTEGER,
    username    TEXT,
    fault       TEXT,
    fault_at    INTEGER,
    shows_phone_since INTEGER
) STRICT;

CREATE TABLE telegram_chats (
    operator_id INTEGER PRIMARY KEY,
    source_id   INTEGER NOT NULL,
    chat_id     INTEGER NOT NULL,
    language    TEXT,
    linked_at   INTEGER NOT NULL,
    blocked_at  INTEGER
) STRICT;

-- Only what a code hashes to is here.
CREATE TABLE telegram_codes (
    operator_id INTEGER PRIMARY KEY,
    digest      BLOB  NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE telegram_notices (
    contact_id  INTEGER   NOT NULL,
    operator_id INTEGER   NOT NULL,
    source_id   INTEGER   NOT NULL,
    chat_id     INTEGER   NOT NULL,
    message_id  INTEGER   NOT NULL,
    decision    INTEGER   NOT NULL,
    state       INTEGER NOT NULL,
    updated_at  INTEGER   NOT NULL,
    PRIMARY KEY (contact_id, operator_id)
) STRICT;
CREATE INDEX telegram_notices_ended ON telegram_notices (updated_at) WHERE state = 2;

-- Which process polls a bot, or tells operators, and until when no other does.
CREATE TABLE telegram_turns (
    name     TEXT   PRIMARY KEY,
    node     INTEGER NOT NULL,
    until_at INTEGER NOT NULL
) STRICT;
