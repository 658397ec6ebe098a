-- The same index, with its kinds as a range: SQLite makes a table of a list of values, each time that it inserts an event.
DROP INDEX events_by_hand;
CREATE INDEX events_by_hand ON events (contact_id, at) WHERE kind BETWEEN 2 AND 6;
