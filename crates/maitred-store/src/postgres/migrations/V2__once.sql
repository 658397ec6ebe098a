-- What requests with a key (Idempotency-Key, source_event_id) were answered, to be given again for some days. `key`
-- and `fingerprint` are digests of 16 bytes, `outcome` is decoded by maitred-core. `lead_id` names whom the outcome
-- may tell something personal of. The rows go by age, oldest first.
CREATE TABLE maitred.answers (
    key         BYTEA  PRIMARY KEY,
    fingerprint BYTEA  NOT NULL,
    at          BIGINT NOT NULL,
    lead_id     BIGINT,
    outcome     BYTEA  NOT NULL
);
CREATE INDEX answers_at ON maitred.answers (at);
CREATE INDEX answers_lead ON maitred.answers (lead_id) WHERE lead_id IS NOT NULL;
