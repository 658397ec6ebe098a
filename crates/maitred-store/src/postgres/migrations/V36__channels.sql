-- Since when Telegram sends the updates of a bot by itself, or why it does not although others can reach this server.
ALTER TABLE maitred.telegram_bots ADD COLUMN webhook_at BIGINT;
ALTER TABLE maitred.telegram_bots ADD COLUMN webhook_error TEXT;
