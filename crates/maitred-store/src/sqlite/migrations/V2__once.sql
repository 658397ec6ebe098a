-- What requests with a key (Idempotency-Key, source_event_id) were answered, to be given again for some days. `key`
-- and `fingerprint` are digests of 16 bytes, `outcome` is decoded by maitred-core. `lead_id` names whom the outcome
-- may tell something personal of. The rows go by age, oldest first.
CREATE TABLE answers (
    key         BLOB    PRIMARY KEY,
    fingerprint BLOB    NOT NULL,
    at          INTEGER NOT NULL,
    lead_id     INTEGER,
    outcome     BLOB    NOT NULL
) STRICT;
CREATE INDEX answers_at ON answers (at);
CREATE INDEX answers_lead ON answers (lead_id) WHERE lead_id IS NOT NULL;
