-- After how many seconds an operator is away unless they are heard from, until when they are there, and since when they
-- are away, once that was told. The end of a lease that is not over is a row of due, of kind 1.
ALTER TABLE operators ADD COLUMN away_after_s INTEGER;
ALTER TABLE operators ADD COLUMN present_until INTEGER;
ALTER TABLE operators ADD COLUMN away_at INTEGER;
