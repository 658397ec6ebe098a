-- The file of keys, version 8.
-- Since when Telegram sends the updates of a bot by itself, or why it does not although others can reach this server.
ALTER TABLE telegram_bots ADD COLUMN webhook_at INTEGER;
ALTER TABLE telegram_bots ADD COLUMN webhook_error TEXT;
