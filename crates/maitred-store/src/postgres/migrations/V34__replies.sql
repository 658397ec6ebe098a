-- Messages to leads: what became of them on their way, and since when. Those that are pending are the list of what is to be sent.
ALTER TABLE maitred.messages ADD COLUMN delivery TEXT;
ALTER TABLE maitred.messages ADD COLUMN delivered_at BIGINT;
CREATE INDEX messages_pending ON maitred.messages (id) WHERE delivery = 'pending';

-- Up to which message of the lead a message to an operator shows what was said; and which notice a message in a chat is.
ALTER TABLE maitred.telegram_notices ADD COLUMN said BIGINT NOT NULL DEFAULT 0;
CREATE INDEX telegram_notices_message ON maitred.telegram_notices (chat_id, message_id);
