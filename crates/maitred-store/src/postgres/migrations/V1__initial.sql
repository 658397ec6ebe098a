-- The tables of the SQLite engine under the same names, in a schema of their own. Times are microseconds since 1970
-- UTC. Codes (kind, policy, status, event kind) are the places of their values in the ALL lists of maitred-core. What
-- only grows (contacts, leads, identities, decisions, events) is reached by key or index alone.
--
-- No foreign keys: the core refers only to rows that exist and `maitred verify` checks every reference, while the
-- engine would look up, and lock, two rows more for every contact. No triggers, functions or sequences: engines that
-- speak PostgreSQL's language do not have them all.

CREATE TABLE maitred.operators (
    id               BIGINT  PRIMARY KEY,
    name             TEXT    NOT NULL,
    is_active        BOOLEAN NOT NULL,
    max_load         BIGINT  NOT NULL,
    current_load     BIGINT  NOT NULL,
    last_assigned_at BIGINT,
    created_at       BIGINT  NOT NULL,
    updated_at       BIGINT  NOT NULL,
    deleted_at       BIGINT
);

CREATE TABLE maitred.sources (
    id             BIGINT   PRIMARY KEY,
    name           TEXT     NOT NULL,
    description    TEXT     NOT NULL,
    kind           SMALLINT NOT NULL,
    policy         SMALLINT NOT NULL,
    sticky         BOOLEAN  NOT NULL,
    default_region TEXT,
    created_at     BIGINT   NOT NULL,
    updated_at     BIGINT   NOT NULL,
    deleted_at     BIGINT
);
CREATE UNIQUE INDEX sources_name ON maitred.sources (name) WHERE deleted_at IS NULL;

-- Counters and ledger of a source, written once per batch. The ledger is decoded by maitred-core.
CREATE TABLE maitred.source_totals (
    source_id BIGINT PRIMARY KEY,
    waiting   BIGINT NOT NULL,
    assigned  BIGINT NOT NULL,
    arrived   BIGINT NOT NULL,
    ledger    BYTEA  NOT NULL
);

CREATE TABLE maitred.weights (
    source_id   BIGINT NOT NULL,
    operator_id BIGINT NOT NULL,
    weight      BIGINT NOT NULL,
    PRIMARY KEY (source_id, operator_id)
);
CREATE INDEX weights_operator ON maitred.weights (operator_id);

-- Texts that are searched by their beginning compare by bytes, whatever the language of the database.
CREATE TABLE maitred.leads (
    id          BIGINT PRIMARY KEY,
    name        TEXT,
    name_folded TEXT COLLATE "C",
    merged_into BIGINT,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE INDEX leads_name ON maitred.leads (name_folded) WHERE name_folded IS NOT NULL;

CREATE TABLE maitred.identities (
    kind    SMALLINT         NOT NULL,
    value   TEXT COLLATE "C" NOT NULL,
    lead_id BIGINT           NOT NULL,
    PRIMARY KEY (kind, value)
);
CREATE INDEX identities_lead ON maitred.identities (lead_id);

CREATE TABLE maitred.lead_duplicates (
    lead_id       BIGINT NOT NULL,
    other_lead_id BIGINT NOT NULL,
    contact_id    BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    PRIMARY KEY (lead_id, other_lead_id)
);
CREATE INDEX lead_duplicates_other ON maitred.lead_duplicates (other_lead_id);
CREATE INDEX lead_duplicates_contact ON maitred.lead_duplicates (contact_id);

CREATE TABLE maitred.contacts (
    id          BIGINT   PRIMARY KEY,
    lead_id     BIGINT   NOT NULL,
    source_id   BIGINT   NOT NULL,
    operator_id BIGINT,
    status      SMALLINT NOT NULL,
    priority    BIGINT   NOT NULL,
    message     TEXT,
    attributes  TEXT,
    created_at  BIGINT   NOT NULL,
    assigned_at BIGINT,
    resolved_at BIGINT,
    updated_at  BIGINT   NOT NULL,
    decisions   BIGINT   NOT NULL
);
CREATE INDEX contacts_lead ON maitred.contacts (lead_id, id);
-- Open contacts are few: one index in the order of arrival serves every filter on them. By operator and by source only
-- what is resolved is kept in order, and by source what waits: a contact that is assigned at once, as most are, does not
-- touch a page for each operator. A last column that is no order is there to be looked at without the row.
CREATE INDEX contacts_open ON maitred.contacts (status, id, operator_id, source_id) WHERE status < 2;
CREATE INDEX contacts_operator ON maitred.contacts (operator_id, id, source_id)
    WHERE status = 2 AND operator_id IS NOT NULL;
CREATE INDEX contacts_source ON maitred.contacts (source_id, status, id) WHERE status <> 1;
CREATE INDEX contacts_waiting ON maitred.contacts (source_id, priority DESC, created_at, id) WHERE status = 0;

CREATE TABLE maitred.decisions (
    contact_id BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    pool_id    BIGINT,
    step       BIGINT,
    body       BYTEA  NOT NULL,
    PRIMARY KEY (contact_id, seq)
);

CREATE TABLE maitred.pool_segments (
    pool_id    BIGINT NOT NULL,
    first_step BIGINT NOT NULL,
    bytes      BYTEA  NOT NULL,
    PRIMARY KEY (pool_id, first_step)
);

CREATE TABLE maitred.receipts (
    key        BYTEA  PRIMARY KEY,
    contact_id BIGINT NOT NULL
);
CREATE INDEX receipts_contact ON maitred.receipts (contact_id);

CREATE TABLE maitred.events (
    position    BIGINT   PRIMARY KEY,
    at          BIGINT   NOT NULL,
    kind        SMALLINT NOT NULL,
    contact_id  BIGINT,
    source_id   BIGINT,
    operator_id BIGINT,
    lead_id     BIGINT,
    detail      TEXT
);

-- The next free ids, one row: no id is ever used twice, not even a deleted one's. Whoever has this row locked has the
-- turn to write: one batch at a time, so the feed has no gaps and nobody decides on what another is changing.
CREATE TABLE maitred.next_ids (
    one             BIGINT PRIMARY KEY CHECK (one = 1),
    contact         BIGINT NOT NULL,
    lead            BIGINT NOT NULL,
    operator        BIGINT NOT NULL,
    source          BIGINT NOT NULL,
    pool            BIGINT NOT NULL,
    event           BIGINT NOT NULL,
    -- The number of the last batch, and the node that wrote it. Every batch raises the number by one, on condition that
    -- nobody else has.
    batch           BIGINT NOT NULL,
    node            BIGINT NOT NULL,
    -- The batch that last changed the settings of a source.
    sources_changed BIGINT NOT NULL,
    -- The time of the last event: clocks of nodes differ, the feed's does not go back.
    last_event_at   BIGINT NOT NULL
);
INSERT INTO maitred.next_ids VALUES (1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0);

-- The processes that wrote here. A node whose connection broke while it committed learns from its row whether the
-- batch is there.
CREATE TABLE maitred.nodes (
    id         BIGINT PRIMARY KEY,
    last_batch BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
);
