-- What reports are made of. All of it follows from the feed; maitred-core says how, and decodes the bodies. A job reads the
-- feed, and the one row of report_progress says how far; what is not there yet is filled in from the first event on.
CREATE TABLE report_progress (
    one      INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    at       INTEGER NOT NULL
) STRICT;

-- Contacts that are open: since when they wait, and what was counted of them.
CREATE TABLE report_contacts (
    contact_id  INTEGER PRIMARY KEY,
    since       INTEGER NOT NULL,
    is_assigned INTEGER NOT NULL,
    is_answered INTEGER NOT NULL
) STRICT;

-- What happened, in order, many things in a row.
CREATE TABLE report_facts (
    id           INTEGER PRIMARY KEY,
    first_at     INTEGER NOT NULL,
    last_at      INTEGER NOT NULL,
    facts_before INTEGER NOT NULL,
    facts        INTEGER NOT NULL,
    body         BLOB    NOT NULL
) STRICT;
CREATE INDEX report_facts_last_at ON report_facts (last_at, id);

-- The same added up by UTC day and source: operator 0 is everybody and nobody together.
CREATE TABLE report_days (
    operator_id INTEGER NOT NULL,
    day         INTEGER NOT NULL,
    source_id   INTEGER NOT NULL,
    body        BLOB    NOT NULL,
    PRIMARY KEY (operator_id, day, source_id)
) STRICT;
