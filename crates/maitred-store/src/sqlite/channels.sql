-- The file of keys, version 8.
-- Since when Telegram sends the updates of a bot by itself, or why it does not although others can reach this server.
ALTER TABLE telegram_bots ADD COLUMN webhook_at INTEGER;
ALTER TABLE telegram_bots ADD COLUMN webhook_error TEXT;

-- What an endpoint is sent: events, or calls of a CRM.
ALTER TABLE endpoints ADD COLUMN format INTEGER NOT NULL DEFAULT 0;
