-- Telegram: bots of sources, chats of operators, and the messages that operators were sent. They change beside the
-- batches, as keys do.

-- What raises the version is read again by all servers; the position is how far in the feed operators were told.
CREATE TABLE maitred.telegram (
    one      BIGINT PRIMARY KEY CHECK (one = 1),
    version  BIGINT NOT NULL,
    position BIGINT NOT NULL
);
INSERT INTO maitred.telegram VALUES (1, 0, -1);

CREATE TABLE maitred.telegram_bots (
    source_id   BIGINT  PRIMARY KEY,
    token       TEXT,
    bot_id      BIGINT,
    username    TEXT,
    fault       TEXT,
    fault_at    BIGINT,
    shows_phone_since BIGINT
);

CREATE TABLE maitred.telegram_chats (
    operator_id BIGINT PRIMARY KEY,
    source_id   BIGINT NOT NULL,
    chat_id     BIGINT NOT NULL,
    language    TEXT,
    linked_at   BIGINT NOT NULL,
    blocked_at  BIGINT
);

-- Only what a code hashes to is here.
CREATE TABLE maitred.telegram_codes (
    operator_id BIGINT PRIMARY KEY,
    digest      BYTEA  NOT NULL,
    expires_at  BIGINT NOT NULL
);

CREATE TABLE maitred.telegram_notices (
    contact_id  BIGINT   NOT NULL,
    operator_id BIGINT   NOT NULL,
    source_id   BIGINT   NOT NULL,
    chat_id     BIGINT   NOT NULL,
    message_id  BIGINT   NOT NULL,
    decision    BIGINT   NOT NULL,
    state       SMALLINT NOT NULL,
    updated_at  BIGINT   NOT NULL,
    PRIMARY KEY (contact_id, operator_id)
);
CREATE INDEX telegram_notices_ended ON maitred.telegram_notices (updated_at) WHERE state = 2;

-- Which process polls a bot, or tells operators, and until when no other does.
CREATE TABLE maitred.telegram_turns (
    name     TEXT   PRIMARY KEY,
    node     BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);
