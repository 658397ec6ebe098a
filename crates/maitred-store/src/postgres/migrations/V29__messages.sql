-- What was said in contacts after the message that they arrived with, and what a source does with it.
CREATE TABLE maitred.messages (
    id         BIGINT PRIMARY KEY,
    contact_id BIGINT NOT NULL,
    text       TEXT NOT NULL,
    attributes TEXT,
    author     TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX messages_contact ON maitred.messages (contact_id, id);
ALTER TABLE maitred.next_ids ADD COLUMN message BIGINT NOT NULL DEFAULT 1;
ALTER TABLE maitred.sources ADD COLUMN conversation TEXT;
