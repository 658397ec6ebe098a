-- The file of keys, version 7, for conversations in Telegram.
-- Up to which message of the lead a message to an operator shows what was said; and which notice a message in a chat is.
ALTER TABLE telegram_notices ADD COLUMN said INTEGER NOT NULL DEFAULT 0;
CREATE INDEX telegram_notices_message ON telegram_notices (chat_id, message_id);
