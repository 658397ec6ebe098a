-- Since when an operator is paused, when that ends by itself, and why. The end is a row of due, of kind 1.
ALTER TABLE maitred.operators ADD COLUMN paused_at BIGINT;
ALTER TABLE maitred.operators ADD COLUMN paused_until BIGINT;
ALTER TABLE maitred.operators ADD COLUMN pause_reason TEXT;
