-- Times are microseconds since 1970 UTC. Codes (kind, policy, status, event kind) are the places of their values in
-- the ALL lists of maitred-core. What only grows (contacts, leads, identities, decisions, events) is reached by key
-- or index alone.

CREATE TABLE operators (
    id               INTEGER PRIMARY KEY,
    name             TEXT    NOT NULL,
    is_active        INTEGER NOT NULL,
    max_load         INTEGER NOT NULL,
    current_load     INTEGER NOT NULL,
    last_assigned_at INTEGER,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    deleted_at       INTEGER
) STRICT;

CREATE TABLE sources (
    id             INTEGER PRIMARY KEY,
    name           TEXT    NOT NULL,
    description    TEXT    NOT NULL,
    kind           INTEGER NOT NULL,
    policy         INTEGER NOT NULL,
    sticky         INTEGER NOT NULL,
    default_region TEXT,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    deleted_at     INTEGER
) STRICT;
CREATE UNIQUE INDEX sources_name ON sources (name) WHERE deleted_at IS NULL;

-- Counters and ledger of a source, written once per batch. The ledger is decoded by maitred-core.
CREATE TABLE source_totals (
    source_id INTEGER PRIMARY KEY REFERENCES sources (id),
    waiting   INTEGER NOT NULL,
    assigned  INTEGER NOT NULL,
    arrived   INTEGER NOT NULL,
    ledger    BLOB    NOT NULL
) STRICT;

CREATE TABLE weights (
    source_id   INTEGER NOT NULL REFERENCES sources (id),
    operator_id INTEGER NOT NULL REFERENCES operators (id),
    weight      INTEGER NOT NULL,
    PRIMARY KEY (source_id, operator_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX weights_operator ON weights (operator_id);

CREATE TABLE leads (
    id          INTEGER PRIMARY KEY,
    name        TEXT,
    name_folded TEXT,
    merged_into INTEGER REFERENCES leads (id),
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX leads_name ON leads (name_folded) WHERE name_folded IS NOT NULL;

CREATE TABLE identities (
    kind    INTEGER NOT NULL,
    value   TEXT    NOT NULL,
    lead_id INTEGER NOT NULL REFERENCES leads (id),
    PRIMARY KEY (kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_lead ON identities (lead_id);

CREATE TABLE lead_duplicates (
    lead_id       INTEGER NOT NULL REFERENCES leads (id),
    other_lead_id INTEGER NOT NULL REFERENCES leads (id),
    contact_id    INTEGER NOT NULL,
    at            INTEGER NOT NULL,
    PRIMARY KEY (lead_id, other_lead_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX lead_duplicates_other ON lead_duplicates (other_lead_id);

CREATE TABLE contacts (
    id          INTEGER PRIMARY KEY,
    lead_id     INTEGER NOT NULL REFERENCES leads (id),
    source_id   INTEGER NOT NULL REFERENCES sources (id),
    operator_id INTEGER REFERENCES operators (id),
    status      INTEGER NOT NULL,
    priority    INTEGER NOT NULL,
    message     TEXT,
    attributes  TEXT,
    created_at  INTEGER NOT NULL,
    assigned_at INTEGER,
    resolved_at INTEGER,
    updated_at  INTEGER NOT NULL,
    decisions   INTEGER NOT NULL
) STRICT;
-- The id is the last column of every index by itself, so each of these lists newest first without sorting.
CREATE INDEX contacts_lead ON contacts (lead_id);
-- Open contacts are few, and most live in the newest page: one index in the order of arrival serves every filter on them.
-- By operator and by source only what is resolved is kept in order: an arrival would touch a page for each operator.
CREATE INDEX contacts_open ON contacts (status, id, operator_id, source_id) WHERE status < 2;
CREATE INDEX contacts_operator ON contacts (operator_id) WHERE status = 2 AND operator_id IS NOT NULL;
CREATE INDEX contacts_source ON contacts (source_id) WHERE status = 2;
CREATE INDEX contacts_waiting ON contacts (source_id, priority DESC, created_at, id) WHERE status = 0;

CREATE TABLE decisions (
    contact_id INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    pool_id    INTEGER,
    step       INTEGER,
    body       BLOB    NOT NULL,
    PRIMARY KEY (contact_id, seq)
) STRICT, WITHOUT ROWID;

-- A rowid table: a segment may hold a snapshot of thousands of operators.
CREATE TABLE pool_segments (
    pool_id    INTEGER NOT NULL,
    first_step INTEGER NOT NULL,
    bytes      BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX pool_segments_key ON pool_segments (pool_id, first_step);

CREATE TABLE receipts (
    key        BLOB    PRIMARY KEY,
    contact_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX receipts_contact ON receipts (contact_id);

CREATE TABLE events (
    position    INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    contact_id  INTEGER,
    source_id   INTEGER,
    operator_id INTEGER,
    lead_id     INTEGER,
    detail      TEXT
) STRICT;

-- The next free ids, one row: no id is ever used twice, not even a deleted one's.
CREATE TABLE next_ids (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    contact  INTEGER NOT NULL,
    lead     INTEGER NOT NULL,
    operator INTEGER NOT NULL,
    source   INTEGER NOT NULL,
    pool     INTEGER NOT NULL,
    event    INTEGER NOT NULL
) STRICT;
INSERT INTO next_ids VALUES (1, 1, 1, 1, 1, 1, 1);
