-- What operators are to get on sources beyond their share, and why.
CREATE TABLE corrections (
    id          INTEGER PRIMARY KEY,
    source_id   INTEGER NOT NULL,
    operator_id INTEGER NOT NULL,
    amount      INTEGER NOT NULL,
    reason      TEXT    NOT NULL,
    author      TEXT    NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX corrections_operator ON corrections (operator_id, id);
ALTER TABLE next_ids ADD COLUMN correction INTEGER NOT NULL DEFAULT 1;
-- Whether operators who ask why they did not get a contact are not told who did.
ALTER TABLE sources ADD COLUMN hides_names INTEGER NOT NULL DEFAULT 0;
