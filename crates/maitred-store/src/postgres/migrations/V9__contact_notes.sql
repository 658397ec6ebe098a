-- What people wrote down about a contact.
CREATE TABLE maitred.contact_notes (
    id         BIGINT PRIMARY KEY,
    contact_id BIGINT NOT NULL,
    text       TEXT   NOT NULL,
    author     TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX contact_notes_contact ON maitred.contact_notes (contact_id, id);
ALTER TABLE maitred.next_ids ADD COLUMN note BIGINT NOT NULL DEFAULT 1;
