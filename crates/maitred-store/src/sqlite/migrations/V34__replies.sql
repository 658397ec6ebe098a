-- Messages to leads: what became of them on their way, and since when. Those that are pending are the list of what is to be sent.
ALTER TABLE messages ADD COLUMN delivery TEXT;
ALTER TABLE messages ADD COLUMN delivered_at INTEGER;
CREATE INDEX messages_pending ON messages (id) WHERE delivery = 'pending';
