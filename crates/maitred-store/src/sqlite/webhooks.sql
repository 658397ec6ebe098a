-- The file of keys, version 3. Endpoints of webhooks: how far each is along the feed, what of it is still to be tried again, and what came of each
-- call.
CREATE TABLE endpoints (
    id               INTEGER NOT NULL PRIMARY KEY,
    url              TEXT   NOT NULL,
    kinds            TEXT,
    sources          TEXT,
    secret           BLOB  NOT NULL,
    old_secret       BLOB,
    old_secret_until INTEGER,
    created_at       INTEGER NOT NULL,
    created_by       TEXT   NOT NULL,
    disabled_at      INTEGER,
    disabled_by      TEXT,
    fault            INTEGER,
    announced_at     INTEGER,
    generation       INTEGER NOT NULL,
    position         INTEGER NOT NULL,
    failures         INTEGER NOT NULL,
    failing_since    INTEGER,
    delivered_at     INTEGER,
    throttled_until  INTEGER,
    replay_position  INTEGER,
    replay_to        INTEGER
) STRICT;

-- Events at or before the position of their endpoint that it does not have yet. Those that wait for an earlier one of the
-- same subject (a contact, or the negative position of an event of none) have no time.
CREATE TABLE undelivered (
    endpoint_id INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    subject     INTEGER NOT NULL,
    tries       INTEGER NOT NULL,
    next_at     INTEGER,
    PRIMARY KEY (endpoint_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
    id          INTEGER NOT NULL PRIMARY KEY,
    endpoint_id INTEGER NOT NULL,
    position    INTEGER,
    lead_id     INTEGER,
    type        TEXT   NOT NULL,
    attempt     INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    status      INTEGER,
    error       TEXT,
    answer      TEXT
) STRICT;
CREATE INDEX deliveries_endpoint ON deliveries (endpoint_id, id);
CREATE INDEX deliveries_at ON deliveries (at);
CREATE INDEX deliveries_lead ON deliveries (lead_id);

-- The next ids, which process sends and until when, and up to which event answers about erased leads were forgotten.
CREATE TABLE webhooks (
    one           INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    next_endpoint INTEGER NOT NULL,
    next_delivery INTEGER NOT NULL,
    sender        INTEGER NOT NULL,
    sender_until  INTEGER NOT NULL,
    forgotten_to  INTEGER NOT NULL
) STRICT;
INSERT INTO webhooks VALUES (1, 1, 1, 0, 0, 0);
