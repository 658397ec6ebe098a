-- Who asked for what an event tells: `system`, `anonymous`, `cli`, `key:3`, `user:7`. Events from before have none.
ALTER TABLE events ADD COLUMN actor TEXT;
