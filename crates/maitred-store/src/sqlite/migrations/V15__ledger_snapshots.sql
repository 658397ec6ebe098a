-- Ledgers as they stood when a period began or ended, decoded by maitred-core, and when ledgers and weights last changed.
CREATE TABLE ledger_snapshots (
    source_id INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    ledger    BLOB    NOT NULL,
    PRIMARY KEY (source_id, at)
) STRICT;
ALTER TABLE source_totals ADD COLUMN ledger_at INTEGER;
ALTER TABLE source_totals ADD COLUMN weights_at INTEGER;

-- What sources received before is known as a whole: periods can begin behind the last thing that happened.
UPDATE source_totals SET ledger_at = (SELECT at + 1 FROM events ORDER BY position DESC LIMIT 1);
INSERT INTO ledger_snapshots (source_id, at, ledger)
SELECT source_id, ledger_at, ledger FROM source_totals WHERE ledger_at IS NOT NULL;
