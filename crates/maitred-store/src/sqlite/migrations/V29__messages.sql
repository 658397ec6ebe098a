-- What was said in contacts after the message that they arrived with, and what a source does with it.
CREATE TABLE messages (
    id         INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL,
    text       TEXT NOT NULL,
    attributes TEXT,
    author     TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_contact ON messages (contact_id, id);
ALTER TABLE next_ids ADD COLUMN message INTEGER NOT NULL DEFAULT 1;
ALTER TABLE sources ADD COLUMN conversation TEXT;
