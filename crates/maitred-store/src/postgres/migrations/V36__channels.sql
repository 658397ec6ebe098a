-- Since when Telegram sends the updates of a bot by itself, or why it does not although others can reach this server.
ALTER TABLE maitred.telegram_bots ADD COLUMN webhook_at BIGINT;
ALTER TABLE maitred.telegram_bots ADD COLUMN webhook_error TEXT;

-- The source whose bot a lead blocked last, and since when that is known.
ALTER TABLE maitred.leads ADD COLUMN blocked_source_id BIGINT;
ALTER TABLE maitred.leads ADD COLUMN blocked_at BIGINT;

-- What an endpoint is sent: events, or calls of a CRM.
ALTER TABLE maitred.endpoints ADD COLUMN format SMALLINT NOT NULL DEFAULT 0;
