-- What people wrote down about a contact.
CREATE TABLE contact_notes (
    id         INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL,
    text       TEXT    NOT NULL,
    author     TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX contact_notes_contact ON contact_notes (contact_id, id);
ALTER TABLE next_ids ADD COLUMN note INTEGER NOT NULL DEFAULT 1;
