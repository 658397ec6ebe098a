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
CREATE INDEX corrections_line ON maitred.corrections (source_id, operator_id, id);
ALTER TABLE maitred.next_ids ADD COLUMN correction BIGINT NOT NULL DEFAULT 1;
