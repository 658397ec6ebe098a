-- Which contact a call of an endpoint was about, and when an operator was first told of one in Telegram: the page
-- "Where is my lead?" of a contact reads both.
ALTER TABLE maitred.deliveries ADD COLUMN contact_id BIGINT;
CREATE INDEX deliveries_contact ON maitred.deliveries (contact_id, id) WHERE contact_id IS NOT NULL;
ALTER TABLE maitred.telegram_notices ADD COLUMN told_at BIGINT;

-- At which e-mail address an operator is told of what they get.
ALTER TABLE maitred.operators ADD COLUMN notify_email TEXT;

-- What operators were told by e-mail, and whose address refuses it.
CREATE TABLE maitred.mail_notices (
    contact_id  BIGINT NOT NULL,
    operator_id BIGINT NOT NULL,
    decision    BIGINT NOT NULL,
    error       TEXT,
    told_at     BIGINT NOT NULL,
    PRIMARY KEY (contact_id, operator_id)
);
CREATE INDEX mail_notices_told_at ON maitred.mail_notices (told_at);

CREATE TABLE maitred.mail_faults (
    operator_id BIGINT PRIMARY KEY,
    address     TEXT NOT NULL,
    error       TEXT NOT NULL,
    failed_at   BIGINT NOT NULL
);
