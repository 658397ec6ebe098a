-- Endpoints of webhooks: how far each is along the feed, what of it is still to be tried again, and what came of each
-- call. Written beside the batches, as keys are.
CREATE TABLE maitred.endpoints (
    id               BIGINT NOT NULL PRIMARY KEY,
    url              TEXT   NOT NULL,
    kinds            TEXT,
    sources          TEXT,
    secret           BYTEA  NOT NULL,
    old_secret       BYTEA,
    old_secret_until BIGINT,
    created_at       BIGINT NOT NULL,
    created_by       TEXT   NOT NULL,
    disabled_at      BIGINT,
    disabled_by      TEXT,
    fault            SMALLINT,
    announced_at     BIGINT,
    generation       BIGINT NOT NULL,
    position         BIGINT NOT NULL,
    failures         BIGINT NOT NULL,
    failing_since    BIGINT,
    delivered_at     BIGINT,
    throttled_until  BIGINT,
    replay_position  BIGINT,
    replay_to        BIGINT
);

-- Events at or before the position of their endpoint that it does not have yet. Those that wait for an earlier one of the
-- same subject (a contact, or the negative position of an event of none) have no time.
CREATE TABLE maitred.undelivered (
    endpoint_id BIGINT NOT NULL,
    position    BIGINT NOT NULL,
    subject     BIGINT NOT NULL,
    tries       BIGINT NOT NULL,
    next_at     BIGINT,
    PRIMARY KEY (endpoint_id, position)
);

CREATE TABLE maitred.deliveries (
    id          BIGINT NOT NULL PRIMARY KEY,
    endpoint_id BIGINT NOT NULL,
    position    BIGINT,
    lead_id     BIGINT,
    type        TEXT   NOT NULL,
    attempt     BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    status      BIGINT,
    error       TEXT,
    answer      TEXT
);
CREATE INDEX deliveries_endpoint ON maitred.deliveries (endpoint_id, id);
CREATE INDEX deliveries_at ON maitred.deliveries (at);
CREATE INDEX deliveries_lead ON maitred.deliveries (lead_id);

-- The next ids, which process sends and until when, and up to which event answers about erased leads were forgotten.
CREATE TABLE maitred.webhooks (
    one           BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    next_endpoint BIGINT NOT NULL,
    next_delivery BIGINT NOT NULL,
    sender        BIGINT NOT NULL,
    sender_until  BIGINT NOT NULL,
    forgotten_to  BIGINT NOT NULL
);
INSERT INTO maitred.webhooks VALUES (1, 1, 1, 0, 0, 0);
