-- Since when an operator is paused, when that ends by itself, and why. The end is a row of due, of kind 1.
ALTER TABLE operators ADD COLUMN paused_at INTEGER;
ALTER TABLE operators ADD COLUMN paused_until INTEGER;
ALTER TABLE operators ADD COLUMN pause_reason TEXT;
