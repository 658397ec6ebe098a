-- Messages to leads: what became of them on their way, and since when. Those that are pending are the list of what is to be sent.
ALTER TABLE maitred.messages ADD COLUMN delivery TEXT;
ALTER TABLE maitred.messages ADD COLUMN delivered_at BIGINT;
CREATE INDEX messages_pending ON maitred.messages (id) WHERE delivery = 'pending';
