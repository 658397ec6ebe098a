-- What reports are made of. All of it follows from the feed; maitred-core says how, and decodes the bodies. A job reads the
-- feed, and the one row of report_progress says how far; what is not there yet is filled in from the first event on.
CREATE TABLE maitred.report_progress (
    one      BIGINT PRIMARY KEY,
    position BIGINT NOT NULL,
    at       BIGINT NOT NULL
);

-- Contacts that are open: since when they wait, and what was counted of them.
CREATE TABLE maitred.report_contacts (
    contact_id  BIGINT  PRIMARY KEY,
    since       BIGINT  NOT NULL,
    is_assigned BOOLEAN NOT NULL,
    is_answered BOOLEAN NOT NULL
);

-- What happened, in order, many things in a row.
CREATE TABLE maitred.report_facts (
    id           BIGINT PRIMARY KEY,
    first_at     BIGINT NOT NULL,
    last_at      BIGINT NOT NULL,
    facts_before BIGINT NOT NULL,
    facts        BIGINT NOT NULL,
    body         BYTEA  NOT NULL
);
CREATE INDEX report_facts_last_at ON maitred.report_facts (last_at, id);

-- The same added up by UTC day and source: operator 0 is everybody and nobody together.
CREATE TABLE maitred.report_days (
    operator_id BIGINT NOT NULL,
    day         BIGINT NOT NULL,
    source_id   BIGINT NOT NULL,
    body        BYTEA  NOT NULL,
    PRIMARY KEY (operator_id, day, source_id)
);
