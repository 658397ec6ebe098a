-- What operators are to get on sources beyond their share, and why.
CREATE TABLE maitred.corrections (
    id          BIGINT PRIMARY KEY,
    source_id   BIGINT NOT NULL,
    operator_id BIGINT NOT NULL,
    amount      BIGINT NOT NULL,
    reason      TEXT    NOT NULL,
    author      TEXT    NOT NULL,
    created_at  BIGINT NOT NULL
);
CREATE INDEX corrections_operator ON maitred.corrections (operator_id, id);
ALTER TABLE maitred.next_ids ADD COLUMN correction BIGINT NOT NULL DEFAULT 1;
-- Whether operators who ask why they did not get a contact are not told who did.
ALTER TABLE maitred.sources ADD COLUMN hides_names BOOLEAN NOT NULL DEFAULT false;
