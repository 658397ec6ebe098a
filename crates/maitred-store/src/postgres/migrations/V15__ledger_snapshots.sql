-- Ledgers as they stood when a period began or ended, decoded by maitred-core, and when ledgers and weights last changed.
CREATE TABLE maitred.ledger_snapshots (
    source_id BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    ledger    BYTEA  NOT NULL,
    PRIMARY KEY (source_id, at)
);
ALTER TABLE maitred.source_totals ADD COLUMN ledger_at BIGINT;
ALTER TABLE maitred.source_totals ADD COLUMN weights_at BIGINT;

-- What sources received before is known as a whole: periods can begin behind the last thing that happened.
UPDATE maitred.source_totals SET ledger_at = (SELECT at + 1 FROM maitred.events ORDER BY position DESC LIMIT 1);
INSERT INTO maitred.ledger_snapshots (source_id, at, ledger)
SELECT source_id, ledger_at, ledger FROM maitred.source_totals WHERE ledger_at IS NOT NULL;
